"""Summing outcomes up."""

import numpy as np
import pytest

from services.demand.simulator.placement import static_placement
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
    summary = summarise(case.calls, ("west", "east"), outcome)
    assert (summary.calls, summary.within_target, summary.never_answered) == (4, 2, 1)
    assert summary.share_within_target == 0.5
    assert summary.mean_response_minutes == pytest.approx(10 / 3)
    assert summary.median_response_minutes == 3.0
    assert summary.p90_response_minutes == pytest.approx(np.percentile([1, 6, 3], 90))
    assert summary.utilisation == 0.25
    assert (summary.urgent_calls, summary.urgent_within_target) == (2, 1)
    assert summary.scenario_shares_within_target == pytest.approx([1 / 3, np.nan, 1.0], nan_ok=True)
    west, east = summary.sectors
    assert (west.sector_id, west.calls, west.within_target, west.mean_response_minutes) == ("west", 2, 1, 3.5)
    assert (east.calls, east.within_target, east.mean_response_minutes) == (2, 1, 3.0)


def test_nothing_to_sum_up(build_case):
    case = build_case([0], [])
    outcome = Simulator(case).simulate(static_placement(np.array([0]), 720.0))
    summary = summarise(case.calls, ("only",), outcome)
    assert summary.calls == 0
    assert summary.share_within_target is None
    assert summary.mean_response_minutes is summary.p90_response_minutes is None
    assert summary.utilisation == 0.0
    assert np.isnan(summary.scenario_shares_within_target).all()
    assert summary.sectors[0].mean_response_minutes is None
