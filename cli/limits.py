"""What the values of options may be; light, so that every command can import it."""

from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)
SEED = click.IntRange(0, 2**62)
CARS = click.IntRange(1, 1000)
MOVES = click.IntRange(1, 1000)
