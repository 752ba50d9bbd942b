import numpy as np
import pytest

from services.predictor.matching_gain import GainMap, Reach

DISC = np.hypot(np.arange(-2, 3)[:, None], np.arange(-1, 2) * 1.5) <= 2.0
REACH = Reach(DISC, 1)


def _plain_greedy(expected, count):
    """Choose by adding up every window anew for every point."""
    left, chosen = expected.copy(), []
    for _ in range(count):
        best, gain, window = None, -1.0, None
        for point in np.ndindex(left.shape):
            near = _window(point, left.shape)
            value = 1 - np.exp(-sum(left[place] for place in near))
            if value > gain + 1e-12:
                best, gain, window = point, value, near
        share = gain / sum(left[place] for place in window)
        for place in window:
            left[place] -= share * left[place]
        chosen.append((*best, gain))
    return np.array(chosen)


def _window(point, shape):
    step, row, column = point
    places = [
        (step + later, row + south - 2, column + east - 1) for later in (-1, 0, 1) for south, east in np.argwhere(DISC)
    ]
    return [place for place in places if all(0 <= at < size for at, size in zip(place, shape, strict=True))]


def test_the_choice_is_the_greedy_one(generator):
    expected = generator.gamma(0.3, 0.3, (5, 6, 4))
    picks = GainMap(expected, REACH).pick(0.0)
    plain = _plain_greedy(expected, 8)
    np.testing.assert_array_equal(np.stack([picks.steps, picks.rows, picks.columns], axis=1)[:8], plain[:, :3])
    np.testing.assert_allclose(picks.gains[:8], plain[:, 3])


def test_gains_fall_and_claim_no_more_than_is_expected(generator):
    expected = generator.gamma(0.3, 0.3, (12, 9, 8))
    picks = GainMap(expected, REACH).pick(0.0)
    assert (np.diff(picks.gains) <= 1e-12).all()
    assert picks.gains.sum() <= expected.sum()
    assert picks.gains.sum() == pytest.approx(expected.sum(), rel=0.05)  # in the end nearly all is claimed


def test_it_ends_where_a_point_no_longer_raises_f1(generator):
    expected = generator.gamma(0.3, 0.3, (12, 9, 8))
    picks = GainMap(expected, REACH).pick(1.0)
    f1 = 2 * np.cumsum(picks.gains) / (np.arange(1, len(picks.gains) + 1) + expected.sum())
    assert (np.diff(f1) > 0).all()
    whole = GainMap(expected, REACH).pick(0.0).gains
    highest = (2 * np.cumsum(whole) / (np.arange(1, len(whole) + 1) + expected.sum())).max()
    assert f1[-1] == pytest.approx(highest)


def test_nothing_expected_nothing_chosen():
    assert len(GainMap(np.zeros((3, 4, 5)), REACH).pick(0.5).gains) == 0
