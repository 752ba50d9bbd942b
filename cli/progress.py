"""Progress for people, on stderr: a bar at a terminal, a line per step where nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Report = Callable[[float, str], None]
"""Takes the share done (0 to 1) and what is being done now."""


@contextmanager
def progress_bar(title: str, quiet: bool = False) -> Iterator[Report]:
    """Show a bar for the block; the block reports through the function it gets."""
    console = Console(stderr=True, quiet=quiet)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[message]}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=1.0, message="")

        def report(fraction: float, message: str) -> None:
            progress.update(task, completed=fraction, message=message)

        yield report
        progress.update(task, completed=1.0, message="")
