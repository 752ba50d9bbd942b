"""Standard output for people: as wide as the terminal, and wide enough for tables where there is none."""

from rich.console import Console, RenderableType

PIPE_WIDTH_CHARACTERS = 160


def show(*items: RenderableType) -> None:
    """Print tables and lines to standard output."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_WIDTH_CHARACTERS)
    for item in items:
        console.print(item, soft_wrap=isinstance(item, str))
