"""Every RPC and every error of the demand service, over a real server."""

import socket
from datetime import UTC, datetime

import grpc
import numpy as np
import pyarrow as pa
import pytest

from officers.area.v1 import area_pb2
from officers.demand.v1 import demand_pb2, demand_pb2_grpc
from services.demand.convert_area import parse_area
from services.demand.convert_optimize import from_demand_answer, to_demand_order
from services.demand.convert_simulate import to_replay_order
from services.demand.convert_staffing import to_staffing_order
from services.demand.library import Library
from services.demand.optimiser.score import Scorer
from services.demand.plan_demand import plan_demand
from services.demand.plan_staffing import plan_staffing
from services.demand.replay_calls import replay_calls
from services.demand.roster.crews import Roster, place_roster, plain_clock
from services.demand.servicer import DemandServicer
from serving.artifacts import ArtifactStore
from serving.errors import Cancelled
from serving.status import from_rpc_error
from serving.testing import in_process_server
from serving.work import never_stop

SECTORS = ["A", "B", "C"]
UNKNOWN = "0" * 64


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(str(tmp_path))


@pytest.fixture
async def stub(store):
    servicer = DemandServicer(Library(store, parse_area), store)

    def register(server):
        demand_pb2_grpc.add_DemandServiceServicer_to_server(servicer, server)
        return ["officers.demand.v1.DemandService"]

    async with in_process_server(register) as channel:
        yield demand_pb2_grpc.DemandServiceStub(channel)


def put_incidents(store, sectors=("A", "A", "A", "B", "C")):
    time = datetime(2014, 6, 1, 14, tzinfo=UTC)
    times = pa.array([time] * len(sectors), pa.timestamp("us", tz="UTC"))
    columns = {
        "id": [f"I{number}" for number in range(len(sectors))],
        "time": times,
        "latitude": [40.0] * len(sectors),
        "longitude": [-73.0 + 0.02 * SECTORS.index(sector) for sector in sectors],
        "sector": pa.array(sectors, pa.string()),
    }
    return store.put_table(pa.table(columns))


def put_area(store, incidents=None, **changes):
    fields = {
        "name": "Row",
        "time_zone": "America/New_York",
        "train_until_date": "2014-12-31",
        "sectors": [
            area_pb2.Sector(id=name, centre=area_pb2.Point(latitude=40.0, longitude=-73.0 + 0.02 * index))
            for index, name in enumerate(SECTORS)
        ],
        "travel": area_pb2.TravelSpeeds(speed_km_h=24, urgent_speed_km_h=36, detour_factor=1.35),
        "incidents_artifact": incidents or put_incidents(store),
    }
    return store.put(area_pb2.Area(**(fields | changes)).SerializeToString(deterministic=True))


def put_calls(store, seed, scenarios=10, calls=8, span=240, sector=None):
    rng = np.random.default_rng(seed)
    total = scenarios * calls
    minute = np.sort(rng.uniform(0, span, (scenarios, calls)), axis=1).ravel()
    where = np.clip(rng.geometric(0.6, total) - 1, 0, 2) if sector is None else np.full(total, sector)
    columns = {
        "scenario": np.repeat(np.arange(scenarios), calls).astype(np.int32),
        "minute": minute,
        "latitude": rng.normal(40.0, 0.002, total),
        "longitude": -73.0 + 0.02 * np.minimum(where, 2) + rng.normal(0, 0.002, total),
        "sector": where.astype(np.int32),
        "type": np.zeros(total, np.int32),
        "urgent": rng.random(total) < 0.5,
        "target_minutes": np.full(total, 6.0),
        "cars_required": rng.integers(1, 3, total).astype(np.int32),
        "service_minutes": rng.exponential(20, total),
    }
    metadata = {b"scenario_count": str(scenarios).encode(), b"span_minutes": str(span).encode()}
    return store.put_table(pa.table(columns).replace_schema_metadata(metadata))


def optimize_request(store, **changes):
    fields = {
        "area_artifact": put_area(store),
        "training_calls_artifact": put_calls(store, 1),
        "validation_calls_artifact": put_calls(store, 2),
        "cars": 4,
        "shift_minutes": 240,
        "shift_start": "08:00",
    }
    return demand_pb2.OptimizeRequest(**(fields | changes))


def timetable(*rows, minutes=120, ids=None):
    cars = [
        demand_pb2.CarTimetable(car_id=name, sectors=row)
        for name, row in zip(ids or [f"C{index}" for index in range(len(rows))], rows, strict=True)
    ]
    return demand_pb2.Timetable(period_minutes=minutes, cars=cars)


def simulate_request(store, **changes):
    fields = {
        "area_artifact": put_area(store),
        "calls_artifact": put_calls(store, 3),
        "deployments": [
            demand_pb2.Deployment(name="plan", timetable=timetable(["A", "B"], ["B", "A"], ["", "C"], ["A", "A"])),
            demand_pb2.Deployment(name="equal", baseline=demand_pb2.BASELINE_ONE_PER_SECTOR),
            demand_pb2.Deployment(name="proportional", baseline=demand_pb2.BASELINE_PROPORTIONAL),
        ],
        "baseline_cars": 4,
        "shift_minutes": 240,
    }
    return demand_pb2.SimulateRequest(**(fields | changes))


async def fault_of(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value)


async def assert_fields_at_fault(call, *fields):
    error = await fault_of(call)
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [violation.field for violation in error.violations] == list(fields)


async def test_compute_travel(stub, store):
    response = await stub.ComputeTravel(demand_pb2.ComputeTravelRequest(area_artifact=put_area(store)))
    assert list(response.sector_ids) == SECTORS
    assert response.method == "distance"
    normal = np.array([row.minutes for row in response.normal])
    assert normal[0, 1] == pytest.approx(0.02 * 111.195 * np.cos(np.radians(40)) * 1.35 / 24 * 60, rel=1e-3)
    assert np.diag(normal).tolist() == [0, 0, 0]
    assert np.array([row.minutes for row in response.urgent]) == pytest.approx(normal * 24 / 36)


NIGHT_AND_DAY = [1.0] * 6 + [2.0] * 18
NEW_YEAR = datetime(2015, 1, 1, 5, tzinfo=UTC)  # midnight in New York


def paced(**fields):
    return area_pb2.TravelSpeeds(**{"speed_km_h": 24, "urgent_speed_km_h": 36, "detour_factor": 1.35} | fields)


async def test_compute_travel_at_the_pace_of_a_span(stub, store):
    area = put_area(store, travel=paced(mobilisation_minutes=1.5, hour_factors=NIGHT_AND_DAY))
    day = await stub.ComputeTravel(demand_pb2.ComputeTravelRequest(area_artifact=area))
    assert day.mobilisation_minutes == 1.5
    assert list(day.hour_factors) == NIGHT_AND_DAY
    assert not day.HasField("calibration")
    assert (day.unreached.count, day.unreached.checked_count) == (0, 5)
    span = demand_pb2.ComputeTravelRequest(area_artifact=area, minutes=480)
    span.start_time.FromDatetime(NEW_YEAR)
    night = await stub.ComputeTravel(span)
    day_minutes, night_minutes = (np.array([row.minutes for row in answer.urgent]) for answer in (day, night))
    assert night_minutes == pytest.approx(day_minutes / 1.75 * (6 * 1 + 2 * 2) / 8)


