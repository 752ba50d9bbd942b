"""Low-rank rhythms of the week: cell mean × a mix of a few shared rhythms × the level of the last weeks."""

import numpy as np
from numpy.typing import NDArray

from services.predictor.level_factor import levelled_network
from services.predictor.low_rank_factors import rhythm_ratios
from services.predictor.models.kriging import common_table
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts
from services.predictor.week_halves import cross_likelihood, week_halves

PRIOR_INCIDENTS = (20.0, 40.0, 80.0, 160.0)
"""How many incidents the area's common rhythm may count for in each cell."""
REMEMBERED = "low_rank_prior"


class LowRank:
    """Fits the rhythms to the window's counts; the level follows the last weeks while the model is in use."""

    can_win = True
    core_seconds = 1.5

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        return levelled_network(factored_table(training, training.window_frames), training.frames.frames_per_day)


def factored_table(training: TrainingSet, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return intensities by hour of the week from the counts of some frames, shape (168, n_rows, n_columns).

    The prior is that of the whole window, chosen once.
    """
    if REMEMBERED not in training.fits:
        training.fits[REMEMBERED] = best_prior_incidents(training)
    return low_rank_table(WeekCounts.of_frames(training, numbers), training.fits[REMEMBERED], training.seed)


def best_prior_incidents(training: TrainingSet) -> float:
    """Return the prior under which each half of the weeks (even, odd) is the likeliest given the other half.

    Without two weeks it is the strongest.
    """
    halves = week_halves(training)
    if not halves:
        return PRIOR_INCIDENTS[-1]

    def likelihood(prior: float) -> float:
        return cross_likelihood(halves, [low_rank_table(half, prior, training.seed) for half in halves])

    return max(PRIOR_INCIDENTS, key=likelihood)


def low_rank_table(week: WeekCounts, prior_incidents: float, seed: int) -> NDArray[np.float64]:
    """Return cell mean × profile × low-rank ratio, incidents per frame, shape (168, n_rows, n_columns).

    Cells without a single incident keep the common rhythm.
    """
    table = common_table(week)
    seen = week.by_cell > 0
    if not seen.any():
        return table
    expected = (table[:, seen] * week.frame_counts[:, None]).T
    table[:, seen] *= rhythm_ratios(week.recorded[:, seen].T, expected, prior_incidents, seed).T
    return table


MODEL = LowRank()
