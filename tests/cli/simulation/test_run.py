from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from cli.area_session import AreaSession
from cli.deployments.demand_plan import DemandSource
from cli.deployments.sources import PROPORTIONAL
from cli.simulation.options import ReplayOptions
from cli.simulation.run import deployment_names, run_simulation
from officers.area.v1.area_pb2 import Area, Sector, Shift
from officers.demand.v1 import demand_pb2
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument

AREA = Area(
    name="Town",
    time_zone="America/New_York",
    train_until_date="2014-12-31",
    sectors=[Sector(id="A", name="Ada"), Sector(id="B", name="Bay")],
    shifts=[Shift(name="night", start="20:00", hours=2, cars=3)],
)
CALLS_A_DAY = 10


class FakePredictor:
    """Ten calls in every span and scenario, half of them in its first hour; none where there are to be none."""

    def __init__(self, store: ArtifactStore, calls: int) -> None:
        self._store, self._calls = store, calls
        self.asked: list[predictor.ReadRecordedCallsRequest | predictor.SampleScenariosRequest] = []

    def ReadRecordedCalls(self, request: predictor.ReadRecordedCallsRequest) -> predictor.ReadRecordedCallsResponse:
        return predictor.ReadRecordedCallsResponse(call_set=self._answer(request, 1), notes=["Records end early."])

    def SampleScenarios(self, request: predictor.SampleScenariosRequest) -> predictor.SampleScenariosResponse:
        return predictor.SampleScenariosResponse(call_set=self._answer(request, request.scenario_count))

    def _answer(self, request, scenarios: int) -> predictor.CallSet:
        self.asked.append(request)
        columns = {
            "scenario": np.repeat(np.arange(scenarios), self._calls).astype(np.int32),
            "minute": np.tile(np.linspace(0, request.minutes - 1, self._calls), scenarios),
        }
        metadata = {"scenario_count": str(scenarios), "span_minutes": str(request.minutes)}
        artifact = self._store.put_table(pa.table(columns).replace_schema_metadata(metadata))
        return predictor.CallSet(artifact=artifact, call_count=scenarios * self._calls)