async def test_compute_travel_refuses_spans(stub, store):
    area = put_area(store)
    without_start = demand_pb2.ComputeTravelRequest(area_artifact=area, minutes=60)
    await assert_fields_at_fault(stub.ComputeTravel(without_start), "start_time")
    for minutes in (0, -1, 7 * 1440 + 1):
        request = demand_pb2.ComputeTravelRequest(area_artifact=area, minutes=minutes)
        request.start_time.FromDatetime(NEW_YEAR)
        await assert_fields_at_fault(stub.ComputeTravel(request), "minutes")


def put_responses(store, count):
    """Incidents around the centre of A that a car reached 2 minutes and 1.5 times the drive from there later."""
    rng = np.random.default_rng(0)
    north_km = rng.uniform(0.5, 3, count)
    time = datetime(2014, 6, 1, 14, tzinfo=UTC)
    columns = {
        "id": [f"I{number}" for number in range(count)],
        "time": pa.array([time] * count, pa.timestamp("us", tz="UTC")),
        "type": ["fight"] * count,
        "latitude": 40.0 + north_km / 111.19508,
        "longitude": [-73.0] * count,
        "sector": ["A"] * count,
        "priority": pa.array(["urgent"] * count),
        "response_minutes": 2 + 1.5 * north_km * 1.35 / 36 * 60,
    }
    return store.put_table(pa.table(columns))


async def test_compute_travel_calibrated(stub, store):
    area = put_area(store, put_responses(store, 3000), travel=paced(calibrate=True))
    answer = await stub.ComputeTravel(demand_pb2.ComputeTravelRequest(area_artifact=area))
    calibration = answer.calibration
    assert calibration.used
    assert (calibration.record_count, calibration.urgent_only, calibration.unreached_count) == (3000, True, 0)
    assert answer.mobilisation_minutes == calibration.mobilisation_minutes == pytest.approx(2.0, abs=0.1)
    assert list(answer.hour_factors) == list(calibration.hour_factors)
    assert answer.hour_factors[10] == pytest.approx(1.5, abs=0.03)  # 10:00 in New York
    assert calibration.median_error_minutes < 0.1 < calibration.median_error_before_minutes


async def test_too_few_responses_to_calibrate(stub, store):
    area = put_area(store, put_responses(store, 20), travel=paced(calibrate=True, mobilisation_minutes=3))
    answer = await stub.ComputeTravel(demand_pb2.ComputeTravelRequest(area_artifact=area))
    assert not answer.calibration.used
    assert answer.calibration.record_count == 20 < answer.calibration.least_record_count
    assert answer.mobilisation_minutes == 3
    assert set(answer.hour_factors) == {1.0}


async def test_a_travel_server_that_is_down(stub, store):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    request = demand_pb2.ComputeTravelRequest(area_artifact=put_area(store, travel=paced(osrm_url=url)))
    error = await fault_of(stub.ComputeTravel(request))
    assert error.code is grpc.StatusCode.UNAVAILABLE
    assert error.retry_delay_seconds > 0
    assert url in error.message


def put_roads(store):
    """A road both ways along the three centres, and another one, apart from it, in the far east."""
    longitudes = [-73.0, -72.98, -72.96, -72.5, -72.49]
    nodes = pa.table({"node": range(5), "latitude": [40.0] * 5, "longitude": longitudes})
    pairs = [(0, 1), (1, 0), (1, 2), (2, 1), (3, 4), (4, 3)]
    arcs = {
        "from_node": [tail for tail, _ in pairs],
        "to_node": [head for _, head in pairs],
        "urgent_minutes": [1.0] * 6,
        "normal_minutes": [2.0] * 6,
    }
    return {"road_nodes_artifact": store.put_table(nodes), "road_arcs_artifact": store.put_table(pa.table(arcs))}


async def test_points_that_no_road_leads_to_are_told(stub, store):
    incidents = store.get_table(put_incidents(store)).set_column(
        3, "longitude", pa.array([-73.0, -72.5, -73, -72.98, -72.5])
    )
    area = put_area(store, store.put_table(incidents), **put_roads(store))
    travel = await stub.ComputeTravel(demand_pb2.ComputeTravelRequest(area_artifact=area))
    assert travel.method == "roads"
    assert (travel.unreached.count, travel.unreached.checked_count) == (2, 5)
    assert [(point.incident_id, point.longitude) for point in travel.unreached.first] == [("I1", -72.5), ("I4", -72.5)]
    calls = store.get_table(put_calls(store, 3))
    far = np.where(np.arange(80) < 12, -72.5, -73.0)
    artifact = store.put_table(calls.set_column(3, "longitude", pa.array(far)))
    response = await stub.Simulate(simulate_request(store, area_artifact=area, calls_artifact=artifact))
    assert (response.unreached.count, response.unreached.checked_count) == (12, 80)
    assert [point.position for point in response.unreached.first] == list(range(10))
    assert {result.never_answered for result in response.results} == {12}


async def test_hours_need_a_start(stub, store):
    area = put_area(store, travel=paced(hour_factors=NIGHT_AND_DAY))
    await assert_fields_at_fault(stub.Simulate(simulate_request(store, area_artifact=area)), "calls_artifact")
    calls = store.get_table(put_calls(store, 3))
    metadata = calls.schema.metadata | {b"start_time": b"2015-01-01T05:00:00+00:00"}
    artifact = store.put_table(calls.replace_schema_metadata(metadata))
    response = await stub.Simulate(simulate_request(store, area_artifact=area, calls_artifact=artifact))
    assert response.results[0].calls == 80


async def test_compute_travel_on_roads_that_leave_a_sector_cut_off(stub, store):
    nodes = pa.table(
        {"node": range(6), "latitude": [40.0] * 6, "longitude": [-73.0, -72.98, -72.96, -73, -72.98, -72.96]}
    )
    pairs = [(0, 1), (1, 0), (2, 5), (5, 2)]
    arcs = pa.table(
        {
            "from_node": [tail for tail, _ in pairs],
            "to_node": [head for _, head in pairs],
            "urgent_minutes": [1.0] * 4,
            "normal_minutes": [2.0] * 4,
        }
    )
    roads = {"road_nodes_artifact": store.put_table(nodes), "road_arcs_artifact": store.put_table(arcs)}
    request = demand_pb2.ComputeTravelRequest(area_artifact=put_area(store, **roads))
    error = await fault_of(stub.ComputeTravel(request))
    assert error.code is grpc.StatusCode.FAILED_PRECONDITION
    assert error.reason == "SECTORS_UNREACHABLE"
    assert error.message.endswith(" C.")


async def test_areas_are_checked(stub, store):
    no_area = store.put(b"\xff\xff no area")
    for artifact in ("", no_area, put_area(store, sectors=[]), put_area(store, train_until_date="soon")):
        await assert_fields_at_fault(
            stub.ComputeTravel(demand_pb2.ComputeTravelRequest(area_artifact=artifact)), "area_artifact"
        )
    error = await fault_of(stub.ComputeTravel(demand_pb2.ComputeTravelRequest(area_artifact=UNKNOWN)))
    assert error.code is grpc.StatusCode.NOT_FOUND


