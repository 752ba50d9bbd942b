"""Sharing cars out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.demand.allotment import share_equally, share_in_proportion


@st.composite
def limited(draw):
    count = draw(st.integers(1, 8))
    minimum = np.array(draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    maximum = minimum + np.array(draw(st.lists(st.integers(0, 4), min_size=count, max_size=count)))
    cars = draw(st.integers(int(minimum.sum()), int(maximum.sum())))
    past_calls = np.array(draw(st.lists(st.integers(0, 50), min_size=count, max_size=count)))
    return cars, past_calls, minimum, maximum


@given(limited())
def test_both_rules_respect_the_limits(problem):
    cars, past_calls, minimum, maximum = problem
    for shared in (
        share_equally(cars, past_calls, minimum, maximum),
        share_in_proportion(cars, past_calls + 1.0, minimum, maximum),
    ):
        assert shared.sum() == cars
        assert (minimum <= shared).all()
        assert (shared <= maximum).all()


def test_weights_that_are_all_zero_count_as_equal():
    none = np.zeros(3, int)
    assert share_in_proportion(4, np.zeros(3), none, none + 4).tolist() == [2, 1, 1]
    assert share_in_proportion(0, np.zeros(3), none, none + 4).tolist() == [0, 0, 0]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=9), st.integers(1, 40))
def test_equal_shares_differ_by_one_at_most(past_calls, cars):
    calls = np.array(past_calls)
    shared = share_equally(cars, calls, np.zeros_like(calls), np.full_like(calls, cars))
    assert shared.max() - shared.min() <= 1
    more = shared > shared.min()
    assert calls[more].min(initial=10**6) >= calls[~more].max(initial=0)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=9).filter(any), st.integers(1, 40))
def test_proportional_shares_stay_within_their_quota(past_calls, cars):
    weights = np.array(past_calls, float)
    none = np.zeros(len(weights), int)
    shared = share_in_proportion(cars, weights, none, none + cars)
    quota = cars * weights / weights.sum()
    assert (shared >= np.floor(quota - 1e-9)).all()
    assert (shared <= np.ceil(quota + 1e-9)).all()
