"""What can be wrong with deployments."""

from dataclasses import replace

import pytest

from services.demand.deployments import CarTimetable, Deployment, Timetable, find_deployment_faults


@pytest.mark.parametrize(
    ("breaks", "at_fault"),
    [
        (((60, 30), (0, 60)), []),
        (((60, 30), (0, 15), (200, 60)), [2]),
        (((200, 60), (0, 15)), [0]),
        (((60, 30), (50, 15), (0, 15)), [0]),
        (((0, 0), (-5, 10)), [1, 0]),
    ],
)
def test_breaks_at_fault_are_named_by_their_place_in_the_request(square_area, breaks, at_fault):
    timetable = Timetable(120, (CarTimetable("C1", ("NE", "NE"), breaks),))
    faults = find_deployment_faults((Deployment("plan", timetable),), square_area, 240)
    assert [field for field, _ in faults] == [f"deployments[0].timetable.cars[0].breaks[{index}]" for index in at_fault]


@pytest.mark.parametrize(
    ("moves_freely", "most_moves", "expected"),
    [
        (True, 0, None),
        (True, 1, None),
        (True, 1000, None),
        (True, -1, "Expected 1 to 1000 moves, or 0 for no limit, got -1."),
        (True, 1001, "Expected 1 to 1000 moves, or 0 for no limit, got 1001."),
        (False, 0, None),
        (False, 5, "Expected moves_freely beside a limit, or 0 for none, got 5."),
    ],
)
def test_limits_on_moves_are_checked(square_area, moves_freely, most_moves, expected):
    plan = Deployment("plan", Timetable(240, (CarTimetable("C1", ("NE",)),)), moves_freely)
    faults = find_deployment_faults((replace(plan, most_moves_per_hour=most_moves),), square_area, 240)
    assert list(faults) == ([("deployments[0].most_moves_per_hour", expected)] if expected else [])