async def test_optimize(stub, store):
    request = optimize_request(store, period_minutes=60, maximum_cars=[3, 2, 2], minimum_cars=[0, 0, 1])
    response = await stub.Optimize(request)
    assert list(response.plan.sector_ids) == SECTORS
    assert response.plan.period_minutes == 60
    cars = np.array([period.cars for period in response.plan.periods])
    assert cars.shape == (4, 3)
    assert (cars.sum(axis=1) == 4).all()
    assert (cars[:, 2] >= 1).all()
    assert (cars <= [3, 2, 2]).all()
    assert (cars[0] == cars[1]).all()  # one block of 120 minutes
    assert [candidate.chosen for candidate in response.candidates] == [True] + [False] * (len(response.candidates) - 1)
    assert response.candidates[0].plan == response.plan
    assert {"one per sector", "proportional"} <= {candidate.name for candidate in response.candidates}
    assert {solution.block for solution in response.block_solutions} == {0, 1}
    assert all(solution.scenario_count == 10 for solution in response.block_solutions)


async def test_optimize_answers_the_same_request_from_the_store(stub, store):
    request = optimize_request(store)
    assert await stub.Optimize(request) == await stub.Optimize(request)


async def test_optimize_names_every_field_at_fault(stub, store):
    same = put_calls(store, 1)
    wrong = {
        "cars": 0,
        "period_minutes": 50,
        "time_limit_seconds": -1.0,
        "seed": -1,
        "training_calls_artifact": same,
        "validation_calls_artifact": same,
    }
    await assert_fields_at_fault(
        stub.Optimize(optimize_request(store, **wrong)),
        "validation_calls_artifact",
        "cars",
        "period_minutes",
        "time_limit_seconds",
        "seed",
    )


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"shift_minutes": 0}, ["shift_minutes"]),
        ({"period_minutes": -60}, ["period_minutes"]),
        ({"period_minutes": 80}, ["block_minutes"]),
        ({"block_minutes": -60}, ["block_minutes"]),
        ({"minimum_cars": [3, 2, 0]}, ["minimum_cars"]),
        ({"minimum_cars": [1, 1]}, ["minimum_cars"]),
        ({"minimum_cars": [-1, 0, 0]}, ["minimum_cars[0]"]),
        ({"maximum_cars": [1, 1, 1]}, ["maximum_cars"]),
        ({"maximum_cars": [4, -1, 4]}, ["maximum_cars[1]"]),
        ({"minimum_cars": [2, 0, 0], "maximum_cars": [1, 4, 4]}, ["minimum_cars[0]"]),
        ({"history_until_date": "31.12.2014"}, ["history_until_date"]),
        ({"shift_start": "8"}, ["shift_start"]),
        ({"shift_start": "24:00"}, ["shift_start"]),
        ({"time_limit_seconds": float("nan")}, ["time_limit_seconds"]),
        ({"training_calls_artifact": ""}, ["training_calls_artifact"]),
    ],
)
async def test_optimize_refuses(stub, store, changes, fields):
    await assert_fields_at_fault(stub.Optimize(optimize_request(store, **changes)), *fields)


async def test_optimize_refuses_call_sets(stub, store):
    refused = [
        {"training_calls_artifact": put_calls(store, 1, sector=3)},
        {"training_calls_artifact": put_calls(store, 1, span=480)},
        {"training_calls_artifact": store.put(b"no table")},
    ]
    for changes in refused:
        await assert_fields_at_fault(stub.Optimize(optimize_request(store, **changes)), "training_calls_artifact")
    error = await fault_of(stub.Optimize(optimize_request(store, validation_calls_artifact=UNKNOWN)))
    assert error.code is grpc.StatusCode.NOT_FOUND


async def test_without_calls_cars_are_shared_out_by_the_simple_rules(stub, store):
    training, validation = (put_calls(store, 1, scenarios, calls=0) for scenarios in (10, 11))
    request = optimize_request(store, training_calls_artifact=training, validation_calls_artifact=validation)
    response = await stub.Optimize(request)
    assert sum(response.plan.periods[0].cars) == 4
    assert {candidate.validation_failure_rate for candidate in response.candidates} == {0.0}
    assert not any(each.HasField("validation_mean_response_minutes") for each in response.candidates)


def neighbours_of(name):
    return {"A": ["B"], "B": ["A", "C"], "C": ["B"]}[name]


def put_row_of_neighbours(store, **changes):
    """The area with sectors that know their neighbours."""
    sectors = [
        area_pb2.Sector(
            id=name,
            centre=area_pb2.Point(latitude=40.0, longitude=-73.0 + 0.02 * index),
            adjacent_sector_ids=neighbours_of(name),
        )
        for index, name in enumerate(SECTORS)
    ]
    return put_area(store, sectors=sectors, **changes)


async def test_cars_come_and_go_with_the_supply(stub, store):
    on_duty = [2] * 8 + [5] * 8
    response = await stub.Optimize(
        optimize_request(store, cars=5, on_duty_cars=on_duty, on_break_cars=[0] * 12 + [1] + [0] * 3)
    )
    assert [sum(period.cars) for period in response.plan.periods] == [2, 2, 4, 4]


def standing(period_minutes, cars, periods):
    return {"sector_ids": SECTORS, "period_minutes": period_minutes, "periods": [{"cars": cars}] * periods}


async def test_a_standing_plan_is_a_candidate(stub, store):
    response = await stub.Optimize(optimize_request(store, standing_plan=standing(60, [4, 0, 0], 4)))
    by_name = {candidate.name: candidate for candidate in response.candidates}
    assert [list(period.cars) for period in by_name["standing"].plan.periods] == [[4, 0, 0]] * 4


async def test_what_can_be_proved_comes_where_asked_for(stub, store):
    calls = {
        "training_calls_artifact": put_calls(store, 1, scenarios=20, calls=30),
        "validation_calls_artifact": put_calls(store, 2, scenarios=20, calls=30),
    }
    response = await stub.Optimize(optimize_request(store, certify=True, without_programs=True, **calls))
    best = min(candidate.validation_failure_rate for candidate in response.candidates)
    bound = response.certificate.static_failure_bound
    assert 0 < bound.confident < bound.value <= best
    assert response.certificate.program_gap.batches == bound.batches == 20
    assert not response.certificate.no_static_bound_reason
    assert not response.block_solutions


async def test_where_nothing_can_be_proved_of_failures_it_is_said_why(stub, store):
    rules = demand_pb2.DispatchRules(sends_returning=True)
    changes = {"certify": True, "without_programs": True, "rules": rules}
    calls = put_calls(store, 2, scenarios=20)
    response = await stub.Optimize(optimize_request(store, validation_calls_artifact=calls, **changes))
    assert not response.certificate.HasField("static_failure_bound")
    assert "on their way back" in response.certificate.no_static_bound_reason
    assert response.certificate.HasField("program_gap")
    assert not response.certificate.no_program_gap_reason


async def test_too_few_scenarios_prove_nothing(stub, store):
    response = await stub.Optimize(optimize_request(store, certify=True, without_programs=True))
    proved = response.certificate
    assert not proved.HasField("static_failure_bound")
    assert not proved.HasField("program_gap")
    reason = "none from 10 scenarios, at least 20 are needed"
    assert (proved.no_static_bound_reason, proved.no_program_gap_reason) == (reason, reason)


