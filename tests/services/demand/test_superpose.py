"""Calls laid over each other."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from services.demand.superpose import (
    DAY_MINUTES,
    WEEK_MINUTES,
    cut_days,
    superpose_scenarios,
    superpose_variously,
    superpose_weeks,
)


def test_consecutive_scenarios_become_one(build_case, line_call):
    calls = build_case(
        [0], [line_call(minute, minute, scenario=s) for s in range(5) for minute in (5 - s, 9)], 720.0, 5
    )
    laid = superpose_scenarios(calls.calls, 2)
    assert laid.scenario_count == 2
    assert laid.first_call.tolist() == [0, 4, 8]
    assert laid.minute.tolist() == [4, 5, 9, 9, 2, 3, 9, 9]
    assert laid.longitude.tolist() == laid.minute.tolist()


def test_one_copy_changes_nothing(random_case):
    calls = random_case(1).calls
    laid = superpose_scenarios(calls, 1)
    assert laid.minute.tolist() == calls.minute.tolist()
    assert laid.first_call.tolist() == calls.first_call.tolist()


def test_weeks_are_laid_over_each_other_around_the_end(build_case, line_call):
    minutes = [10.0, WEEK_MINUTES + 20.0, 2 * WEEK_MINUTES + 30.0, 3 * WEEK_MINUTES + 40.0]
    calls = build_case([0], [line_call(minute, 0) for minute in minutes], 3.5 * WEEK_MINUTES).calls
    laid = superpose_weeks(calls, 2)
    assert laid.span_minutes == 3 * WEEK_MINUTES
    weeks = [laid.minute[laid.minute // WEEK_MINUTES == week] % WEEK_MINUTES for week in range(3)]
    assert [week.tolist() for week in weeks] == [[10, 20], [20, 30], [10, 30]]
    assert (np.diff(laid.minute) >= 0).all()


def test_weeks_are_laid_over_each_other_in_several_ways(build_case, line_call):
    calls = build_case([0], [line_call(week * (WEEK_MINUTES + 1.0), 0) for week in range(5)], 5 * WEEK_MINUTES).calls
    laid = superpose_variously(calls, 2, (1, 2, 5))  # over five weeks, the fifth week after each is that week itself
    assert (laid.span_minutes, laid.scenario_count) == (10 * WEEK_MINUTES, 1)
    weeks = [sorted(laid.minute[laid.minute // WEEK_MINUTES == week] % WEEK_MINUTES) for week in range(10)]
    assert weeks[:5] == [[0, 1], [1, 2], [2, 3], [3, 4], [0, 4]]
    assert weeks[5:] == [[0, 2], [1, 3], [2, 4], [0, 3], [1, 4]]


@pytest.mark.parametrize(("copies", "strides", "weeks"), [(1, (1, 2), 2), (2, (2, 4), 2), (3, (1, 3), 3)])
def test_weeks_are_laid_once_where_they_cannot_be_varied(build_case, line_call, copies, strides, weeks):
    calls = build_case([0], [line_call(10.0, 0)], weeks * WEEK_MINUTES).calls
    laid, once = superpose_variously(calls, copies, strides), superpose_weeks(calls, copies)
    assert (laid.minute.tolist(), laid.span_minutes) == (once.minute.tolist(), once.span_minutes)


def test_a_long_scenario_is_cut_into_days(build_case, line_call):
    minutes = [5.0, 1300.0, DAY_MINUTES + 10.0, DAY_MINUTES + 700.0, DAY_MINUTES + 1439.0]
    calls = build_case([0], [line_call(minute, 0) for minute in minutes], 2.0 * DAY_MINUTES).calls
    nights = cut_days(replace(calls, start_time=datetime(2015, 4, 1, 4, tzinfo=UTC)), 1200, 720)
    assert nights.start_time == datetime(2015, 4, 2, 0, tzinfo=UTC)  # whose hours of the day are those of the night
    assert nights.first_call.tolist() == [0, 2, 4]
    assert nights.minute.tolist() == [100, 250, 239, 245]  # the last night goes on at the beginning
    assert nights.span_minutes == 720
