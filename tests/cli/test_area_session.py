from itertools import product
from types import SimpleNamespace

import pytest

from cli.area_session import AreaSession, days_span, sample_calls, shift_span
from cli.optimize.request import optimize_request
from cli.simulation.run import simulate_request
from officers.area.v1.area_pb2 import Area, Shift
from officers.demand.v1.demand_pb2 import DispatchRules
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument

AREA = Area(
    name="Town",
    time_zone="America/New_York",
    train_until_date="2014-12-31",
    shifts=[Shift(name="night", start="20:00", hours=12, cars=3)],
)


class FakePredictor:
    def __init__(self) -> None:
        self.requests: list[predictor.SampleScenariosRequest] = []

    def SampleScenarios(self, request: predictor.SampleScenariosRequest) -> predictor.SampleScenariosResponse:
        self.requests.append(request)
        return predictor.SampleScenariosResponse(call_set=predictor.CallSet(artifact="d" * 64))


@pytest.fixture
def session(tmp_path):
    return AreaSession(
        SimpleNamespace(predictor=FakePredictor()), "a" * 64, AREA, ArtifactStore(str(tmp_path)), "b" * 64
    )


def test_scenario_sets_never_share_a_seed(session):
    span = shift_span(AREA, None, None, None)
    for seed, purpose in product((0, 1, 2), ("training", "validation", "test")):
        sample_calls(session, span, 40, seed, purpose)
    assert len({request.seed for request in session.clients.predictor.requests}) == 9


def test_a_shift_is_where_the_clock_of_the_area_says():
    span = shift_span(AREA, "night", "2015-03-07", None)
    assert (span.start_time.ToJsonString(), span.minutes, span.cars) == ("2015-03-08T01:00:00Z", 720, 3)
    assert shift_span(AREA, None, None, 5).day == "2015-01-01"  # the first day after the training data


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "tomorrow"])
def test_days_that_cannot_be_planned_are_refused(day):
    with pytest.raises(InvalidArgument, match="--date"):
        shift_span(AREA, "night", day, None)


def test_simple_rules_go_by_calls_before_the_day(session):
    span = shift_span(AREA, "night", "2014-06-01", None)
    assert optimize_request(session, span, ("d" * 64, "e" * 64), 1, 10.0).history_until_date == "2014-06-01"
    assert simulate_request(session, span, "d" * 64, [], DispatchRules(), 1).history_until_date == "2014-06-01"


def test_days_begin_at_local_midnight():
    span = days_span(AREA, "2015-03-08", 7)
    assert (span.start_time.ToJsonString(), span.minutes, span.local_start) == ("2015-03-08T05:00:00Z", 10_080, "00:00")
    assert days_span(AREA, None, 2).day == "2015-01-01"