async def test_teams_are_planned_apart(stub, store):
    teams = [area_pb2.Team(name="west", sector_ids=["A"]), area_pb2.Team(name="east", sector_ids=["C", "B"])]
    area = put_area(store, teams=teams)
    response = await stub.Optimize(optimize_request(store, area_artifact=area, team_cars=[1, 3]))
    assert [period.cars[0] for period in response.plan.periods] == [1] * 4
    assert [(team.team, team.cars) for team in response.teams] == [("west", 1), ("east", 3)]
    assert list(response.teams[1].candidates[0].plan.sector_ids) == ["B", "C"]
    assert response.candidates[0].name == "each team's best"
    assert response.candidates[0].plan == response.plan
    in_proportion = await stub.Optimize(optimize_request(store, area_artifact=area))
    assert [team.cars for team in in_proportion.teams] == [2, 2]


async def test_sectors_without_a_team_are_one_too(stub, store):
    area = put_area(store, teams=[area_pb2.Team(name="west", sector_ids=["A"])])
    response = await stub.Optimize(optimize_request(store, area_artifact=area))
    assert [team.team for team in response.teams] == ["west", "sectors without a team"]


async def test_cars_of_one_team_take_no_calls_of_another(stub, store):
    teams = [area_pb2.Team(name="west", sector_ids=["A"]), area_pb2.Team(name="east", sector_ids=["B", "C"])]
    request = simulate_request(
        store,
        area_artifact=put_area(store, teams=teams),
        calls_artifact=put_calls(store, 3, sector=0),
        deployments=[demand_pb2.Deployment(name="east", timetable=timetable(["B", "C"], ["C", "C"]))],
    )
    (result,) = (await stub.Simulate(request)).results
    assert result.never_answered == result.calls == 80


TEAMS = [area_pb2.Team(name="west", sector_ids=["A"]), area_pb2.Team(name="east", sector_ids=["B", "C"])]


async def test_teams_may_have_crews_of_their_own(stub, store):
    staffing = [
        {"on_duty_cars": [1] * 8 + [0] * 8},
        {"on_duty_cars": [2] * 4 + [3] * 12, "on_break_cars": [0] * 15 + [1]},
    ]
    request = optimize_request(
        store, area_artifact=put_area(store, teams=TEAMS), team_staffing=staffing, block_minutes=60
    )
    response = await stub.Optimize(request)
    assert [(team.team, team.cars) for team in response.teams] == [("west", 1), ("east", 3)]
    cars = np.array([period.cars for period in response.plan.periods])
    assert cars[:, 0].tolist() == [1, 1, 0, 0]
    assert cars[:, 1:].sum(axis=1).tolist() == [2, 3, 3, 2]


async def test_a_team_may_have_no_cars(stub, store):
    staffing = [{}, {"on_duty_cars": [3] * 16}]
    request = optimize_request(store, area_artifact=put_area(store, teams=TEAMS), team_staffing=staffing)
    response = await stub.Optimize(request)
    assert [team.cars for team in response.teams] == [0, 3]
    west, east = (team.candidates[0] for team in response.teams)
    assert (west.validation_failure_rate, west.HasField("validation_mean_response_minutes")) == (1.0, False)
    joined = response.candidates[0].validation_mean_response_minutes
    assert joined == pytest.approx(east.validation_mean_response_minutes)
    assert {sum(period.cars) for period in response.plan.periods} == {3}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"team_staffing": [{}]}, ["team_staffing"]),
        ({"team_staffing": [{}, {}], "team_cars": [2, 2]}, ["team_staffing"]),
        ({"team_staffing": [{}, {}], "on_duty_cars": [4] * 16}, ["team_staffing"]),
        ({"team_staffing": [{}, {"on_duty_cars": [1] * 15}]}, ["team_staffing[1].on_duty_cars"]),
        ({"team_staffing": [{"on_duty_cars": [1] * 15 + [5]}, {}]}, ["team_staffing[0].on_duty_cars[15]"]),
        (
            {"team_staffing": [{}, {"on_duty_cars": [1] * 16, "on_break_cars": [2] + [0] * 15}]},
            ["team_staffing[1].on_break_cars[0]"],
        ),
        (
            {"team_staffing": [{"on_break_cars": [1] + [0] * 15}, {}]},
            ["team_staffing[0].on_break_cars[0]"],
        ),
    ],
)
async def test_optimize_refuses_team_staffing(stub, store, changes, fields):
    area = put_area(store, teams=TEAMS)
    await assert_fields_at_fault(stub.Optimize(optimize_request(store, area_artifact=area, **changes)), *fields)


CREW_OF_ONE, CREW_OF_THREE = {"on_duty_cars": [1] * 16}, {"on_duty_cars": [3] * 16}


@pytest.mark.parametrize(
    ("changes", "field", "allowed"),
    [
        ({"team_cars": [1, 3], "minimum_cars": [2, 0, 0]}, "team_cars[0]", "2 to 4 cars for team west"),
        ({"team_cars": [3, 1], "minimum_cars": [0, 1, 1]}, "team_cars[1]", "2 to 4 cars for team east"),
        ({"team_cars": [3, 1], "maximum_cars": [2, 4, 4]}, "team_cars[0]", "0 to 2 cars for team west"),
        ({"team_staffing": [CREW_OF_ONE, CREW_OF_THREE], "minimum_cars": [2, 0, 0]}, "team_staffing[0]", "team west"),
        ({"team_staffing": [CREW_OF_ONE, CREW_OF_THREE], "maximum_cars": [4, 1, 1]}, "team_staffing[1]", "team east"),
        ({"team_staffing": [{}, CREW_OF_THREE], "minimum_cars": [1, 0, 0]}, "team_staffing[0]", "1 to 4 cars"),
    ],
)
async def test_the_cars_of_a_team_fit_its_sectors(stub, store, changes, field, allowed):
    area = put_area(store, teams=TEAMS)
    error = await fault_of(stub.Optimize(optimize_request(store, area_artifact=area, **changes)))
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [violation.field for violation in error.violations] == [field]
    assert allowed in error.violations[0].description


CREWS_OF_BLOCKS = {"on_duty_cars": [4] * 16, "on_break_cars": [1] * 16, "period_minutes": 10}


@pytest.mark.parametrize(
    ("changes", "violations"),
    [
        (
            CREWS_OF_BLOCKS | {"block_minutes": 50},
            [("block_minutes", "Expected a multiple of 15, since cars are given by quarter hour, got 50.")],
        ),
        (
            {"team_staffing": [{}, CREW_OF_THREE], "period_minutes": 10, "block_minutes": 50},
            [("block_minutes", "Expected a multiple of 15, since cars are given by quarter hour, got 50.")],
        ),
        (
            CREWS_OF_BLOCKS | {"on_break_cars": [], "shift_minutes": 250, "block_minutes": 60},
            [("on_duty_cars", "Expected a shift in quarter hours, got one of 250 minutes.")],
        ),
    ],
)
async def test_blocks_and_shifts_of_crews_are_of_quarter_hours(stub, store, changes, violations):
    area = put_area(store, teams=TEAMS if "team_staffing" in changes else [])
    error = await fault_of(stub.Optimize(optimize_request(store, area_artifact=area, **changes)))
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(violation.field, violation.description) for violation in error.violations] == violations


