"""`officers demand`: how many cars each sector needs, when crews begin, and what planning is worth."""

import click

from cli.demand_bench.command import bench
from cli.optimize.command import optimize
from cli.staffing.command import staffing


@click.group()
def demand() -> None:
    """Choose how many cars each sector needs, and when crews begin."""


for command in (optimize, staffing, bench):
    demand.add_command(command)
