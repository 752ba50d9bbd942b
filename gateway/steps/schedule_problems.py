"""The schedule problems of a plan: one, or one for each team of the area."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.staffing import crews_of
from gateway.teams import Team, list_teams
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import ComputeTravelResponse, OptimizeResponse
from officers.gateway.v1.gateway_pb2 import CrewStart, PlanOptions, Staffing
from officers.scheduler.v1.scheduler_pb2 import Car, DemandRow, MinuteSpan, ScheduleProblem, TravelRow
from serving.errors import Internal


@dataclass(frozen=True)
class TeamProblem:
    """The problem of one team; `team` is empty where the whole area is one."""

    team: str
    problem: ScheduleProblem


@dataclass(frozen=True)
class ScheduleInputs:
    """What schedule problems are made from."""

    area: Area
    staffing: Staffing
    options: PlanOptions
    travel: ComputeTravelResponse
    demand: OptimizeResponse

    def __post_init__(self) -> None:
        if list(self.travel.sector_ids) != list(self.demand.plan.sector_ids):
            raise Internal("The demand service answered with travel and demand of different sectors.")


def whole_problem(inputs: ScheduleInputs) -> ScheduleProblem:
    """Return the problem of the whole area; in one with teams, a car's home sectors are those of its team."""
    sector_ids = inputs.demand.plan.sector_ids
    return _problem(inputs, range(len(sector_ids)), [car for _, cars in _cars_by_team(inputs) for car in cars])


def team_problems(inputs: ScheduleInputs) -> Sequence[TeamProblem]:
    """Return the problem of each team that has cars; of an area without teams the one of the whole area."""
    order = list(inputs.demand.plan.sector_ids)
    problems = []
    for team, cars in _cars_by_team(inputs):
        sectors = [order.index(sector_id) for sector_id in team.sector_ids] if team else range(len(order))
        if cars:
            problems.append(TeamProblem(team.name if team else "", _problem(inputs, sectors, cars)))
    return problems


def _problem(inputs: ScheduleInputs, sectors: Sequence[int], cars: Sequence[Car]) -> ScheduleProblem:
    plan, options = inputs.demand.plan, inputs.options
    rows = [inputs.travel.normal[origin].minutes for origin in sectors]
    return ScheduleProblem(
        sectors=[plan.sector_ids[sector] for sector in sectors],
        cars=cars,
        period_minutes=plan.period_minutes,
        travel_minutes=[TravelRow(minutes=[row[target] for target in sectors]) for row in rows],
        demand=[DemandRow(cars=[period.cars[sector] for sector in sectors]) for period in plan.periods],
        presence_rule=options.presence_rule,
        max_consecutive=options.max_consecutive,
        max_per_sector=options.max_per_sector,
    )


def _cars_by_team(inputs: ScheduleInputs) -> Iterator[tuple[Team | None, Sequence[Car]]]:
    """Yield each team with its cars, which are numbered through; None: the whole area."""
    teams: Sequence[Team | None] = [*list_teams(inputs.area)] or [None]
    shift_minutes = inputs.demand.plan.period_minutes * len(inputs.demand.plan.periods)
    crews = [_crews(inputs, team, number) for number, team in enumerate(teams)]
    ids = iter(car_ids(sum(crew.cars for each in crews for crew in each)))
    for team, own in zip(teams, crews, strict=True):
        home = team.sector_ids if team else ()
        yield team, [_car(next(ids), crew, home, shift_minutes) for crew in own for _ in range(crew.cars)]


def _crews(inputs: ScheduleInputs, team: Team | None, number: int) -> Sequence[CrewStart]:
    """Return the crews of a team; where none are given, one of all the cars that demand was planned with."""
    if inputs.staffing.crews:
        return crews_of(inputs.staffing, team.crew_team if team else "")
    of_teams = inputs.demand.teams  # empty with a single team
    return [CrewStart(cars=of_teams[number].cars if of_teams else inputs.staffing.cars)]


def _car(car_id: str, crew: CrewStart, home: Sequence[str], shift_minutes: int) -> Car:
    """Return a car; one that is on duty throughout has no hours, as all such cars are alike."""
    car = Car(id=car_id, home_sectors=home, breaks=crew.breaks)
    if 0 < crew.minutes < shift_minutes:
        car.on_duty.CopyFrom(MinuteSpan(start_minute=crew.start_minute, minutes=crew.minutes))
    return car


def car_ids(cars: int) -> Sequence[str]:
    """Return the ids of cars, all of the same width so that they sort.

    >>> car_ids(2)
    ['C01', 'C02']
    """
    width = max(2, len(str(cars)))
    return [f"C{number:0{width}d}" for number in range(1, cars + 1)]
