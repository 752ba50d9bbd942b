"""`officers demand`: how many cars each sector needs, and when crews begin."""

import click

from cli.optimize.command import optimize
from cli.staffing.command import staffing


@click.group()
def demand() -> None:
    """Choose how many cars each sector needs, and when crews begin."""


for command in (optimize, staffing):
    demand.add_command(command)
