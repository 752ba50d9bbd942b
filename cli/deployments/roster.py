"""What `officers demand staffing --out` writes as two deployments: the crews as planned, and as they are."""

from dataclasses import dataclass
from datetime import UTC
from math import gcd
from pathlib import Path

from cli.crews import HALF_HOUR_MINUTES, minute_of_day, on_duty_cars
from cli.deployments.site import Site
from cli.deployments.timetables import timetable_of
from cli.json_files import read_roster_answer
from officers.demand.v1.demand_pb2 import CrewShift, Deployment, PlanStaffingResponse, Roster, Timetable
from serving.errors import InvalidArgument
from serving.wall_clock import wall_minutes

OPTION = "--roster"


@dataclass(frozen=True)
class RosterSource:
    """Crews by start, with the sectors that their cars wait in."""

    name: str
    file: Path
    answer: PlanStaffingResponse
    option: str = OPTION

    @property
    def names(self) -> list[str]:
        """The names of the crews as planned, and as they are where the file tells."""
        return [self.name, *([f"{self.name}, present crews"] if self.answer.present.shifts else [])]

    def deployments(self, site: Site) -> list[Deployment]:
        """Deploy the crews that are on duty in the span. Raises InvalidArgument where they are for another area."""
        rosters = (self.answer.planned, self.answer.present)
        return [self._deploy(name, roster, site) for name, roster in zip(self.names, rosters, strict=False)]

    def _deploy(self, name: str, roster: Roster, site: Site) -> Deployment:
        count = len(site.area.sectors)
        if any(len(shift.sector_cars) != count for shift in roster.shifts):
            raise InvalidArgument(OPTION, f"Expected crews in the {count} sectors of {site.area.name} in {self.file}.")
        timetable = roster_timetable(roster, site)
        if not timetable.cars:
            raise InvalidArgument(OPTION, f"Expected crews on duty in {site.span.title}, {self.file} has none.")
        return Deployment(name=name, timetable=timetable)


def read_roster(file: Path, name: str) -> RosterSource:
    """Read the answer of `officers demand staffing`. Raises InvalidArgument."""
    return RosterSource(name, file, read_roster_answer(file, OPTION))


def roster_timetable(roster: Roster, site: Site) -> Timetable:
    """Place the crews of a roster through the span of a site; those off duty throughout are left out.

    Periods are as long as they may be for crews to begin and end with one.
    """
    start, minutes = site.span.local_start, site.span.minutes
    period_minutes = gcd(HALF_HOUR_MINUTES, minutes, minute_of_day(start, "start"))
    clock = wall_minutes(site.span.start_time.ToDatetime(UTC), site.area.time_zone, minutes, period_minutes)
    rows: list[list[str]] = []
    for shift in roster.shifts:
        one = CrewShift(start=shift.start, minutes=shift.minutes, cars=1)
        on_duty = on_duty_cars([one], clock)
        if any(on_duty):
            for sector, cars in zip(site.sector_ids, shift.sector_cars, strict=True):
                rows += [[sector if works else "" for works in on_duty]] * cars
    return timetable_of(rows, period_minutes, site)
