import pytest

from cli.simulate import result_table
from officers.demand.v1.demand_pb2 import SimulateResponse, SimulationResult


def cells(result: SimulationResult) -> list[str]:
    table = result_table(SimulateResponse(results=[result]), "night")
    return [next(iter(column.cells)) for column in table.columns]


def test_figures_of_answered_calls():
    result = SimulationResult(
        name="plan",
        calls=4,
        share_within_target=0.75,
        mean_response_minutes=6.25,
        median_response_minutes=5.5,
        p90_response_minutes=11.96,
        utilisation=0.312,
    )
    assert cells(result) == ["plan", "4", "75.0%", "6.2", "5.5", "12.0", "0", "31.2%"]


@pytest.mark.parametrize("calls", [0, 2])
def test_calls_that_nobody_answered_have_no_response_time(calls):
    result = SimulationResult(name="plan", calls=calls, never_answered=calls)
    assert cells(result)[3:6] == ["–"] * 3
