from typing import Any

import pytest

from gateway.plan_options import fill_defaults
from gateway.staffing import read_staffing
from gateway.testing.area import make_area
from officers.area.v1.area_pb2 import Area
from officers.gateway.v1.gateway_pb2 import CrewStart, PlanOptions, Staffing
from officers.scheduler.v1.scheduler_pb2 import MinuteSpan

TEAMS = {"west": ["A"], "east": ["B"]}  # C has no team


def crew(start_minute: int = 0, minutes: int = 0, cars: int = 1, team: str = "", **breaks: Any) -> CrewStart:
    return CrewStart(start_minute=start_minute, minutes=minutes, cars=cars, team=team, **breaks)


def breaks(*spans: tuple[int, int]) -> list[MinuteSpan]:
    return [MinuteSpan(start_minute=start, minutes=minutes) for start, minutes in spans]


def read(staffing: Staffing, area: Area | None = None, **options: Any) -> tuple[Staffing, dict[str, str]]:
    """Read a staffing for the day shift, 480 minutes and 4 cars."""
    place = area or make_area()
    filled, faults = read_staffing(staffing, place, place.shifts[0], fill_defaults(PlanOptions(**options)))
    return filled, dict(faults)


def faults_of(*crews: CrewStart, area: Area | None = None, **fields: Any) -> dict[str, str]:
    return read(Staffing(crews=crews, **fields), area)[1]


def test_nothing_is_the_shifts_cars_throughout() -> None:
    assert read(Staffing()) == (Staffing(cars=4), {})


def test_hours_and_cars_of_crews_are_filled_in() -> None:
    staffing, faults = read(Staffing(crews=[crew(cars=2, minutes=240), crew(120, cars=3), crew(240, cars=2)]))
    assert not faults
    assert [each.minutes for each in staffing.crews] == [240, 360, 240]
    assert staffing.cars == 5
    assert not read(Staffing(cars=5, crews=staffing.crews))[1]


@pytest.mark.parametrize(
    ("faulty", "field"),
    [
        (crew(-15), "start_minute"),
        (crew(20), "start_minute"),
        (crew(480), "start_minute"),
        (crew(2**31 - 1), "start_minute"),
        (crew(-(2**31)), "start_minute"),
        (crew(0, 20), "minutes"),
        (crew(0, -30), "minutes"),
        (crew(240, 255), "minutes"),
        (crew(cars=0), "cars"),
        (crew(cars=1001), "cars"),
        (crew(team="west"), "team"),
        (crew(60, 120, breaks=breaks((45, 30))), "breaks[0].start_minute"),
        (crew(60, 120, breaks=breaks((180, 15))), "breaks[0].start_minute"),
        (crew(60, 120, breaks=breaks((70, 15))), "breaks[0].start_minute"),
        (crew(60, 120, breaks=breaks((90, 20))), "breaks[0].minutes"),
        (crew(60, 120, breaks=breaks((90, 0))), "breaks[0].minutes"),
        (crew(60, 120, breaks=breaks((165, 30))), "breaks[0].minutes"),
        (crew(60, 120, breaks=breaks((90, 30), (105, 15))), "breaks[1].start_minute"),
        (crew(60, 120, breaks=breaks((165, 15), (165, 15))), "breaks[1].start_minute"),
        (crew(60, 120, breaks=breaks((2**31 - 16, 15))), "breaks[0].start_minute"),
    ],
)
def test_each_fault_of_a_crew_names_its_field(faulty: CrewStart, field: str) -> None:
    assert set(faults_of(crew(), faulty)) == {f"staffing.crews[1].{field}"}


def test_faults_of_a_crew_say_what_is_allowed() -> None:
    faults = faults_of(crew(20), crew(240, 300), crew(team="north"))
    assert faults["staffing.crews[0].start_minute"] == "Expected 0 to 465 in steps of 15, got 20."
    assert faults["staffing.crews[1].minutes"] == "Expected 15 to 240 in steps of 15, got 300."
    assert faults["staffing.crews[2].team"] == "Expected nothing: the area has no teams, got 'north'."


def test_crews_together_leave_no_gap() -> None:
    faults = faults_of(crew(0, 240), crew(255))
    assert faults == {"staffing.crews": "Expected a car on duty at every minute of the shift, got none at minute 240."}