@pytest.mark.parametrize("teams", [[], TEAMS])
async def test_workers_change_nothing(store, teams):
    request = optimize_request(store, area_artifact=put_area(store, teams=teams))
    one, three = (
        plan_demand(to_demand_order(request), Library(store, parse_area), never_stop, workers) for workers in (1, 3)
    )
    answers = [from_demand_answer(answer) for answer in (one, three)]
    for answer in answers:
        answer.wall_seconds = 0.0
        for solution in (*answer.block_solutions, *(each for team in answer.teams for each in team.block_solutions)):
            solution.wall_seconds = 0.0
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"on_duty_cars": [4] * 15}, ["on_duty_cars"]),
        ({"on_duty_cars": [4] * 15 + [5]}, ["on_duty_cars[15]"]),
        ({"on_break_cars": [-1] + [0] * 15}, ["on_break_cars[0]"]),
        ({"on_duty_cars": [1] * 16, "on_break_cars": [2] + [0] * 15}, ["on_break_cars[0]"]),
        ({"on_break_cars": [4] + [0] * 15, "minimum_cars": [1, 0, 0]}, ["minimum_cars"]),
        ({"team_cars": [4]}, ["team_cars"]),
        ({"rules": {"territory": 9}}, ["rules.territory"]),
        ({"rules": {"queue": 9}}, ["rules.queue"]),
        ({"rules": {"patience_minutes": -1}}, ["rules.patience_minutes"]),
        ({"objective": {"robustness": 9}}, ["objective.robustness"]),
        ({"objective": {"robust_weight": 1.5}}, ["objective.robust_weight"]),
        ({"objective": {"urgent_weight": -1}}, ["objective.urgent_weight"]),
        ({"standing_plan": {"period_minutes": 60, "periods": [{"cars": [4, 0, 0]}] * 3}}, ["standing_plan.periods"]),
        (
            {"standing_plan": {"period_minutes": 30, "periods": [{"cars": [4, 0, 0]}] * 4}},
            ["standing_plan.period_minutes"],
        ),
        (
            {"standing_plan": {"period_minutes": 60, "periods": [{"cars": [4, 0]}] * 4}},
            [f"standing_plan.periods[{n}].cars" for n in range(4)],
        ),
    ],
)
async def test_optimize_refuses_more(stub, store, changes, fields):
    await assert_fields_at_fault(stub.Optimize(optimize_request(store, **changes)), *fields)


async def test_territories_need_neighbours(stub, store):
    rules = demand_pb2.DispatchRules(territory=demand_pb2.TERRITORY_ADJACENT_ONLY)
    error = await fault_of(stub.Optimize(optimize_request(store, rules=rules)))
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NEIGHBOURS_UNKNOWN")
    error = await fault_of(stub.Simulate(simulate_request(store, rules=rules)))
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NEIGHBOURS_UNKNOWN")
    area = put_row_of_neighbours(store)
    kept = await stub.Simulate(simulate_request(store, area_artifact=area, rules=rules))
    free = await stub.Simulate(simulate_request(store, area_artifact=area))
    assert kept.results[0].failure_rate.value > free.results[0].failure_rate.value


async def test_optimize_past_its_deadline(stub, store):
    error = await fault_of(stub.Optimize(optimize_request(store), timeout=0.0))
    assert error.code is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_simulate(stub, store):
    response = await stub.Simulate(simulate_request(store))
    assert [result.name for result in response.results] == ["plan", "equal", "proportional"]
    for result in response.results:
        assert result.calls == 80
        assert result.share_within_target == result.within_target / 80
        assert sum(sector.calls for sector in result.sectors) == 80
        assert sum(sector.within_target for sector in result.sectors) == result.within_target
        assert np.mean(result.scenario_shares_within_target) == pytest.approx(result.share_within_target)
        assert result.median_response_minutes <= result.p90_response_minutes
        assert result.never_answered == 0
        assert 0 < result.utilisation < 1
        assert 0 < result.urgent_within_target <= result.urgent_calls < 80


async def test_baselines_go_by_past_calls(stub, store):
    area = put_area(store, put_incidents(store, ["B"] * 9 + ["A"]))
    in_b = timetable(*[["B", "B"]] * 4)
    deployments = [
        demand_pb2.Deployment(name="proportional", baseline=demand_pb2.BASELINE_PROPORTIONAL),
        demand_pb2.Deployment(name="by hand", timetable=in_b),
    ]
    response = await stub.Simulate(simulate_request(store, area_artifact=area, deployments=deployments))
    proportional, by_hand = response.results
    proportional.name = by_hand.name
    assert by_hand.comparison.failures_change.value == by_hand.comparison.mean_response_change_minutes == 0.0
    by_hand.ClearField("comparison")
    assert proportional == by_hand


async def test_baselines_with_the_same_cars(stub, store):
    late = timetable(["A", "B"], ["B", "A"], ["", "C"], ["A", "A"])
    deployments = [
        demand_pb2.Deployment(name="plan", timetable=late),
        demand_pb2.Deployment(name="equal", baseline=demand_pb2.BASELINE_ONE_PER_SECTOR),
        demand_pb2.Deployment(name="proportional", baseline=demand_pb2.BASELINE_PROPORTIONAL),
        demand_pb2.Deployment(name="by hand", timetable=timetable(["A", "A"], ["B", "B"], ["", "A"], ["C", "C"])),
    ]
    same = {"deployments": deployments, "baselines_with_same_cars": True}
    response = await stub.Simulate(simulate_request(store, baseline_cars=0, **same))
    assert {result.car_hours for result in response.results} == {14.0}  # three of 4 hours and one of 2
    equal, by_hand = response.results[1], response.results[3]
    equal.name = by_hand.name
    assert equal == by_hand
    deployments[:2] = deployments[1::-1]
    await assert_fields_at_fault(stub.Simulate(simulate_request(store, **same)), "deployments[0]")


async def test_proportion_needs_past_calls(stub, store):
    for same in (False, True):
        request = simulate_request(store, history_until_date="2013-01-01", baselines_with_same_cars=same)
        error = await fault_of(stub.Simulate(request))
        assert error.code is grpc.StatusCode.FAILED_PRECONDITION
        assert error.reason == "NO_PAST_CALLS"


async def test_simulate_without_calls(stub, store):
    response = await stub.Simulate(simulate_request(store, calls_artifact=put_calls(store, 3, calls=0)))
    for result in response.results:
        assert result.calls == 0
        assert not result.HasField("share_within_target")
        assert not result.HasField("mean_response_minutes")
        assert len(result.scenario_shares_within_target) == 10


