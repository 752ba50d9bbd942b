"""Travel times from a server with OSRM's table service."""

import json
import socket
from dataclasses import replace

import httpx
import numpy as np
import pytest

from services.demand.area import TravelServer
from services.demand.travel.choose import open_travel
from services.demand.travel.osrm import OsrmTravelTimes
from services.demand.travel.osrm_server import OsrmServer, pair_blocks
from serving.artifacts import ArtifactStore
from serving.errors import FailedPrecondition, Unavailable
from tests.services.demand.osrm_fake import running_osrm, seconds_between


@pytest.fixture(scope="module")
def shared_osrm():
    with running_osrm() as server:
        yield server


@pytest.fixture
def osrm(shared_osrm):
    shared_osrm.paths.clear()
    shared_osrm.forced = None
    return shared_osrm


@pytest.fixture
def travel(square_area, osrm):
    opened = OsrmTravelTimes(square_area, OsrmServer(osrm.url, "car"))
    osrm.paths.clear()
    return opened


def expected_minutes(origin, destination):
    """Points are (latitude, longitude), rounded to six decimals as in the request."""
    seconds = seconds_between(*(tuple(np.round(point[::-1], 6)) for point in (origin, destination)))
    return np.inf if seconds is None else seconds / 60


def random_points(rng, count):
    return rng.uniform(39.99, 40.02, count), rng.uniform(-73.02, -72.99, count)


def test_between_sectors(square_area, travel):
    # A hundredth of a degree north takes 10 minutes, south 20; 0.012 degrees east or west 12 minutes.
    normal = [[0, 12, 20, 32], [12, 0, 32, 20], [10, 22, 0, 12], [22, 10, 12, 0]]
    np.testing.assert_allclose(travel.between_sectors(urgent=False), normal)
    np.testing.assert_allclose(travel.between_sectors(urgent=True), np.array(normal) * 24 / 36)
    assert travel.method == "osrm"


def test_requests_are_those_of_the_documentation(square_area, osrm):
    OsrmTravelTimes(square_area, OsrmServer(osrm.url, "car"))
    path, query = osrm.paths[0].split("?")
    four = "-73.000000,40.010000;-73.012000,40.010000;-73.000000,40.000000;-73.012000,40.000000"
    assert path == f"/table/v1/car/{four};{four}"
    assert query == "sources=0;1;2;3&destinations=4;5;6;7&generate_hints=false"


def test_points_in_batches(square_area, osrm, travel):
    latitudes, longitudes = random_points(np.random.default_rng(1), 250)
    urgent = np.arange(250) % 2 == 0
    there, back = travel.to_points(latitudes, longitudes, urgent), travel.from_points(latitudes, longitudes)
    assert [path.count(";", 0, path.index("?")) + 1 for path in osrm.paths] == [100, 100, 62] * 2  # with four centres
    centres = list(zip(square_area.centre_latitudes, square_area.centre_longitudes, strict=True))
    for point in range(250):
        here = latitudes[point], longitudes[point]
        factor = 24 / 36 if urgent[point] else 1.0
        assert there[point] == pytest.approx([factor * expected_minutes(centre, here) for centre in centres])
        assert back[point] == pytest.approx([expected_minutes(here, centre) for centre in centres])


def test_what_was_answered_is_not_asked_for_again(osrm, travel):
    latitudes, longitudes = random_points(np.random.default_rng(2), 80)
    urgent = np.zeros(80, bool)
    once = travel.to_points(latitudes, longitudes, urgent)
    osrm.paths.clear()
    assert travel.to_points(latitudes[::-1], longitudes[::-1], urgent).tolist() == once[::-1].tolist()
    travel.to_points(np.append(latitudes, 40.0), np.append(longitudes, -73.0), np.zeros(81, bool))
    assert [path.count(";", 0, path.index("?")) for path in osrm.paths] == [4]  # four centres and the new point


def test_no_points(osrm, travel):
    none = np.zeros(0)
    assert travel.to_points(none, none, np.zeros(0, bool)).shape == (0, 4)
    assert travel.from_points(none, none).shape == (0, 4)
    assert travel.between_points(none, none, none, none, np.zeros(0, bool)).shape == (0,)
    assert osrm.paths == []


@pytest.mark.parametrize(("sources", "destinations"), [(3, 120), (120, 3), (70, 70)])
def test_pairs_of_points(osrm, travel, sources, destinations):
    rng = np.random.default_rng(sources)
    starts, ends = random_points(rng, sources), random_points(rng, destinations)
    row, column = rng.integers(0, sources, 300), rng.integers(0, destinations, 300)
    origin, destination = [axis[row] for axis in starts], [axis[column] for axis in ends]
    urgent = rng.random(300) < 0.5
    minutes = travel.between_points(*origin, *destination, urgent)
    expected = [
        expected_minutes(start, end) * (24 / 36 if fast else 1.0)
        for start, end, fast in zip(zip(*origin, strict=True), zip(*destination, strict=True), urgent, strict=True)
    ]
    assert minutes == pytest.approx(expected)
    osrm.paths.clear()
    assert travel.between_points(*origin, *destination, urgent).tolist() == minutes.tolist()
    assert osrm.paths == []


def test_blocks_of_pairs():
    from_ids, to_ids = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 2, 3, 0, 1])
    assert pair_blocks(from_ids, to_ids, 4).tolist() == [0, 0, 0, 1, 1, 2]
    assert pair_blocks(from_ids, to_ids, 2).tolist() == [0, 1, 2, 3, 4, 5]


