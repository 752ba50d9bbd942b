from types import SimpleNamespace

import pytest

from cli.area_session import AreaSession, shift_span
from cli.main import run
from cli.optimize.request import OptimizeOptions
from cli.optimize.run import ScenarioCounts, Work, run_optimize
from officers.demand.v1.demand_pb2 import OptimizeResponse
from officers.predictor.v1 import predictor_pb2 as predictor
from tests.cli.optimize.test_request import AREA


@pytest.mark.parametrize(
    ("are_stratified", "sampling"),
    [(False, predictor.SCENARIO_SAMPLING_INDEPENDENT), (True, predictor.SCENARIO_SAMPLING_STRATIFIED)],
)
def test_scenarios_of_training_and_validation_are_stratified_where_asked(are_stratified, sampling):
    sampled, asked = [], []

    def sample(request):
        sampled.append(request)
        return predictor.SampleScenariosResponse(call_set=predictor.CallSet(artifact=f"{len(sampled)}" * 64))

    def optimize(request):
        asked.append(request)
        return OptimizeResponse()

    clients = SimpleNamespace(
        predictor=SimpleNamespace(SampleScenarios=sample), demand=SimpleNamespace(Optimize=optimize)
    )
    session = AreaSession(clients, "a" * 64, AREA, None, "b" * 64)
    work = Work(ScenarioCounts(4, 5, 0, 1, are_stratified), OptimizeOptions(), 10.0, False, 1)
    run_optimize(session, shift_span(AREA, None, None, None), work, lambda _share, _message: None)
    assert [(each.scenario_count, each.sampling) for each in sampled] == [(4, sampling), (5, sampling)]
    assert (asked[0].training_calls_artifact, asked[0].validation_calls_artifact) == ("1" * 64, "2" * 64)


def test_bounds_want_independent_scenarios(capsys):
    assert run(["demand", "optimize", "--area", ".", "--stratified", "--certify"]) == 2
    assert "--stratified: Expected it without --certify" in capsys.readouterr().err
