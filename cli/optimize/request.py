"""From options to the request for cars per sector and period."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cli.area_session import AreaSession, ShiftSpan
from cli.crews import QUARTER_MINUTES, on_duty_cars
from cli.json_files import require_same_sectors
from cli.sector_counts import counts_by_position
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import CrewShift, DemandPlan, DispatchRules, Objective, OptimizeRequest
from serving.errors import InvalidArgument
from serving.wall_clock import wall_minutes

OPTIONS: Mapping[str, str] = {
    "cars": "--cars",
    "block_minutes": "--block-minutes",
    "period_minutes": "--period-minutes",
    "minimum_cars": "--minimum",
    "maximum_cars": "--maximum",
    "on_duty_cars": "--crew",
    "team_cars": "--team-cars",
    "standing_plan": "--standing",
    "rules.patience_minutes": "--patience",
    "rules.territory": "--territory",
    "objective": "--robust",
    "time_limit_seconds": "--time-limit",
}
"""Options by field of the request."""


@dataclass(frozen=True)
class StandingPlan:
    """A plan to start from besides, and the file that it is from."""

    file: Path
    plan: DemandPlan


@dataclass(frozen=True)
class OptimizeOptions:
    """What plans keep, and how they are judged; 0 and empty: the service's defaults.

    Parameters
    ----------
    minimum, maximum
        Cars by sector.
    crews
        Crews that begin at different times, in place of as many cars throughout.
    crews_option
        Where crews come from, for errors.
    team_cars
        Cars by team.
    """

    block_minutes: int = 0
    period_minutes: int = 0
    minimum: Mapping[str, int] = field(default_factory=dict)
    maximum: Mapping[str, int] = field(default_factory=dict)
    crews: tuple[CrewShift, ...] = ()
    crews_option: str = "--crew"
    standing: StandingPlan | None = None
    team_cars: Mapping[str, int] = field(default_factory=dict)
    rotates: bool = False
    certifies: bool = False
    without_programs: bool = False
    rules: DispatchRules = field(default_factory=DispatchRules)
    objective: Objective = field(default_factory=Objective)

    def __post_init__(self) -> None:
        for sector, least in self.minimum.items():
            most = self.maximum.get(sector, least)
            if least > most:
                raise InvalidArgument("--minimum", f"Expected at most --maximum {sector}={most}, got {sector}={least}.")


def optimize_request(
    session: AreaSession, span: ShiftSpan, calls: tuple[str, str], seed: int, time_limit_seconds: float
) -> OptimizeRequest:
    """Ask for the cars of a shift; `calls` are the artifacts of training and validation scenarios."""
    return OptimizeRequest(
        area_artifact=session.area_artifact,
        training_calls_artifact=calls[0],
        validation_calls_artifact=calls[1],
        cars=span.cars,
        shift_minutes=span.minutes,
        history_until_date=span.day,
        seed=seed,
        time_limit_seconds=time_limit_seconds,
        shift_start=span.local_start,
    )


def apply_options(request: OptimizeRequest, options: OptimizeOptions, area: Area, cars_given: bool) -> None:
    """Put options into a request.

    Raises
    ------
    InvalidArgument
        Options name sectors or teams that the area does not have, or contradict the shift.
    """
    request.block_minutes, request.period_minutes = options.block_minutes, options.period_minutes
    request.rules.CopyFrom(options.rules)
    request.objective.CopyFrom(options.objective)
    request.cars_rotate, request.certify = options.rotates, options.certifies
    request.without_programs = options.without_programs
    _put_crews(request, options.crews, options.crews_option, area.time_zone)
    _put_teams(request, options.team_cars, area, cars_given)
    sectors = [sector.id for sector in area.sectors]
    request.minimum_cars.extend(counts_by_position(options.minimum, sectors, "--minimum", 0))
    request.maximum_cars.extend(counts_by_position(options.maximum, sectors, "--maximum", request.cars))
    if options.standing:
        require_same_sectors(options.standing.plan, area, options.standing.file, "--standing")
        request.standing_plan.CopyFrom(options.standing.plan)


def _put_crews(request: OptimizeRequest, crews: tuple[CrewShift, ...], option: str, zone_name: str) -> None:
    if not crews:
        return
    start = datetime.fromisoformat(f"{request.history_until_date}T{request.shift_start}")
    clock = wall_minutes(start.replace(tzinfo=ZoneInfo(zone_name)), zone_name, request.shift_minutes, QUARTER_MINUTES)
    on_duty = on_duty_cars(crews, clock)
    if not any(on_duty):
        shift = f"{request.shift_minutes} minutes from {request.shift_start} on"
        raise InvalidArgument(option, f"Expected crews on duty in the {shift}, got none.")
    request.cars = max(on_duty)
    request.on_duty_cars.extend(on_duty)


def _put_teams(request: OptimizeRequest, team_cars: Mapping[str, int], area: Area, cars_given: bool) -> None:
    names = [team.name for team in area.teams]
    by_team = counts_by_position(team_cars, names, "--team-cars", -1)
    missing = [name for name, cars in zip(names, by_team, strict=False) if cars < 0]
    if missing:
        raise InvalidArgument("--team-cars", f"Expected the cars of every team, got none for {', '.join(missing)}.")
    if by_team and not cars_given and not request.on_duty_cars:
        request.cars = sum(by_team)
    request.team_cars.extend(by_team)
