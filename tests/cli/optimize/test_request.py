from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.area_session import AreaSession, shift_span
from cli.optimize.request import OptimizeOptions, StandingPlan, apply_options, optimize_request
from officers.area.v1.area_pb2 import Area, Sector, Shift, Team
from officers.demand.v1.demand_pb2 import CrewShift, DemandPlan, DispatchRules, Objective, OptimizeRequest
from serving.errors import InvalidArgument

AREA = Area(
    name="Town",
    time_zone="America/New_York",
    train_until_date="2014-12-31",
    sectors=[Sector(id=name) for name in "ABC"],
    shifts=[Shift(name="day", start="08:00", hours=2, cars=6)],
    teams=[Team(name="north", sector_ids=["A"]), Team(name="south", sector_ids=["B", "C"])],
)


def request_for(options: OptimizeOptions, cars: int | None = None) -> OptimizeRequest:
    session = AreaSession(SimpleNamespace(), "a" * 64, AREA, None, "b" * 64)
    request = optimize_request(session, shift_span(AREA, None, None, cars), ("d" * 64, "e" * 64), 1, 10.0)
    apply_options(request, options, AREA, cars_given=cars is not None)
    return request


def test_options_reach_the_request():
    standing = DemandPlan(sector_ids=list("ABC"), period_minutes=30)
    request = request_for(
        OptimizeOptions(
            block_minutes=60, period_minutes=30, minimum={"B": 1}, maximum={"C": 2}, rotates=True, certifies=True,
            without_programs=True, rules=DispatchRules(preempts=True), objective=Objective(urgent_weight=2),
            standing=StandingPlan(Path("old.json"), standing),
        )
    )  # fmt: skip
    assert (request.block_minutes, request.period_minutes) == (60, 30)
    assert (list(request.minimum_cars), list(request.maximum_cars)) == ([0, 1, 0], [6, 6, 2])
    assert request.cars_rotate
    assert request.certify
    assert request.without_programs
    assert request.rules.preempts
    assert request.objective.urgent_weight == 2
    assert request.standing_plan == standing


def test_crews_are_the_cars():
    crews = (CrewShift(start="07:30", minutes=60, cars=2), CrewShift(start="08:15", minutes=600, cars=3))
    request = request_for(OptimizeOptions(crews=crews))
    assert list(request.on_duty_cars) == [2, 5, 3, 3, 3, 3, 3, 3]
    assert request.cars == 5
    with pytest.raises(InvalidArgument, match=r"^--crew: Expected crews on duty in the 120 minutes from 08:00 on"):
        request_for(OptimizeOptions(crews=(CrewShift(start="20:00", minutes=60, cars=2),)))
    with pytest.raises(InvalidArgument, match=r"^--crews crews\.csv: Expected crews on duty"):
        request_for(OptimizeOptions(crews=(CrewShift(start="20:00", minutes=60),), crews_option="--crews crews.csv"))


def test_team_cars_are_the_cars():
    request = request_for(OptimizeOptions(team_cars={"south": 3, "north": 1}))
    assert (list(request.team_cars), request.cars) == ([1, 3], 4)
    assert request_for(OptimizeOptions(team_cars={"south": 3, "north": 1}), cars=9).cars == 9  # the service tells
    with pytest.raises(InvalidArgument, match=r"^--team-cars: Expected the cars of every team, got none for south"):
        request_for(OptimizeOptions(team_cars={"north": 1}))
    with pytest.raises(InvalidArgument, match=r"^--team-cars: Expected one of north, south, got 'west'"):
        request_for(OptimizeOptions(team_cars={"west": 1}))


def test_unknown_sectors_and_other_plans_are_told():
    with pytest.raises(InvalidArgument, match=r"^--maximum: Expected one of A, B, C, got 'Z'"):
        request_for(OptimizeOptions(maximum={"Z": 1}))
    with pytest.raises(InvalidArgument, match=r"^--standing: Expected a plan for the sectors of Town"):
        request_for(OptimizeOptions(standing=StandingPlan(Path("old.json"), DemandPlan(sector_ids=["A"]))))


def test_limits_that_contradict_each_other_are_told_by_sector():
    with pytest.raises(InvalidArgument, match=r"^--minimum: Expected at most --maximum B=3, got B=5\.$"):
        OptimizeOptions(minimum={"A": 1, "B": 5}, maximum={"B": 3})
