"""A stack for the length of a command, announced while it starts."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cli.progress import progress_bar
from cli.stack import SERVICES, Ports, Stack, running_stack


@contextmanager
def started_stack(state: Path, ports: Ports, quiet: bool, services: Collection[str] = SERVICES) -> Iterator[Stack]:
    """Run the stack, or some services of it, for the block, with a bar while it starts. Raises as `running_stack`."""
    with ExitStack() as block:
        with progress_bar("Starting the services", quiet) as report:
            stack = block.enter_context(
                running_stack(state, ports, services, lambda ready, name: report(min(1.0, ready / len(services)), name))
            )
        yield stack