def test_points_that_no_road_leads_to(travel):
    latitudes, longitudes = np.array([40.0, 40.0, 85.0, 40.005]), np.array([-73.0, 120.0, -73.0, -73.0])
    urgent = np.zeros(4, bool)
    for minutes in (travel.to_points(latitudes, longitudes, urgent), travel.from_points(latitudes, longitudes)):
        assert np.isfinite(minutes).all(axis=1).tolist() == [True, False, False, True]
    minutes = travel.between_points(latitudes, longitudes, latitudes[::-1], longitudes[::-1], urgent)
    assert np.isinf(minutes).tolist() == [False, True, True, False]


def test_no_road_near_any_point(square_area, osrm):
    north = replace(square_area, centre_latitudes=square_area.centre_latitudes + 45)
    travel = OsrmTravelTimes(north, OsrmServer(osrm.url))
    assert (travel.between_sectors(urgent=False) == np.where(np.eye(4), 0, np.inf)).all()


def test_minutes_per_km_are_those_between_sectors(square_area, travel):
    apart = square_area.sector_km[:, np.newaxis] - square_area.sector_km
    apart_km = np.linalg.norm(apart, axis=2)
    nearest = np.argsort(apart_km, axis=0)[1:3]  # beside the sector itself
    minutes, kilometres = (
        np.take_along_axis(each, nearest, 0).sum() for each in (travel.between_sectors(urgent=False), apart_km)
    )
    assert travel.minutes_per_km(urgent=False) == pytest.approx(minutes / kilometres)
    assert travel.minutes_per_km(urgent=True) == pytest.approx(travel.minutes_per_km(urgent=False) * 24 / 36)


def test_an_only_sector_goes_by_distance(square_area, osrm):
    alone = replace(
        square_area,
        sector_ids=("NE",),
        centre_latitudes=square_area.centre_latitudes[:1],
        centre_longitudes=square_area.centre_longitudes[:1],
    )
    assert OsrmTravelTimes(alone, OsrmServer(osrm.url)).minutes_per_km(urgent=True) == pytest.approx(60 * 1.35 / 36)


def test_a_travel_server_comes_before_roads(square_area, osrm, tmp_path):
    area = replace(square_area, travel_server=TravelServer(osrm.url, "driving"))
    assert open_travel(area, ArtifactStore(str(tmp_path))).method == "osrm"


def test_centres_without_a_road_are_named(square_area, osrm, tmp_path):
    far = np.array([*square_area.centre_latitudes[:3], 85.0])
    area = replace(square_area, centre_latitudes=far, travel_server=TravelServer(osrm.url, "driving"))
    with pytest.raises(FailedPrecondition, match=r"SW\.$"):
        open_travel(area, ArtifactStore(str(tmp_path)))


def ok(durations):
    return 200, json.dumps({"code": "Ok", "durations": durations}).encode()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((400, b'{"code": "InvalidQuery", "message": "Query string malformed"}'), "InvalidQuery: Query string malf"),
        ((400, b'{"code": "NoTable"}'), "NoTable: no message"),
        ((400, b'{"code": "NoSegment", "message": "Somewhere"}'), "NoSegment: Somewhere"),
        ((400, b'{"code": "NoSegment", "message": "coordinate 8"}'), "coordinate 8 where 2 were sent"),
        ((404, b"<html>"), "answered 404 without JSON"),
        ((301, b""), "answered 301 without JSON"),
        ((200, b"[]"), "answered 200 without a code"),
        ((200, b'{"code": 7}'), "answered 200 without a code"),
        ((200, b'{"code": "Ok"}'), "no durations of 1 × 1"),
        (ok([[1, 2]]), "no durations of 1 × 1"),
        (ok([["soon"]]), "no table of numbers"),
        (ok([[1], [2, 3]]), "no table of numbers"),
        (ok([[-1]]), "durations below 0"),
    ],
)
def test_nonsense(osrm, answer, message):
    osrm.forced = answer
    with pytest.raises(FailedPrecondition, match=message) as caught:
        OsrmServer(osrm.url).minutes(np.array([[40.0, -73.0]]), np.array([[40.1, -73.0]]))
    assert caught.value.reason == "TRAVEL_SERVER_UNUSABLE"
    assert osrm.url in caught.value.message


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_to_be_asked_later(osrm, status):
    osrm.forced = status, b"busy"
    with pytest.raises(Unavailable, match=f"answered {status}") as caught:
        OsrmServer(osrm.url).minutes(np.array([[40.0, -73.0]]), np.array([[40.1, -73.0]]))
    assert caught.value.retry_delay_seconds > 0


def test_a_server_that_is_down():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        OsrmServer(f"http://127.0.0.1:{port}").minutes(np.array([[40.0, -73.0]]), np.array([[40.1, -73.0]]))
    assert caught.value.retry_delay_seconds > 0


def test_a_server_that_is_too_slow():
    def wait(request):
        raise httpx.ReadTimeout("", request=request)

    server = OsrmServer("http://osrm", transport=httpx.MockTransport(wait))
    with pytest.raises(Unavailable, match="cannot be reached: ReadTimeout"):
        server.minutes(np.array([[40.0, -73.0]]), np.array([[40.1, -73.0]]))


def test_what_was_answered_before_a_failure_is_kept(osrm, travel, monkeypatch):
    monkeypatch.setattr("services.demand.travel.osrm.POINTS_AT_ONCE", 96)
    latitudes, longitudes = random_points(np.random.default_rng(3), 150)
    urgent = np.zeros(150, bool)
    travel.to_points(latitudes[:96], longitudes[:96], urgent[:96])
    osrm.forced = 503, b""
    with pytest.raises(Unavailable):
        travel.to_points(latitudes, longitudes, urgent)
    osrm.forced = None
    osrm.paths.clear()
    travel.to_points(latitudes, longitudes, urgent)
    assert len(osrm.paths) == 1
