"""Reading area snapshots."""

import pytest

from officers.area.v1 import area_pb2
from services.demand.area import TravelServer
from services.demand.convert_area import parse_area
from services.demand.travel.pace import STEADY_PACE, Pace
from serving.errors import InvalidArgument


def snapshot(sectors, travel=None, **fields):
    speeds = {"speed_km_h": 24, "urgent_speed_km_h": 36, "detour_factor": 1.35} | (travel or {})
    area = area_pb2.Area(
        name="Row",
        time_zone="America/New_York",
        train_until_date="2014-12-31",
        sectors=[area_pb2.Sector(id=name, adjacent_sector_ids=adjacent) for name, adjacent in sectors.items()],
        travel=area_pb2.TravelSpeeds(**speeds),
        **fields,
    )
    return area.SerializeToString()


def test_travel_of_older_snapshots():
    area = parse_area(snapshot({"A": []}))
    assert (area.pace, area.travel_server, area.calibrates) == (STEADY_PACE, None, False)


def test_travel():
    factors = [1 + hour / 24 for hour in range(24)]
    travel = {"mobilisation_minutes": 1.5, "hour_factors": factors, "osrm_url": "http://osrm", "calibrate": True}
    area = parse_area(snapshot({"A": []}, travel))
    assert area.pace == Pace(1.5, tuple(factors))
    assert (area.travel_server, area.calibrates) == (TravelServer("http://osrm", "driving"), True)
    assert parse_area(snapshot({"A": []}, travel | {"osrm_profile": "van"})).travel_server.profile == "van"


@pytest.mark.parametrize("travel", [{"mobilisation_minutes": -1}, {"hour_factors": [1.0]}, {"speed_km_h": 0}])
def test_impossible_travel(travel):
    with pytest.raises(InvalidArgument, match="Expected an area snapshot"):
        parse_area(snapshot({"A": []}, travel))


def test_urgent_types_and_capabilities():
    types = [
        area_pb2.ServiceType(type="1", priority=area_pb2.PRIORITY_URGENT),
        area_pb2.ServiceType(type="7", priority=area_pb2.PRIORITY_OTHER),
    ]
    area = parse_area(snapshot({"A": []}, service_types=types, capabilities=["boat", "dog"]))
    assert area.urgent_types == {"1"}
    assert area.capabilities == ("boat", "dog")


def test_neighbours():
    area = parse_area(snapshot({"A": ["B"], "B": ["A", "C"], "C": ["B"]}))
    assert area.neighbours == ((1,), (0, 2), (1,))
    assert area.adjacent.tolist() == [[True, True, False], [True, True, True], [False, True, True]]


def test_neighbours_of_an_only_sector():
    assert parse_area(snapshot({"A": []})).neighbours == ((),)


def test_snapshots_from_before_neighbours_were_known():
    area = parse_area(snapshot({"A": [], "B": []}))
    assert area.neighbours is None
    assert area.adjacent is None


def test_neighbours_must_be_sectors():
    with pytest.raises(InvalidArgument, match="next to sectors that it lacks: X, Z") as caught:
        parse_area(snapshot({"A": ["Z"], "B": ["X"]}))
    assert caught.value.violations[0].field == "area_artifact"
