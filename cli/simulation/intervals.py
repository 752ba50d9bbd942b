"""Intervals over weeks in place of single days, since the days of a week depend on each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from officers.demand.v1.demand_pb2 import Interval, SimulateResponse, SimulationResult
from services.demand.intervals import rate_interval, ratio_interval

WEEK_DAYS = 7


def over_weeks(answer: SimulateResponse, calls: Sequence[int], seed: int) -> SimulateResponse:
    """Return an answer with failure rates and changes whose intervals draw runs of seven days.

    Parameters
    ----------
    answer
        Each of its scenarios is one day.
    calls
        Calls that count, by scenario.
    """
    restated = SimulateResponse()
    restated.CopyFrom(answer)
    counts = np.array(calls, np.float64)
    first = None
    for result in restated.results:
        failures = scenario_failures(result, counts)
        rate = rate_interval(failures, counts, seed, WEEK_DAYS)
        if rate is not None:
            result.failure_rate.CopyFrom(Interval(value=rate.value, low=rate.low, high=rate.high))
        if first is None:
            first = failures
        elif result.comparison.HasField("failures_change"):
            result.comparison.failures_change.CopyFrom(_change(failures, first, seed, WEEK_DAYS))
    return restated


def scenario_failures(result: SimulationResult, calls: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return late or unanswered calls by scenario, shape (n_scenarios,)."""
    shares = np.array(result.scenario_shares_within_target)
    return np.where(np.isfinite(shares), np.round((1.0 - np.nan_to_num(shares)) * calls), 0.0)


def paired_change(
    result: SimulationResult, other: SimulationResult, calls: Sequence[int], seed: int, is_over_weeks: bool
) -> Interval | None:
    """Return failures over those of another deployment on the same calls, less one; None where that has none."""
    counts = np.array(calls, np.float64)
    failures, others = (scenario_failures(each, counts) for each in (result, other))
    if not others.any():
        return None
    return _change(failures, others, seed, WEEK_DAYS if is_over_weeks else 1)


def _change(failures: NDArray[np.float64], others: NDArray[np.float64], seed: int, block_length: int) -> Interval:
    found = ratio_interval(failures, others, seed, block_length)
    return Interval(value=found.value - 1, low=found.low - 1, high=found.high - 1)
