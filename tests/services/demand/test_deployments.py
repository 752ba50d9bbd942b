"""What can be wrong with deployments."""

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