def test_crews_do_not_all_take_a_break_at_once() -> None:
    together = breaks((120, 30))
    faults = faults_of(crew(cars=2, breaks=together), crew(cars=2, breaks=together))
    assert "got none at minute 120" in faults["staffing.crews"]
    assert not faults_of(crew(cars=2, breaks=together), crew(cars=2, breaks=breaks((150, 30))))


def test_a_team_does_not_all_take_a_break_at_once() -> None:
    area = make_area(teams=TEAMS)
    crews = [crew(cars=2, team="west", breaks=breaks((60, 15))), crew(cars=2, team="east"), crew()]
    faults = faults_of(*crews, area=area)
    assert "Expected a car of 'west' that is not on a break" in faults["staffing.crews"]
    crews = [crew(cars=2, team="west"), crew(cars=2, team="east"), crew(cars=2, breaks=breaks((60, 15)))]
    assert "a car of 'sectors without a team'" in faults_of(*crews, area=area)["staffing.crews"]


def test_a_car_that_is_alone_may_take_its_break() -> None:
    assert not faults_of(crew(breaks=breaks((60, 15))))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cars": 4}, "staffing.cars"),
        ({"cars": -1}, "staffing.cars"),
        ({"team_cars": [3]}, "staffing.team_cars"),
    ],
)
def test_crews_say_how_many_cars_there_are(fields: dict[str, Any], field: str) -> None:
    assert set(faults_of(crew(cars=3), **fields)) == {field}


def test_there_are_at_most_a_thousand_cars() -> None:
    assert set(faults_of(crew(cars=600), crew(cars=600))) == {"staffing.crews"}
    assert set(read(Staffing(cars=1001))[1]) == {"staffing.cars"}
    nobody = make_area()
    nobody.shifts[0].cars = 0
    assert read(Staffing(), nobody)[1] == {"staffing.cars": "Expected 1 to 1000 (0: as the area's shift says), got 0."}


def test_crews_name_their_teams() -> None:
    area = make_area(teams=TEAMS)
    staffing, faults = read(Staffing(crews=[crew(team="west"), crew(team="east"), crew()]), area)
    assert not faults  # the third serves the sector without a team
    assert staffing.cars == 3
    everywhere = make_area(teams={"west": ["A"], "east": ["B", "C"]})
    faults = faults_of(crew(), area=everywhere)
    assert faults == {"staffing.crews[0].team": "Expected one of the area's teams (west, east), got ''."}


def test_cars_of_teams() -> None:
    area = make_area(teams=TEAMS)
    assert not read(Staffing(team_cars=[1, 2, 1]), area)[1]
    assert not read(Staffing(cars=3, team_cars=[3, 0, 0]), area)[1]
    for team_cars in ([2, 2], [1, 1, 1], [5, -1, 0]):
        assert set(read(Staffing(team_cars=team_cars), area)[1]) == {"staffing.team_cars"}
    _, faults = read(Staffing(team_cars=[4]))
    assert faults == {"staffing.team_cars": "Expected none, for the area has no teams, got 1."}


def test_the_most_cars_of_a_sector_leave_room_for_all() -> None:
    field = "options.max_per_sector"
    assert set(read(Staffing(cars=7), max_per_sector=2)[1]) == {field}
    handover = [crew(0, 255, cars=3), crew(255, cars=3)]
    assert set(read(Staffing(crews=handover), max_per_sector=1)[1]) == {field}  # six cars from minute 240 to 300
    assert not read(Staffing(crews=handover), max_per_sector=1, period_minutes=15)[1]
    area = make_area(teams=TEAMS)
    _, faults = read(Staffing(cars=4, team_cars=[3, 1, 0]), area, max_per_sector=2)
    assert faults[field] == "Expected 0 or enough for 3 cars in 1 sector of the team 'west', got 2."
    crews = [crew(cars=3, team="west"), crew(team="east")]
    assert set(read(Staffing(crews=crews), area, max_per_sector=2)[1]) == {field}


def test_periods_at_fault_are_left_to_the_options() -> None:
    for period_minutes in (-60, 20, 7 * 60):
        assert not read(Staffing(crews=[crew(cars=6)]), max_per_sector=2, period_minutes=period_minutes)[1]
