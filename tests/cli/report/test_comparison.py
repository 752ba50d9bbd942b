import math

import numpy as np
import pytest
from scipy import stats

from cli.outcome import Outcome
from cli.report.comparison import compare, compare_rows, recorded_sentence, scenario_sentence
from officers.demand.v1.demand_pb2 import SimulationResult


def result(shares: list[float], calls: int = 100) -> SimulationResult:
    mean = float(np.nanmean(shares))
    return SimulationResult(
        name="x", calls=calls, within_target=round(calls * mean), share_within_target=mean,
        scenario_shares_within_target=shares,
    )  # fmt: skip


def test_differences_are_paired_with_a_95_percent_interval() -> None:
    random = np.random.default_rng(1)
    plan, rule = random.uniform(0.8, 1, 400), random.uniform(0.7, 1, 400)
    row = compare_rows([result(plan.tolist()), result(rule.tolist()), result(plan.tolist())], paired=True)[1]
    interval = stats.ttest_rel(plan, rule).confidence_interval(0.95)
    assert row.difference is not None
    assert row.difference.mean == pytest.approx(float(np.mean(plan - rule)))
    assert row.difference.low == pytest.approx(interval.low, abs=2e-4)
    assert row.difference.high == pytest.approx(interval.high, abs=2e-4)


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (0.05, "5.0 points more than with"),
        (-0.05, "5.0 points fewer than with"),
        (0, "not clearly more or fewer than with the simple rules"),
    ],
)
def test_the_sentence_is_honest(gain: float, words: str) -> None:
    noise = np.random.default_rng(2).normal(0, 0.01, 200)
    noise -= noise.mean()
    rule = np.full(200, 0.8)
    other = np.append(rule[1:], 0.79)
    results = [result((rule + gain + noise).tolist()), result(rule.tolist()), result(other.tolist())]
    rows = compare_rows(results, paired=True)
    assert words in scenario_sentence(rows)


def test_rules_that_place_cars_alike_are_named_once() -> None:
    plan, rule = result([0.9, 0.88]), result([0.8, 0.8])
    sentence = scenario_sentence(compare_rows([plan, rule, rule], paired=True))
    assert sentence.count("points more than") == 1
    assert "either simple rule" in sentence


def test_where_every_call_is_answered_the_targets_tell_nothing() -> None:
    results = [result([1.0, 1.0]) for _ in range(3)]
    for minutes, entry in zip((1.5, 1.54, 1.62), results, strict=True):
        entry.mean_response_minutes = minutes
    sentence = scenario_sentence(compare_rows(results, paired=True))
    assert "more cars than these calls need" in sentence
    assert "1.5 minutes with the plan, 1.5 with one car per sector and 1.6 with cars in proportion" in sentence


def test_scenarios_without_calls_are_left_out() -> None:
    rows = compare_rows([result([1, math.nan, 0.9]), result([0.8, math.nan, 0.7]), result([1, 1, 1])], paired=True)
    assert rows[1].difference is not None
    assert rows[1].difference.mean == pytest.approx(0.2)


def test_recorded_calls_are_counted_not_ranked() -> None:
    rows = compare_rows([result([0.9], 10), result([0.8], 10), result([1.0], 10)], paired=False)
    sentence = recorded_sentence(rows)
    assert "Of the 10 calls really recorded, 9 would have met the target under the plan" in sentence
    assert "too little to rank" in sentence
    assert all(row.difference is None for row in rows)


def test_a_quiet_shift_says_nothing() -> None:
    rows = compare_rows([SimulationResult(name=name) for name in "abc"], paired=True)
    assert "nothing can be said" in scenario_sentence(rows)
    assert "says nothing about the plan" in recorded_sentence(rows)


def test_the_axis_leaves_room_left_of_the_lowest_share(outcome: Outcome) -> None:
    comparison = compare(outcome.shifts[0])
    shares = [row.share for row in (*comparison.scenarios, *comparison.recorded) if row.share is not None]
    assert 0 <= comparison.axis_from < min(shares)
