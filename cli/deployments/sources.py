"""The plans that a command was given, with names that no two of them share."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cli.deployments.demand_plan import read_demand
from cli.deployments.roster import read_roster
from cli.deployments.schedule import read_schedule
from cli.deployments.site import PlanSource
from officers.demand.v1.demand_pb2 import BASELINE_ONE_PER_SECTOR, BASELINE_PROPORTIONAL, Deployment

ONE_PER_SECTOR, PROPORTIONAL = "one per sector", "proportional"


def simple_rules() -> list[Deployment]:
    """Return the simple rules that any plan must beat."""
    return [
        Deployment(name=ONE_PER_SECTOR, baseline=BASELINE_ONE_PER_SECTOR),
        Deployment(name=PROPORTIONAL, baseline=BASELINE_PROPORTIONAL),
    ]


def read_sources(
    schedules: Sequence[Path], demands: Sequence[Path], rosters: Sequence[Path], period_minutes: int, rotates: bool
) -> list[PlanSource]:
    """Read all files. Raises InvalidArgument for one that cannot be used."""
    names = unique_names([*schedules, *demands, *rosters])
    return [
        *(read_schedule(file, names[file], period_minutes) for file in schedules),
        *(read_demand(file, names[file], rotates) for file in demands),
        *(read_roster(file, names[file]) for file in rosters),
    ]


def unique_names(files: Sequence[Path]) -> dict[Path, str]:
    """Name plans after their files: without folder and ending where that tells them apart."""
    stems = Counter([file.stem for file in files] + [ONE_PER_SECTOR, PROPORTIONAL])
    return {file: file.stem if stems[file.stem] == 1 else str(file) for file in files}