def deployed(name="plan", **placement):
    return [demand_pb2.Deployment(name=name, **placement)]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"shift_minutes": 0}, ["shift_minutes"]),
        ({"baseline_cars": 0}, ["baseline_cars"]),
        ({"deployments": []}, ["deployments"]),
        ({"deployments": deployed()}, ["deployments[0]"]),
        ({"deployments": deployed("", timetable=timetable(["A", "A"]))}, ["deployments[0].name"]),
        (
            {"deployments": deployed(timetable=timetable(["A", "A"])) * 2},
            ["deployments[0].name", "deployments[1].name"],
        ),
        ({"deployments": deployed(baseline=7)}, ["deployments[0].baseline"]),
        ({"deployments": deployed(baseline=0)}, ["deployments[0].baseline"]),
        ({"deployments": deployed(timetable=timetable())}, ["deployments[0].timetable.cars"]),
        (
            {"deployments": deployed(timetable=timetable(["A", "A"], minutes=100))},
            ["deployments[0].timetable.period_minutes"],
        ),
        (
            {"deployments": deployed(timetable=timetable(["A", "A"], minutes=0))},
            ["deployments[0].timetable.period_minutes"],
        ),
        ({"deployments": deployed(timetable=timetable(["A"]))}, ["deployments[0].timetable.cars[0].sectors"]),
        (
            {"deployments": deployed(timetable=timetable(["A", "A"]), most_moves_per_hour=3)},
            ["deployments[0].most_moves_per_hour"],
        ),
        (
            {"deployments": deployed(timetable=timetable(["A", "Z"]))},
            ["deployments[0].timetable.cars[0].sectors[1]"],
        ),
        (
            {"deployments": deployed(timetable=timetable(["A", "A"], ["B", "B"], ids=["X", "X"]))},
            ["deployments[0].timetable.cars[0].car_id", "deployments[0].timetable.cars[1].car_id"],
        ),
        ({"calls_artifact": ""}, ["calls_artifact"]),
        ({"shift_start": "08:60"}, ["shift_start"]),
        ({"history_until_date": "2014-02-30"}, ["history_until_date"]),
    ],
)
async def test_simulate_refuses(stub, store, changes, fields):
    await assert_fields_at_fault(stub.Simulate(simulate_request(store, **changes)), *fields)


async def test_simulate_refuses_calls_of_another_area_or_span(stub, store):
    for calls in (put_calls(store, 3, sector=3), put_calls(store, 3, span=480)):
        await assert_fields_at_fault(stub.Simulate(simulate_request(store, calls_artifact=calls)), "calls_artifact")
    error = await fault_of(stub.Simulate(simulate_request(store, calls_artifact=UNKNOWN)))
    assert error.code is grpc.StatusCode.NOT_FOUND


class StopAfter:
    """Asks to stop from the given question on."""

    def __init__(self, questions):
        self.questions = questions

    def __call__(self):
        self.questions -= 1
        return self.questions < 0


@pytest.mark.parametrize("questions", [1, 2, 5])
def test_an_answer_cut_short_says_so_and_keeps_the_simple_rules(store, questions):
    order = to_demand_order(optimize_request(store))
    answer = plan_demand(order, Library(store, parse_area), StopAfter(questions))
    assert not answer.complete
    assert {"one per sector", "proportional"} <= {candidate.name for candidate in answer.teams[0].result.candidates}


def test_nothing_is_begun_for_a_caller_who_has_gone(store):
    library = Library(store, parse_area)
    with pytest.raises(Cancelled):
        plan_demand(to_demand_order(optimize_request(store)), library, lambda: True)
    with pytest.raises(Cancelled):
        replay_calls(to_replay_order(simulate_request(store)), library, lambda: True)


async def test_results_in_full(stub, store):
    request = simulate_request(store, area_artifact=put_row_of_neighbours(store), count_from_minute=60.0)
    response = await stub.Simulate(request)
    first, second = response.results[:2]
    assert first.urgent.calls + first.other.calls == first.calls
    assert sum(hour.calls for hour in first.hours) == first.calls
    assert len(first.hours) == 3
    assert first.failure_rate.low <= first.failure_rate.value <= first.failure_rate.high
    assert first.failure_rate.value == pytest.approx(1 - first.share_within_target)
    assert first.worst_sector_id in SECTORS
    assert not first.HasField("comparison")
    change = second.comparison.failures_change
    assert change.value == pytest.approx(second.failure_rate.value / first.failure_rate.value - 1)
    assert change.low <= change.value <= change.high


async def test_how_every_call_was_answered_is_kept_where_that_is_asked_for(stub, store):
    request = simulate_request(store, count_from_minute=60.0)
    assert not (await stub.Simulate(request)).call_results_artifact
    request.with_call_results = True
    response = await stub.Simulate(request)
    rows = store.get_table(response.call_results_artifact).to_pandas()
    calls = store.get_table(request.calls_artifact).to_pandas()
    assert set(rows["deployment"]) == {0, 1, 2}
    assert set(rows["call"]) == set(calls.index[calls["minute"] >= 60])
    for deployment, result in enumerate(response.results):
        part = rows[rows["deployment"] == deployment].set_index("call")
        assert len(part) == result.calls
        assert part["within_target"].sum() == result.within_target
        assert part["response_minutes"].mean() == pytest.approx(result.mean_response_minutes)
        in_time = part["response_minutes"] <= calls.loc[part.index, "target_minutes"]
        assert (in_time == part["within_target"]).all()
        for number, sector in enumerate(result.sectors):
            of_sector = part[calls.loc[part.index, "sector"] == number]
            assert (len(of_sector), of_sector["within_target"].sum()) == (sector.calls, sector.within_target)


async def test_rules_may_differ_between_deployments(stub, store):
    same = timetable(*[["A", "A"]] * 3)
    returning = demand_pb2.DispatchRules(sends_returning=True)
    deployments = [
        demand_pb2.Deployment(name="back first", timetable=same),
        demand_pb2.Deployment(name="returning", timetable=same, rules=returning),
    ]
    first, second = (await stub.Simulate(simulate_request(store, deployments=deployments))).results
    assert second.mean_response_minutes < first.mean_response_minutes
    (alone,) = (await stub.Simulate(simulate_request(store, deployments=deployments[:1], rules=returning))).results
    assert alone.mean_response_minutes == second.mean_response_minutes


async def test_free_cars_are_moved_where_that_is_asked_for(stub, store):
    clustered = timetable(*[["A", "A"]] * 4)
    deployments = [
        demand_pb2.Deployment(name="stay", timetable=clustered),
        demand_pb2.Deployment(name="move", timetable=clustered, moves_freely=True),
    ]
    area = put_row_of_neighbours(store)
    request = simulate_request(
        store, area_artifact=area, deployments=deployments, expected_calls_artifact=put_calls(store, 4)
    )
    stay, move = (await stub.Simulate(request)).results
    assert stay.moves == 0 < move.moves
    assert move.failure_rate.value < stay.failure_rate.value
    request.expected_calls_artifact = ""
    await assert_fields_at_fault(stub.Simulate(request), "expected_calls_artifact")


async def test_moves_of_free_cars_are_limited_where_that_is_asked_for(stub, store):
    clustered = timetable(*[["A", "A"]] * 4)
    deployments = [
        demand_pb2.Deployment(name=str(most), timetable=clustered, moves_freely=True, most_moves_per_hour=most)
        for most in (0, 1, 1000)
    ]
    request = simulate_request(
        store,
        area_artifact=put_row_of_neighbours(store),
        deployments=deployments,
        expected_calls_artifact=put_calls(store, 4),
    )
    unlimited, one, high = (await stub.Simulate(request)).results
    assert [result.most_moves_per_hour for result in (unlimited, one, high)] == [0, 1, 1000]
    assert 0 < one.moves < unlimited.moves
    assert (high.moves, high.mean_response_minutes) == (unlimited.moves, unlimited.mean_response_minutes)


