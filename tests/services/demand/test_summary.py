"""Summing outcomes up."""

import numpy as np
import pytest

from services.demand.simulator.placement import static_placement
from services.demand.simulator.rules import DispatchRules
from services.demand.simulator.simulate import Outcome, Simulator
from services.demand.simulator.summary import summarise


def test_sums_up_by_hand(build_case, line_call):
    calls = [
        line_call(0, 1, urgent=True),
        line_call(1, 1, target_minutes=5, urgent=True),
        line_call(2, 9),
        line_call(5, 9, scenario=2),
    ]
    case = build_case([0, 10], calls, scenario_count=3)
    response = np.array([1.0, 6.0, np.inf, 3.0])
    outcome = Outcome(response, np.zeros(4), case.calls.target_minutes, case.counted, np.array([10.0, 20.0]), 120.0)
    summary = summarise(case, outcome)
    whole = summary.whole
    assert (whole.calls, whole.within_target, summary.never_answered) == (4, 2, 1)
    assert whole.share_within_target == 0.5
    assert whole.mean_response_minutes == pytest.approx(10 / 3)
    assert whole.median_response_minutes == 3.0
    assert whole.p90_response_minutes == pytest.approx(np.percentile([1, 6, 3], 90))
    assert summary.utilisation == 0.25
    assert summary.car_hours == 120 / 60 / 3
    assert (summary.urgent.calls, summary.urgent.within_target) == (2, 1)
    assert (summary.other.calls, summary.other.within_target) == (2, 1)
    assert [part.calls for part in summary.hours] == [4, *[0] * 11]
    assert summary.failure_rate.value == 0.5
    assert summary.worst_sector == 0  # both have one of two in time
    assert summary.scenario_shares_within_target == pytest.approx([1 / 3, np.nan, 1.0], nan_ok=True)
    west, east = summary.sectors
    assert (west.calls, west.within_target, west.mean_response_minutes) == (2, 1, 3.5)
    assert (east.calls, east.within_target, east.mean_response_minutes) == (2, 1, 3.0)


def test_waiting_and_queue_by_hand(build_case, line_call):
    calls = [line_call(0, 0, 30), line_call(10, 0, 5), line_call(12, 0, 5)]
    case = build_case([0], calls, span_minutes=60.0)
    summary = summarise(case, Simulator(case).simulate(static_placement(np.array([1]), 60.0)))
    # Free at 30 and 35: the second call waits 20 minutes, the third 23.
    assert summary.share_waiting == pytest.approx(2 / 3)
    assert summary.mean_waiting_minutes == pytest.approx(43 / 3)
    assert summary.mean_queue_length == pytest.approx(43 / 60)


def test_a_queue_is_that_within_the_span_that_counts(build_case, line_call):
    # Free at 100: the call of 10 waits until then, that of 50 as long as the span lasts.
    calls = [line_call(0, 0, 100), line_call(10, 0, 50), line_call(50, 0)]
    case = build_case([0], calls, span_minutes=110.0)
    for counted, expected in ((case, 90 + 60), (case.counting_from(30.0), 70 + 60)):
        summary = summarise(counted, Simulator(counted).simulate(static_placement(np.array([1]), 110.0)))
        assert summary.mean_queue_length == pytest.approx(expected / (110 - counted.score_from_minute))


def test_callers_queue_until_they_give_up_where_a_road_leads_to_them(build_case, line_call):
    calls = [line_call(10, 0), line_call(20, 0, needs=1), line_call(30, 0), line_call(55, 0, needs=1)]
    case = build_case([0], calls, span_minutes=60.0)
    case.to_call_minutes[2] = np.inf
    for patience, expected in ((15.0, 15 + 5), (np.inf, 40 + 5), (0.0, 0)):
        rules = DispatchRules(patience_minutes=patience)
        summary = summarise(case, Simulator(case, rules).simulate(static_placement(np.array([1]), 60.0)))
        assert summary.mean_queue_length == pytest.approx(expected / 60)


def test_calls_that_only_load_the_fleet_do_not_count(build_case, line_call):
    calls = [line_call(0, 0, 200), line_call(70, 0), line_call(71, 0)]
    case = build_case([0], calls, span_minutes=120.0).counting_from(60.0)
    summary = summarise(case, Simulator(case).simulate(static_placement(np.array([1]), 120.0)))
    assert summary.whole.calls == 2
    assert summary.failure_rate.value == 1.0
    assert [part.calls for part in summary.hours] == [2]
    assert summary.utilisation == 1.0
    assert summary.car_hours == 1.0


def test_calls_that_were_all_in_time_are_no_proof(build_case, line_call):
    case = build_case([0], [line_call(0, 0), line_call(100, 0)])
    rate = summarise(case, Simulator(case).simulate(static_placement(np.array([1]), 720.0))).failure_rate
    assert (rate.value, rate.low, rate.high) == (0.0, 0.0, pytest.approx(1 - 0.05**0.5))


def test_nothing_to_sum_up(build_case):
    case = build_case([0], [])
    outcome = Simulator(case).simulate(static_placement(np.array([0]), 720.0))
    summary = summarise(case, outcome)
    assert summary.whole.calls == 0
    assert summary.whole.share_within_target is summary.failure_rate is summary.worst_sector is None
    assert summary.whole.mean_response_minutes is summary.whole.p90_response_minutes is None
    assert summary.utilisation == 0.0
    assert np.isnan(summary.scenario_shares_within_target).all()
    assert summary.sectors[0].mean_response_minutes is None
