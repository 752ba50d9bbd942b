"""Reading area snapshots."""

import pytest

from officers.area.v1 import area_pb2
from services.demand.convert import parse_area
from serving.errors import InvalidArgument


def snapshot(sectors, **fields):
    area = area_pb2.Area(
        name="Row",
        time_zone="America/New_York",
        train_until_date="2014-12-31",
        sectors=[area_pb2.Sector(id=name, adjacent_sector_ids=adjacent) for name, adjacent in sectors.items()],
        travel=area_pb2.TravelSpeeds(speed_km_h=24, urgent_speed_km_h=36, detour_factor=1.35),
        **fields,
    )
    return area.SerializeToString()


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