async def test_breaks_capabilities_and_calls_of_the_shift_before(stub, store):
    area = put_row_of_neighbours(store, capabilities=["k9", "medic"])
    car = demand_pb2.CarTimetable(
        car_id="C1",
        sectors=["A", "A"],
        breaks=[demand_pb2.CarBreak(start_minute=0, minutes=240)],
        capabilities=["medic"],
        busy_until_minute=30.0,
    )
    plan = demand_pb2.Timetable(period_minutes=120, cars=[car])
    deployments = [demand_pb2.Deployment(name="break", timetable=plan)]
    (result,) = (await stub.Simulate(simulate_request(store, area_artifact=area, deployments=deployments))).results
    assert result.within_target < 0.1 * result.calls  # on its break all the time; waiting calls are served afterwards
    car.breaks[0].minutes = 300
    car.capabilities[:] = ["mounted"]
    car.busy_until_minute = -1
    plan = demand_pb2.Timetable(period_minutes=120, cars=[car])
    deployments = [demand_pb2.Deployment(name="break", timetable=plan)]
    await assert_fields_at_fault(
        stub.Simulate(simulate_request(store, area_artifact=area, deployments=deployments)),
        "deployments[0].timetable.cars[0].breaks[0]",
        "deployments[0].timetable.cars[0].capabilities[0]",
        "deployments[0].timetable.cars[0].busy_until_minute",
    )


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"count_from_minute": 240.0}, ["count_from_minute"]),
        ({"count_from_minute": float("nan")}, ["count_from_minute"]),
        ({"seed": -1}, ["seed"]),
        ({"rules": {"patience_minutes": float("nan")}}, ["rules.patience_minutes"]),
    ],
)
async def test_simulate_refuses_more(stub, store, changes, fields):
    await assert_fields_at_fault(stub.Simulate(simulate_request(store, **changes)), *fields)


def put_days(store, seed, days=3, scenarios=10):
    """Calls of some days, most of them in the evening."""
    rng = np.random.default_rng(seed)
    minutes = [day * 1440 + minute for day in range(days) for minute in rng.uniform(1080, 1440, 30)]
    minutes += rng.uniform(0, days * 1440, 10).tolist()
    one = np.sort(minutes)
    total = scenarios * len(one)
    columns = {
        "scenario": np.repeat(np.arange(scenarios), len(one)).astype(np.int32),
        "minute": np.tile(one, scenarios),
        "latitude": rng.normal(40.0, 0.002, total),
        "longitude": rng.normal(-73.0, 0.002, total),
        "sector": np.zeros(total, np.int32),
        "type": np.zeros(total, np.int32),
        "urgent": rng.random(total) < 0.5,
        "target_minutes": np.full(total, 10.0),
        "cars_required": np.ones(total, np.int32),
        "service_minutes": rng.exponential(25, total),
    }
    metadata = {b"scenario_count": str(scenarios).encode(), b"span_minutes": str(days * 1440).encode()}
    return store.put_table(pa.table(columns).replace_schema_metadata(metadata))


def staffing_request(store, **changes):
    fields = {
        "area_artifact": put_row_of_neighbours(store),
        "training_calls_artifact": put_days(store, 1),
        "validation_calls_artifact": put_days(store, 2),
        "span_start": "00:00",
        "shifts": [
            demand_pb2.CrewShift(start="08:00", minutes=720, cars=3),
            demand_pb2.CrewShift(start="20:00", minutes=720, cars=3),
        ],
        "vary_crews": 1,
        "most_failure_rate": 0.9,
        "time_limit_seconds": 5,
    }
    return demand_pb2.PlanStaffingRequest(**(fields | changes))


async def test_crews_begin_when_the_calls_come(stub, store):
    response = await stub.PlanStaffing(staffing_request(store))
    present, planned = response.present, response.planned
    assert present.crews == planned.crews == 6
    assert present.car_hours == planned.car_hours == 72.0
    assert sum(shift.cars for shift in planned.shifts) == 6
    assert all(sum(shift.sector_cars) == shift.cars for shift in planned.shifts)
    assert planned.on_duty_cars[38] > present.on_duty_cars[38]
    assert planned.failure_rate.value < present.failure_rate.value
    assert response.failures_change.value == pytest.approx(planned.failure_rate.value / present.failure_rate.value - 1)
    assert [point.crews for point in response.curve] == [5, 6, 7]
    assert response.crews_needed in (5, 6, 7)


async def test_fixed_crews_and_rules_are_kept(stub, store):
    request = staffing_request(
        store,
        shifts=[demand_pb2.CrewShift(start="08:00", minutes=720, cars=4)],
        fixed_shifts=[demand_pb2.CrewShift(start="03:00", minutes=360, cars=1)],
        crew_rules=demand_pb2.CrewRules(
            lengths_minutes=[480], earliest_start="06:00", latest_start="16:00", most_kinds=2
        ),
        vary_crews=0,
        most_failure_rate=0,
    )
    response = await stub.PlanStaffing(request)
    fixed, free = sorted(response.planned.shifts, key=lambda shift: shift.minutes)
    assert (fixed.start, fixed.minutes, fixed.cars) == ("03:00", 360, 1)
    assert (free.minutes, free.cars) == (480, 6)  # four times twelve hours are six times eight
    assert "06:00" <= free.start <= "16:00"
    assert [point.crews for point in response.curve] == [7]
    assert not response.HasField("crews_needed")


def test_both_rosters_wait_in_sectors_that_no_crew_gains_by_leaving(store):
    order = to_staffing_order(staffing_request(store, vary_crews=0, time_limit_seconds=600))
    library = Library(store, parse_area)
    answer = plan_staffing(order, library, never_stop, most_scored_calls=0)
    assert answer.notes == ()
    area, travel = library.open_area(order.area_artifact)
    case = library.read_case(order.training_calls_artifact, "", area, travel).counting_from(720.0)
    scorer = Scorer(case, lambda roster: place_roster(roster, plain_clock(case.calls.span_minutes, 0)))
    for rated in (answer.present, answer.planned):
        roster = rated.roster
        moved = [
            Roster(roster.start_minutes, roster.minutes, np.where(np.arange(6) == crew, sector, roster.sectors))
            for crew in range(6)
            for sector in range(3)
        ]
        assert scorer.penalties(moved).min() >= scorer.penalty(roster) - 1e-9


async def test_what_time_cut_short_is_told(stub, store):
    response = await stub.PlanStaffing(staffing_request(store, time_limit_seconds=1e-6))
    present, planned = response.notes
    assert present.startswith("Time was up before the best sectors of the present crews were found")
    assert planned.startswith("Time was up before the search for the planned crews ended")


async def test_few_scenarios_tell_no_number_of_crews(stub, store):
    response = await stub.PlanStaffing(staffing_request(store, validation_calls_artifact=put_days(store, 2, 3, 9)))
    assert not response.HasField("crews_needed")
    assert response.notes[0].startswith("Fewer than 10 validation scenarios cannot tell with confidence")
    assert response.planned.HasField("failure_rate")