class FakeDemand:
    """One late call a scenario under the first deployment, two under every other."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store
        self.requests: list[demand_pb2.SimulateRequest] = []

    def ComputeTravel(self, _request: demand_pb2.ComputeTravelRequest) -> demand_pb2.ComputeTravelResponse:
        rows = [demand_pb2.TravelMinutesRow(minutes=row) for row in ([0, 5], [5, 0])]
        return demand_pb2.ComputeTravelResponse(normal=rows)

    def Simulate(self, request: demand_pb2.SimulateRequest) -> demand_pb2.SimulateResponse:
        self.requests.append(request)
        table = self._store.get_table(request.calls_artifact)
        scenarios = int(table.schema.metadata[b"scenario_count"])
        calls = int((table["minute"].to_numpy() >= request.count_from_minute).sum()) // scenarios
        results = [self._result(each.name, number, scenarios, calls) for number, each in enumerate(request.deployments)]
        artifact = self._store.put_table(pa.table({"call": [0]})) if request.with_call_results else ""
        return demand_pb2.SimulateResponse(results=results, call_results_artifact=artifact)

    def _result(self, name: str, number: int, scenarios: int, calls: int) -> demand_pb2.SimulationResult:
        late = 1 if number == 0 else 2
        rate = demand_pb2.Interval(value=late / calls, low=0.0, high=1.0)
        comparison = demand_pb2.Comparison(failures_change=demand_pb2.Interval(value=1.0, low=-9, high=9))
        return demand_pb2.SimulationResult(
            name=name, calls=calls * scenarios, within_target=(calls - late) * scenarios, failure_rate=rate,
            scenario_shares_within_target=[1 - late / calls] * scenarios,
            comparison=comparison if number else None,
        )  # fmt: skip


@pytest.fixture
def session(tmp_path) -> AreaSession:
    return make_session(tmp_path, CALLS_A_DAY)


def make_session(folder, calls: int) -> AreaSession:
    store = ArtifactStore(str(folder))
    clients = SimpleNamespace(predictor=FakePredictor(store, calls), demand=FakeDemand(store))
    return AreaSession(clients, "a" * 64, AREA, store, "b" * 64)


def options(**changes) -> ReplayOptions:
    known = dict.fromkeys(("shift_name", "day", "first_day", "last_day", "cars", "scenario_count", "expected_count"))
    known |= {"whole_day": False, "warm_up_minutes": 0.0, "copies": 1, "against": PROPORTIONAL, "seed": 1}
    known |= {"spreads_heaped_times": False, "most_moves_per_hour": 0, "with_call_results": False}
    return ReplayOptions(**(known | {"rules": demand_pb2.DispatchRules()} | changes))


def replay(session, sources=(), **changes):
    return run_simulation(session, sources, options(**changes), lambda _share, _message: None)


@pytest.fixture
def plan(tmp_path) -> DemandSource:
    rows = [demand_pb2.DemandPeriod(cars=[2, 1])] * 2
    plan = demand_pb2.DemandPlan(sector_ids=["A", "B"], period_minutes=60, periods=rows)
    return DemandSource("mine", tmp_path / "mine.json", plan, rotates=False)


def test_one_recorded_shift(session, plan):
    simulation = replay(session, [plan], day="2015-02-01")
    assert [each.name for each in simulation.deployments] == ["proportional", "mine", "one per sector"]
    assert simulation.basis.text == "1 recorded shift with 10 calls"
    assert simulation.basis.notes == ("Records end early.",)
    request = session.clients.demand.requests[0]
    assert (request.shift_minutes, request.baseline_cars, request.history_until_date) == (120, 3, "2015-02-01")


def test_spread_times_are_told(session, plan):
    simulation = replay(session, [plan], day="2015-02-01", spreads_heaped_times=True)
    assert simulation.basis.notes[-1].startswith("Recorded times that are heaped on full or half hours are spread")


def test_the_yardstick_comes_first_and_moves_beside_their_plans(session, plan):
    simulation = replay(session, [plan], scenario_count=4, expected_count=6, against="mine")
    free = ", moving freely"
    assert [each.name for each in simulation.deployments] == [
        "mine", f"mine{free}", "one per sector", f"one per sector{free}", "proportional", f"proportional{free}",
    ]  # fmt: skip
    assert [simulation.unmoved(number) for number in range(6)] == [0, 0, 0, 2, 0, 4]
    test, expected = session.clients.predictor.asked
    assert (test.scenario_count, expected.scenario_count) == (4, 6)
    assert test.seed != expected.seed
    assert session.clients.demand.requests[0].expected_calls_artifact
    assert deployment_names([plan], moves_freely=True)[0] == "mine"


def test_moves_are_limited_for_cars_that_move_freely(session, plan):
    simulation = replay(session, [plan], scenario_count=4, expected_count=6, most_moves_per_hour=2)
    limits = {each.moves_freely: each.most_moves_per_hour for each in session.clients.demand.requests[0].deployments}
    assert limits == {False: 0, True: 2}
    assert simulation.most_moves_per_hour == 2
    assert replay(session, [plan], scenario_count=4, expected_count=6).most_moves_per_hour == 0


def test_how_calls_were_answered_is_asked_for(session):
    assert replay(session, day="2015-02-01").answered is None
    many = replay(session, first_day="2015-04-01", last_day="2015-04-02", with_call_results=True).answered
    assert many.days == ["2015-04-01", "2015-04-02"]
    assert (many.calls.num_rows, many.results.to_pydict()) == (2 * CALLS_A_DAY, {"call": [0]})
    sampled = replay(session, day="2015-02-01", scenario_count=4, with_call_results=True).answered
    assert (sampled.days, sampled.calls.num_rows) == (["2015-02-01"], 4 * CALLS_A_DAY)


def test_many_days_are_summed_up_over_weeks(session):
    simulation = replay(session, first_day="2015-04-01", last_day="2015-04-28", whole_day=True, warm_up_minutes=790)
    assert simulation.basis.text == "28 recorded days with 140 calls"
    assert simulation.title == "2015-04-01 to 2015-04-28, 24 hours from 20:00"
    assert simulation.calls_by_replay == (5,) * 28
    change = simulation.answer.results[1].comparison.failures_change
    assert (change.value, change.low, change.high) == (1.0, 1.0, 1.0)
    assert simulation.answer.results[0].failure_rate.value == pytest.approx(0.2)
    assert session.clients.demand.requests[0].shift_minutes == 1440


def test_expected_calls_of_days_are_of_their_first_week(session):
    replay(session, first_day="2015-04-01", last_day="2015-04-28", expected_count=14)
    sampled = [each for each in session.clients.predictor.asked if isinstance(each, predictor.SampleScenariosRequest)]
    assert [request.scenario_count for request in sampled] == [2] * 7


def test_days_that_cannot_be_replayed_are_told(session, tmp_path):
    for name in ("first_day", "last_day"):
        days = {"first_day": "2015-04-01", "last_day": "2015-04-28", name: "April"}
        with pytest.raises(
            InvalidArgument, match=rf"^--{'from' if name == 'first_day' else 'to'}: Expected a day such"
        ):
            replay(session, **days)
    with pytest.raises(InvalidArgument, match=r"^--date: Expected days with calls, found none in 2015-01-01 night"):
        replay(make_session(tmp_path, 0))
