"""The staffing of a plan: its defaults, and what can be wrong with it for a shift of an area."""

from collections.abc import Iterator, Sequence

from gateway.crew_checks import MOST_CARS, check_all_crews, check_each_crew
from gateway.crews import QUARTER_MINUTES, cars_by_period, most_on_duty
from gateway.plan_options import Violation
from gateway.teams import Team, list_teams
from officers.area.v1.area_pb2 import Area, Shift
from officers.gateway.v1.gateway_pb2 import CrewStart, PlanOptions, Staffing


def shift_minutes(shift: Shift) -> int:
    """Return the length of a shift."""
    return round(60 * shift.hours)


def read_staffing(
    given: Staffing, area: Area, shift: Shift, options: PlanOptions
) -> tuple[Staffing, Sequence[Violation]]:
    """Return a staffing with its defaults filled in, and what is wrong with it as (field, what is allowed).

    Where crews are at fault by themselves, nothing is said of them all together.
    """
    teams, length = list_teams(area), shift_minutes(shift)
    staffing = _fill_hours(given, length)
    faults = [*check_each_crew(staffing, teams, length)]
    if faults:
        return staffing, faults
    if staffing.crews:
        staffing.cars = staffing.cars or most_on_duty(staffing.crews, length)
        faults += check_all_crews(staffing, teams, length)
    else:
        staffing.cars = staffing.cars or shift.cars
        faults += [*check_car_number(staffing.cars), *_check_team_cars(staffing, teams)]
    return staffing, [*faults, *_check_room(staffing, area, length, options)]


def check_car_number(cars: int, smallest: int = 1) -> Iterator[Violation]:
    """Yield what is wrong with a number of cars."""
    if not smallest <= cars <= MOST_CARS:
        yield "staffing.cars", f"Expected 1 to {MOST_CARS} (0: as the area's shift says), got {cars}."


def crews_of(staffing: Staffing, crew_team: str) -> Sequence[CrewStart]:
    """Return the crews that serve a team's sectors."""
    return [crew for crew in staffing.crews if crew.team == crew_team]


def _fill_hours(given: Staffing, length: int) -> Staffing:
    staffing = Staffing()
    staffing.CopyFrom(given)
    for crew in staffing.crews:
        if not crew.minutes and 0 <= crew.start_minute < length:
            crew.minutes = length - crew.start_minute
    return staffing


def _check_team_cars(staffing: Staffing, teams: Sequence[Team]) -> Iterator[Violation]:
    cars = staffing.team_cars
    if not cars:
        return
    if len(cars) != len(teams):
        names = ", ".join(team.name for team in teams)
        allowed = f"one number per team ({names})" if teams else "none, for the area has no teams"
        yield "staffing.team_cars", f"Expected {allowed}, got {len(cars)}."
    elif min(cars) < 0 or sum(cars) != staffing.cars:
        allowed = f"numbers of at least 0 that sum to the {staffing.cars} cars"
        yield "staffing.team_cars", f"Expected {allowed}, got {', '.join(map(str, cars))}."


def _check_room(staffing: Staffing, area: Area, length: int, options: PlanOptions) -> Iterator[Violation]:
    """Check that the most cars of a sector leave room for all of an area, and of each team as far as they are known."""
    teams = list_teams(area)
    groups = [("", len(area.sectors), _most_placed(staffing.crews, length, options) or staffing.cars)]
    for number, team in enumerate(teams):
        placed = _most_placed(crews_of(staffing, team.crew_team), length, options)
        known = staffing.team_cars[number] if len(staffing.team_cars) == len(teams) else placed
        groups.append((f" of the team {team.name!r}", len(team.sector_ids), known))
    for whose, sector_count, cars in groups:
        if 0 < options.max_per_sector * sector_count < cars:
            sectors = "1 sector" if sector_count == 1 else f"{sector_count} sectors"
            allowed = f"Expected 0 or enough for {cars} cars in {sectors}{whose}"
            yield "options.max_per_sector", f"{allowed}, got {options.max_per_sector}."


def _most_placed(crews: Sequence[CrewStart], length: int, options: PlanOptions) -> int:
    """Return the most cars of crews that are placed in one period; 0 where there are none, or no such periods."""
    period_minutes = options.period_minutes
    if period_minutes <= 0 or period_minutes % QUARTER_MINUTES or length % period_minutes:
        return 0  # reported as a fault of the periods
    return int(cars_by_period(crews, length, period_minutes).max(initial=0))
