import numpy as np
import pytest

from cli.simulation.intervals import over_weeks, paired_change, scenario_failures
from officers.demand.v1.demand_pb2 import Comparison, Interval, SimulateResponse, SimulationResult

CALLS = [20] * 56


def result(late, **fields):
    shares = [1 - failures / calls if calls else float("nan") for failures, calls in zip(late, CALLS, strict=True)]
    rate = Interval(value=sum(late) / sum(CALLS), low=0.0, high=1.0)
    return SimulationResult(failure_rate=rate, scenario_shares_within_target=shares, **fields)


def weekly(weekend: int) -> list[int]:
    """More late calls on weekends, and from the fifth week on."""
    return [(weekend if day % 7 > 4 else 1) + (day >= 28) for day in range(56)]


def test_failures_are_counted_back_from_shares():
    found = scenario_failures(result(weekly(9)), np.array(CALLS, float))
    assert found.tolist() == weekly(9)
    nothing = SimulationResult(scenario_shares_within_target=[float("nan"), 0.5])
    assert scenario_failures(nothing, np.array([0.0, 4.0])).tolist() == [0, 2]


def test_days_of_a_week_are_drawn_together():
    first = result(weekly(9), name="a")
    other = result(weekly(9), name="b", comparison=Comparison(failures_change=Interval(value=0, low=-1, high=1)))
    answer = over_weeks(SimulateResponse(results=[first, other]), CALLS, seed=1)
    rate, change = answer.results[0].failure_rate, answer.results[1].comparison.failures_change
    assert rate.value == pytest.approx(sum(weekly(9)) / sum(CALLS))
    assert rate.low < rate.value < rate.high
    assert rate.high - rate.low < 0.07  # the pattern within a week is no chance
    assert (change.value, change.low, change.high) == (0, 0, 0)  # the same failures, paired
    assert first.failure_rate.high == 1.0  # the answer given stays as it was


def test_weeks_without_late_calls_are_no_proof():
    answer = over_weeks(SimulateResponse(results=[result([0] * 56)]), CALLS, seed=1)
    rate = answer.results[0].failure_rate
    assert (rate.value, rate.low, rate.high) == (0.0, 0.0, pytest.approx(1 - 0.05 ** (1 / sum(CALLS))))


def test_paired_changes():
    half, whole = result([1] * 56), result([2] * 56)
    change = paired_change(half, whole, CALLS, 1, is_over_weeks=True)
    assert change is not None
    assert (change.value, change.low, change.high) == (-0.5, -0.5, -0.5)
    assert paired_change(half, result([0] * 56), CALLS, 1, is_over_weeks=False) is None
