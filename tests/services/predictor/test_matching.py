import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.matching import Events, Window, match_score, matched_count

WINDOW = Window(1000.0, 10.0)
EVENT = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 25))


def _events(rows):
    values = np.array(rows, dtype=float).reshape(-1, 3)
    return Events(values[:, :2] * 100.0, values[:, 2])


def _brute_force(left, right, window):
    """Try every assignment of the smaller set to distinct members of the larger."""
    if len(left) > len(right):
        left, right = right, left
    near = (np.linalg.norm(left.metres[:, None] - right.metres[None], axis=2) <= window.distance_m) & (
        np.abs(left.minutes[:, None] - right.minutes[None]) <= window.minutes
    )
    orders = itertools.permutations(range(len(right)), len(left))
    return max(sum(near[row, column] for row, column in enumerate(order)) for order in orders)


@settings(deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=5), st.lists(EVENT, min_size=1, max_size=5))
def test_the_matching_is_maximal(sampled, recorded):
    left, right = _events(sampled), _events(recorded)
    assert matched_count(left, right, WINDOW) == _brute_force(left, right, WINDOW)


def test_scores():
    sampled = _events([(0, 0, 0), (0, 0, 1), (300, 300, 0)])
    recorded = _events([(0, 10, 10), (200, 200, 0)])
    score = match_score(sampled, recorded, WINDOW)
    assert (score.precision, score.recall, score.f1) == (1 / 3, 1 / 2, 0.4)


def test_the_window_ends_are_included():
    one, other = Events(np.zeros((1, 2)), np.zeros(1)), Events(np.array([[1000.0, 0.0]]), np.array([10.0]))
    assert matched_count(one, other, WINDOW) == 1
    assert matched_count(one, Events(other.metres, np.array([10.001])), WINDOW) == 0
    assert matched_count(one, Events(np.array([[800.0, 800.0]]), np.zeros(1)), WINDOW) == 0


def test_empty_sets_score_zero():
    none, one = _events([]), _events([(0, 0, 0)])
    for pair in ((none, one), (one, none), (none, none)):
        assert match_score(*pair, WINDOW).f1 == 0.0