async def test_without_calls_nothing_is_said_of_crews(stub, store):
    nothing = put_calls(store, 2, calls=0, span=3 * 1440)
    response = await stub.PlanStaffing(staffing_request(store, validation_calls_artifact=nothing))
    rosters = (response.present, response.planned, *response.curve)
    assert not any(each.HasField("failure_rate") for each in rosters)
    assert not response.HasField("crews_needed")
    assert not response.HasField("failures_change")
    assert response.notes[0].startswith("No call was drawn that counts, so nothing can be said")


async def test_crews_are_not_planned_for_areas_with_teams(stub, store):
    error = await fault_of(stub.PlanStaffing(staffing_request(store, area_artifact=put_area(store, teams=TEAMS))))
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "AREA_HAS_TEAMS")
    assert "; Row has west, east." in error.message


async def test_a_stored_roster_is_answered_again(stub, store):
    request = staffing_request(store)
    assert await stub.PlanStaffing(request) == await stub.PlanStaffing(request)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"shifts": []}, ["shifts"]),
        ({"shifts": [{"start": "08:10", "minutes": 720, "cars": 1}]}, ["shifts[0].start"]),
        ({"shifts": [{"start": "08:00", "minutes": 100, "cars": 1}]}, ["shifts[0].minutes"]),
        ({"shifts": [{"start": "08:00", "minutes": 720, "cars": 0}]}, ["shifts[0].cars"]),
        ({"shifts": [{"start": "8", "minutes": 720, "cars": 1}]}, ["shifts[0].start"]),
        ({"fixed_shifts": [{"start": "08:00", "minutes": 0, "cars": 1}]}, ["fixed_shifts[0].minutes"]),
        ({"span_start": "00:10"}, ["span_start"]),
        ({"span_start": ""}, ["span_start"]),
        ({"crew_rules": {"lengths_minutes": [45]}}, ["crew_rules.lengths_minutes[0]"]),
        ({"crew_rules": {"earliest_start": "06:10"}}, ["crew_rules.earliest_start"]),
        ({"crew_rules": {"latest_start": "25:00"}}, ["crew_rules.latest_start"]),
        ({"crew_rules": {"most_kinds": -1}}, ["crew_rules.most_kinds"]),
        ({"vary_crews": 21}, ["vary_crews"]),
        ({"most_failure_rate": 1.0}, ["most_failure_rate"]),
        ({"time_limit_seconds": -1}, ["time_limit_seconds"]),
        ({"seed": -1}, ["seed"]),
        ({"history_until_date": "yesterday"}, ["history_until_date"]),
    ],
)
async def test_plan_staffing_refuses(stub, store, changes, fields):
    await assert_fields_at_fault(stub.PlanStaffing(staffing_request(store, **changes)), *fields)


async def test_plan_staffing_refuses_call_sets_and_impossible_rules(stub, store):
    await assert_fields_at_fault(
        stub.PlanStaffing(staffing_request(store, training_calls_artifact=put_calls(store, 1))),
        "training_calls_artifact",
    )
    kinds = demand_pb2.CrewRules(most_kinds=1)
    fixed = [
        demand_pb2.CrewShift(start="03:00", minutes=360, cars=1),
        demand_pb2.CrewShift(start="04:00", minutes=360, cars=1),
    ]
    await assert_fields_at_fault(
        stub.PlanStaffing(staffing_request(store, crew_rules=kinds, fixed_shifts=fixed)), "crew_rules"
    )
    mornings = demand_pb2.CrewRules(most_kinds=1, earliest_start="07:00", latest_start="09:00")
    at_night = [demand_pb2.CrewShift(start="03:00", minutes=720, cars=1)]
    await assert_fields_at_fault(
        stub.PlanStaffing(staffing_request(store, crew_rules=mornings, fixed_shifts=at_night)), "crew_rules"
    )


def redeploy_request(store, **changes):
    fields = {
        "area_artifact": put_row_of_neighbours(store),
        "expected_calls_artifact": put_calls(store, 4),
        "now_minute": 30.0,
        "cars": [demand_pb2.CarNow(car_id=f"C{number}", sector_id="C") for number in range(3)],
    }
    return demand_pb2.RedeployRequest(**(fields | changes))


async def test_free_cars_are_sent_to_where_calls_are_expected(stub, store):
    response = await stub.Redeploy(redeploy_request(store))
    first = response.moves[0]
    assert {move.from_sector_id for move in response.moves} == {"C"}
    assert first.to_sector_id == "B"  # from where most of A is in reach too
    assert first.minutes > 0
    gained = response.coverage_after - response.coverage_before
    assert gained == pytest.approx(sum(move.gain for move in response.moves))
    assert response.expected_calls_per_hour == pytest.approx(2.0, rel=0.2)
    fewer = await stub.Redeploy(redeploy_request(store, most_moves=1))
    assert list(fewer.moves) == [first]


async def test_cars_are_not_sent_to_another_teams_sectors(stub, store):
    teams = [area_pb2.Team(name="west", sector_ids=["A"]), area_pb2.Team(name="east", sector_ids=["B", "C"])]
    area, calls = put_row_of_neighbours(store, teams=teams), put_calls(store, 4, sector=0)
    response = await stub.Redeploy(redeploy_request(store, area_artifact=area, expected_calls_artifact=calls))
    assert (list(response.moves), response.coverage_before) == ([], pytest.approx(0.0, abs=0.01))
    plan = demand_pb2.Deployment(name="east", moves_freely=True, timetable=timetable(["B", "B"], ["C", "C"]))
    request = simulate_request(
        store, area_artifact=area, calls_artifact=calls, expected_calls_artifact=calls, deployments=[plan]
    )
    (result,) = (await stub.Simulate(request)).results
    assert (result.moves, result.failure_rate.value) == (0, 1.0)


async def test_cars_that_are_busy_or_stay_are_left_alone(stub, store):
    cars = [
        demand_pb2.CarNow(car_id="C1", sector_id="C", free_in_minutes=10),
        demand_pb2.CarNow(car_id="C2", sector_id="C", stays=True),
    ]
    assert not (await stub.Redeploy(redeploy_request(store, cars=cars))).moves


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"cars": []}, ["cars"]),
        ({"cars": [{"car_id": "", "sector_id": "A"}]}, ["cars[0].car_id"]),
        ({"cars": [{"car_id": "C1", "sector_id": "Z"}]}, ["cars[0].sector_id"]),
        ({"cars": [{"car_id": "C1", "sector_id": "A", "free_in_minutes": -1}]}, ["cars[0].free_in_minutes"]),
        ({"now_minute": 240.0}, ["now_minute"]),
        ({"now_minute": float("nan")}, ["now_minute"]),
        ({"most_moves": 101}, ["most_moves"]),
        ({"least_gain": 2.0}, ["least_gain"]),
        ({"horizon_minutes": -1.0}, ["horizon_minutes"]),
        ({"expected_calls_artifact": ""}, ["expected_calls_artifact"]),
        ({"area_artifact": ""}, ["area_artifact"]),
    ],
)
async def test_redeploy_refuses(stub, store, changes, fields):
    await assert_fields_at_fault(stub.Redeploy(redeploy_request(store, **changes)), *fields)
