"""Heavier loads from the calls there are: scenarios or weeks laid over each other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from services.demand.arrays import IntArray
from services.demand.calls import CALL_COLUMNS, CallSet

DAY_MINUTES = 1440
WEEK_MINUTES = 7 * DAY_MINUTES


def superpose_scenarios(calls: CallSet, copies: int) -> CallSet:
    """Lay every `copies` consecutive scenarios over each other; scenarios left over are left out.

    Parameters
    ----------
    copies
        At least 1; independent scenarios make a scenario of so many times the calls.
    """
    count = calls.scenario_count // copies
    kept = calls.first_scenarios(count * copies)
    return _sorted(kept, kept.scenario // copies, count)


def superpose_weeks(calls: CallSet, copies: int, stride: int = 1) -> CallSet:
    """Lay the following weeks over each week of one long scenario, the first ones over the last (same weekdays).

    Calls of the weeks after the last whole one are left out. With a stride of 2, every second of the following weeks
    is laid over a week, and so on.
    """
    week_count = int(calls.span_minutes // WEEK_MINUTES)
    span = float(week_count * WEEK_MINUTES)
    kept = calls.take(calls.minute < span)
    moved = [
        replace(kept, span_minutes=span, minute=(kept.minute - copy * stride * WEEK_MINUTES) % span)
        for copy in range(copies)
    ]
    return concatenate(moved)


def superpose_variously(calls: CallSet, copies: int, strides: Sequence[int]) -> CallSet:
    """Lay weeks over each other with several strides, one after the other in a scenario so many times as long.

    Each call then meets others every time; see `usable_strides`.
    """
    laid = [superpose_weeks(calls, copies, stride) for stride in usable_strides(calls, copies, strides)]
    span = laid[0].span_minutes
    parts = [replace(each, minute=each.minute + number * span) for number, each in enumerate(laid)]
    return replace(concatenate(parts), span_minutes=span * len(laid))


def usable_strides(calls: CallSet, copies: int, strides: Sequence[int]) -> list[int]:
    """Return the strides by which no week would be laid over itself; 1 where that is none, or where nothing is laid.

    Of strides that come to the same around the end, the first.
    """
    week_count = int(calls.span_minutes // WEEK_MINUTES)
    distinct = {stride % week_count: stride for stride in reversed(strides)} if week_count else {}
    usable = [
        stride
        for stride in strides
        if stride in distinct.values() and len({copy * stride % week_count for copy in range(copies)}) == copies
    ]
    return (usable if copies > 1 else []) or [1]


def cut_days(calls: CallSet, start_minute: int, minutes: int) -> CallSet:
    """Cut one long scenario into one for each day: the calls of `minutes` from a minute of the day on.

    The span is a whole number of days; what begins on its last day goes on at its beginning.
    """
    since = (calls.minute - start_minute) % calls.span_minutes
    day, minute = np.divmod(since, DAY_MINUTES)
    within = minute < minutes
    start_time = calls.start_time and calls.start_time + timedelta(minutes=start_minute)
    kept = replace(calls, minute=minute, span_minutes=float(minutes), start_time=start_time).take(within)
    return _sorted(kept, day[within].astype(np.int64), int(calls.span_minutes // DAY_MINUTES))


def concatenate(parts: list[CallSet]) -> CallSet:
    """Put the calls of call sets together into one scenario, minutes as they are."""
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in CALL_COLUMNS}
    joined = replace(parts[0], first_call=np.array([0, len(columns["minute"])]), **columns)
    return _sorted(joined, np.zeros(joined.call_count, np.int64), 1)


def _sorted(calls: CallSet, scenario: IntArray, scenario_count: int) -> CallSet:
    """Give calls new scenarios and sort them by scenario and minute."""
    order = np.lexsort((calls.minute, scenario))
    columns: dict[str, Any] = {name: getattr(calls, name)[order] for name in CALL_COLUMNS}
    first_call = np.searchsorted(scenario[order], np.arange(scenario_count + 1))
    return replace(calls, first_call=first_call, **columns)
