"""The contract of `officers.routes.v1.RoutesService`."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
import shapely

from officers.area.v1.area_pb2 import Grid, Point
from officers.routes.v1 import routes_pb2
from officers.routes.v1.routes_pb2_grpc import RoutesServiceStub
from services.routes.catalogue import NetworkCatalogue
from services.routes.convert import area_from_bytes
from services.routes.servicer import register
from services.routes.testing import (
    BLOCK_DEGREES,
    EMPTY_SECTOR,
    QUIET_SECTOR,
    SECTOR,
    grid_point,
    grid_streets,
    store_area,
)
from serving.artifacts import ArtifactStore
from serving.status import from_rpc_error
from serving.testing import in_process_server

Service = tuple[RoutesServiceStub, ArtifactStore]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    store = ArtifactStore(str(tmp_path))
    catalogue = NetworkCatalogue(store, area_from_bytes)
    async with in_process_server(partial(register, catalogue=catalogue)) as channel:
        yield RoutesServiceStub(channel), store


async def plan(service: Service, request: routes_pb2.PlanRequest) -> list[routes_pb2.PlanResponse]:
    return [response async for response in service[0].Plan(request, timeout=60)]


async def refusal(service: Service, request: routes_pb2.PlanRequest) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await plan(service, request)
    return caught.value


def sector(area: str, sector_id: str, until: str = "") -> routes_pb2.PlanRequest:
    network = routes_pb2.SectorNetwork(area_artifact=area, sector_id=sector_id, history_until_date=until)
    return routes_pb2.PlanRequest(sector=network)


async def test_a_plan_is_the_network_then_routes_then_their_quality(service: Service) -> None:
    first, *middle, last = await plan(service, routes_pb2.PlanRequest(shipped_network="geodanet", seed=11))
    network, quality = first.network, last.quality
    assert (network.name, network.segment_count, network.excluded_segment_count) == ("geodanet", 293, 0)
    assert (network.incident_count, network.excluded_incident_count, len(network.segments)) == (287, 0, 293)
    assert network.length_m == pytest.approx(sum(segment.length_m for segment in network.segments))
    assert {min(s.likelihood for s in network.segments), max(s.likelihood for s in network.segments)} == {0, 1}
    assert max(segment.gi_star_z for segment in network.segments) > 1.96
    assert [response.WhichOneof("part") for response in middle] == ["route"] * 5
    for response in middle:
        route = response.route
        assert 0 < route.minutes <= 10
        assert route.length_m == pytest.approx(sum(network.segments[i].length_m for i in route.segment_indices))
        ends = network.segments[route.segment_indices[0]].line
        assert route.line[0] in (ends[0], ends[-1])
    assert quality.seed == 11
    assert 0 < quality.r2 < 1
    assert quality.mean_reward == pytest.approx(sum(response.route.reward for response in middle) / 5)
    visited = {index for response in middle for index in response.route.segment_indices}
    assert quality.never_visited_segment_count == 293 - len(visited)
    assert quality.entropy_bits > 0
    assert quality.iteration_count >= 5


async def test_a_sector_of_an_area_with_roads(service: Service) -> None:
    request = sector(store_area(service[1]), SECTOR, until="2020-01-11")
    request.route_count, request.budget_minutes, request.speed_km_h = 2, 6, 20
    request.reward = routes_pb2.REWARD_LIKELIHOOD
    first, *middle, _ = await plan(service, request)
    assert (first.network.name, first.network.segment_count, first.network.incident_count) == (SECTOR, 36, 10)
    assert len(middle) == 2
    assert all(response.route.minutes <= 6 for response in middle)


async def test_a_repeated_call_gives_the_same_answer(service: Service) -> None:
    request = routes_pb2.PlanRequest(shipped_network="geodanet", route_count=3, seed=-1)
    assert await plan(service, request) == await plan(service, request)


async def test_unset_reward_is_gi_star(service: Service) -> None:
    unset = routes_pb2.PlanRequest(shipped_network="geodanet", route_count=2)
    stated = routes_pb2.PlanRequest(shipped_network="geodanet", route_count=2, reward=routes_pb2.REWARD_GI_STAR)
    assert await plan(service, unset) == await plan(service, stated)


async def test_calls_at_the_same_time_do_not_disturb_each_other(service: Service) -> None:
    requests = [routes_pb2.PlanRequest(shipped_network="geodanet", seed=seed) for seed in range(4)]
    together = await asyncio.gather(*(plan(service, request) for request in requests))
    assert together == [await plan(service, request) for request in requests]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"route_count": 101}, "route_count"),
        ({"route_count": -1}, "route_count"),
        ({"budget_minutes": -5}, "budget_minutes"),
        ({"budget_minutes": float("nan")}, "budget_minutes"),
        ({"budget_minutes": 0.02}, "budget_minutes"),
        ({"speed_km_h": -15}, "speed_km_h"),
        ({"reward": 9}, "reward"),
        ({"sample_size": 1}, "sample_size"),
        ({"elite_share": 1.5}, "elite_share"),
        ({"smoothing": -0.1}, "smoothing"),
        ({"stop_threshold": float("nan")}, "stop_threshold"),
        ({"max_iterations": 100_000}, "max_iterations"),
    ],
)
async def test_values_out_of_range_are_invalid(service: Service, fields: dict[str, float], named: str) -> None:
    error = await refusal(service, routes_pb2.PlanRequest(shipped_network="geodanet", **fields))  # type: ignore[arg-type]
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert f"{named}: Expected" in (error.details() or "")


async def test_a_request_without_a_network_is_invalid(service: Service) -> None:
    error = await refusal(service, routes_pb2.PlanRequest())
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "network: Expected shipped_network or sector" in (error.details() or "")


async def test_a_malformed_date_is_invalid(service: Service) -> None:
    error = await refusal(service, sector(store_area(service[1]), SECTOR, until="tomorrow"))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "sector.history_until_date" in (error.details() or "")


async def test_an_artifact_that_is_no_area_is_invalid(service: Service) -> None:
    error = await refusal(service, sector(service[1].put(b"\xff\xfe"), SECTOR))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "sector.area_artifact" in (error.details() or "")


async def test_unknown_networks_artifacts_and_sectors_are_not_found(service: Service) -> None:
    area = store_area(service[1])
    for request in (
        routes_pb2.PlanRequest(shipped_network="atlantis"),
        sector("f" * 64, SECTOR),
        sector(area, "S9"),
    ):
        assert (await refusal(service, request)).code() is grpc.StatusCode.NOT_FOUND


async def test_areas_without_roads_streets_or_incidents_are_a_failed_precondition(service: Service) -> None:
    area = store_area(service[1])
    for request, message in (
        (sector(store_area(service[1], with_roads=False), SECTOR), "has no roads"),
        (sector(area, EMPTY_SECTOR), "There are no streets in 'S2'"),
        (sector(area, QUIET_SECTOR), "None of 0 past incidents lies near a street of 'S3'"),
    ):
        error = await refusal(service, request)
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert message in (error.details() or "")


async def test_a_sector_without_a_route_in_the_budget_is_a_failed_precondition(service: Service) -> None:
    request = sector(store_area(service[1]), SECTOR)
    request.budget_minutes = 0.02
    error = await refusal(service, request)
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert from_rpc_error(error).reason == "NO_ROUTE_IN_BUDGET"
    assert "Routes in 'S1' need at least 0.4 minutes" in (error.details() or "")
    request.start.longitude, request.start.latitude = grid_point(0, 1)
    assert (await refusal(service, request)).code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_deadline_that_has_passed_ends_the_call(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in service[0].Plan(routes_pb2.PlanRequest(shipped_network="geodanet"), timeout=0):
            pass
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_cancelled_call_leaves_the_service_working(service: Service) -> None:
    request = routes_pb2.PlanRequest(shipped_network="geodanet", route_count=100, sample_size=10_000)
    call = service[0].Plan(request)
    assert (await call.read()).WhichOneof("part") == "network"
    call.cancel()
    assert len(await plan(service, routes_pb2.PlanRequest(shipped_network="geodanet", route_count=1))) == 3


async def test_routes_begin_and_end_at_corners_and_crews_have_their_own_parts(service: Service) -> None:
    summary = (await plan(service, routes_pb2.PlanRequest(shipped_network="geodanet", route_count=1)))[0].network
    first, last = summary.segments[0].line[0], summary.segments[0].line[-1]
    request = routes_pb2.PlanRequest(shipped_network="geodanet", start=first, end=last, route_count=3)
    for response in (await plan(service, request))[1:-1]:
        assert (response.route.line[0], response.route.line[-1]) == (first, last)
    request = routes_pb2.PlanRequest(shipped_network="geodanet", route_count=4, crew_count=2)
    routes = [response.route for response in (await plan(service, request))[1:-1]]
    assert [route.crew for route in routes] == [0, 1, 0, 1]
    driven = [{index for route in routes[crew::2] for index in route.segment_indices} for crew in range(2)]
    assert not driven[0] & driven[1]


async def test_a_fresh_seed_is_told_and_gives_the_routes_again(service: Service) -> None:
    request = routes_pb2.PlanRequest(shipped_network="geodanet", fresh_seed=True)
    fresh, other = await plan(service, request), await plan(service, request)
    seed = fresh[-1].quality.seed
    assert seed != other[-1].quality.seed
    assert await plan(service, routes_pb2.PlanRequest(shipped_network="geodanet", seed=seed)) == fresh


async def test_likelihood_options_choose_what_counts(service: Service) -> None:
    request = sector(store_area(service[1]), SECTOR)
    request.sector.likelihood.window.start_minute, request.sector.likelihood.window.end_minute = 7 * 60, 8 * 60
    assert (await plan(service, request))[0].network.incident_count == 20  # all at 07:00 local time
    request.sector.likelihood.window.start_minute, request.sector.likelihood.window.end_minute = 22 * 60, 6 * 60
    assert (await refusal(service, request)).code() is grpc.StatusCode.FAILED_PRECONDITION
    request.sector.likelihood.window.end_minute = 1440
    assert (await refusal(service, request)).code() is grpc.StatusCode.INVALID_ARGUMENT


def street_file(store: ArtifactStore) -> routes_pb2.FileNetwork:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": street.line.tolist()},
            "properties": {"name": "Main Street"},
        }
        for street in grid_streets(4, 4)
    ]
    longitude, latitude = grid_point(1, 1)
    return routes_pb2.FileNetwork(
        streets_artifact=store.put(json.dumps({"type": "FeatureCollection", "features": features}).encode()),
        format=routes_pb2.STREET_FORMAT_GEOJSON,
        incidents_artifact=store.put_table(pa.table({"longitude": [longitude], "latitude": [latitude]})),
    )


async def test_streets_from_a_file_with_turns_in_words(service: Service) -> None:
    network = street_file(service[1])
    first, *middle, _ = await plan(service, routes_pb2.PlanRequest(file=network, route_count=2))
    assert (first.network.segment_count, first.network.incident_count) == (20, 1)
    assert first.network.HasField("file_exclusions")
    for response in middle:
        route = response.route
        assert route.turns[0].turn == "start"
        assert route.turns[0].text.startswith("start into Main Street, ")
        assert sum(turn.length_m for turn in route.turns) == pytest.approx(route.length_m)
    west, south = grid_point(0, 0)
    east, north = grid_point(2, 2)
    network.clip_geojson = shapely.to_geojson(shapely.box(west, south, east, north))
    clipped = (await plan(service, routes_pb2.PlanRequest(file=network)))[0].network
    assert (clipped.segment_count, clipped.file_exclusions.outside_count) == (8, 12)


async def test_files_that_cannot_be_used_are_invalid_and_absent_ones_not_found(service: Service) -> None:
    changes: tuple[dict[str, Any], ...] = (
        {"format": 0},
        {"format": 9},
        {"format": routes_pb2.STREET_FORMAT_OSM_PBF},
        {"clip_geojson": "{}"},
        {"clip_geojson": '{"type": "Point", "coordinates": [0, 0]}'},
        {"incidents_artifact": service[1].put_table(pa.table({"x": [1.0]}))},
    )
    for change in changes:
        network = street_file(service[1])
        network.MergeFrom(routes_pb2.FileNetwork(**change))
        if "format" in change:
            network.format = change["format"]
        error = await refusal(service, routes_pb2.PlanRequest(file=network))
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, change
    for absent in ("streets_artifact", "incidents_artifact"):
        network = street_file(service[1])
        setattr(network, absent, "f" * 64)
        error = await refusal(service, routes_pb2.PlanRequest(file=network))
        assert error.code() is grpc.StatusCode.NOT_FOUND


async def test_expected_calls_move_likelihood_to_their_cells(service: Service) -> None:
    area = store_area(service[1])
    request = sector(area, QUIET_SECTOR)  # without past incidents
    west, south = (grid_point(0, 0) - BLOCK_DEGREES / 2).tolist()
    width, height = (BLOCK_DEGREES * 5).tolist()
    request.sector.expected_calls.grid.CopyFrom(
        Grid(
            south_latitude=south, west_longitude=west, row_count=1, column_count=2,
            cell_height_degrees=height, cell_width_degrees=width / 2,
        )
    )  # fmt: skip
    request.sector.expected_calls.calls[:] = [0.0, 3.0]
    summary = (await plan(service, request))[0].network
    assert summary.incident_count == 0
    for segment in summary.segments:
        if max(point.longitude for point in segment.line) < west + width / 2:
            assert segment.likelihood == 0
    request.sector.expected_calls.calls[:] = [1.0]
    assert (await refusal(service, request)).code() is grpc.StatusCode.INVALID_ARGUMENT
    request.sector.expected_calls.calls[:] = [1.0, 1.0]
    request.sector.calls_artifact = "f" * 64
    assert (await refusal(service, request)).code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_turns_take_time(service: Service) -> None:
    request = routes_pb2.PlanRequest(shipped_network="geodanet", route_count=2)
    request.turn_minutes.left, request.turn_minutes.right = 1.0, 1.0
    for response in (await plan(service, request))[1:-1]:
        assert response.route.length_m / 250 < response.route.minutes <= 10  # 250 m a minute
    request.turn_minutes.back = -1
    assert (await refusal(service, request)).code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("fields", [{"crew_count": 21}, {"start": Point(latitude=0, longitude=0)}])
async def test_crews_and_points_out_of_range_are_invalid(service: Service, fields: dict[str, Any]) -> None:
    error = await refusal(service, routes_pb2.PlanRequest(shipped_network="geodanet", **fields))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
