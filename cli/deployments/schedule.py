"""A SCHEDULE.json as a deployment."""

import json
from dataclasses import dataclass
from pathlib import Path

from cli.deployments.site import Site
from cli.deployments.timetables import timetable_of
from officers.demand.v1.demand_pb2 import Deployment
from serving.errors import InvalidArgument

OPTION = "--schedule"
FORM = '{"assignments": [{"carId": ..., "sectors": [...]}]}'


@dataclass(frozen=True)
class ScheduleSource:
    """The sectors of each car by period; `period_minutes` 0: the span over the number of periods."""

    name: str
    file: Path
    rows: tuple[tuple[str, ...], ...]
    period_minutes: int
    option: str = OPTION

    @property
    def names(self) -> list[str]:
        """The name of its one deployment."""
        return [self.name]

    def deployments(self, site: Site) -> list[Deployment]:
        """Deploy the cars as they are scheduled. Raises InvalidArgument where the periods do not fill the span."""
        periods, minutes = len(self.rows[0]), site.span.minutes
        period_minutes = self.period_minutes or minutes // max(periods, 1)
        if period_minutes * periods != minutes:
            expected = f"Expected periods that fill {minutes} minutes"
            raise InvalidArgument(OPTION, f"{expected}, got {periods} of {period_minutes} in {self.file}.")
        return [Deployment(name=self.name, timetable=timetable_of(self.rows, period_minutes, site))]


def read_schedule(file: Path, name: str, period_minutes: int) -> ScheduleSource:
    """Read a SCHEDULE.json.

    Raises
    ------
    InvalidArgument
        The file is not JSON, or has no assignments of cars to sectors.
    """
    try:
        assignments = json.loads(file.read_text(encoding="utf-8"))["assignments"]
        rows = tuple(tuple(map(str, assignment["sectors"])) for assignment in assignments)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidArgument(OPTION, f"Expected {FORM} in {file}: {error!r}.") from error
    if not rows or len({len(row) for row in rows}) > 1:
        raise InvalidArgument(OPTION, f"Expected {FORM} in {file}, with as many sectors for every car.")
    return ScheduleSource(name, file, rows, period_minutes)
