"""Kriged rhythms of the week: cell mean × common profile × how the place's week differs × level of the last weeks."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.predictor.level_factor import levelled_network
from services.predictor.low_rank_factors import shared_weekdays
from services.predictor.models.separable import weekly_profile
from services.predictor.residual_network import FittedNetwork
from services.predictor.rhythm_field import FieldPrior, week_factors
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.unseen_cells import turing_means
from services.predictor.week_basis import WeekBasis
from services.predictor.week_counts import WeekCounts
from services.predictor.week_halves import cross_likelihood, week_halves

VARIANCES = (0.0, 0.004, 0.007, 0.015, 0.03, 0.06, 0.12, 0.24, 0.5)
REGIONAL_SHARES = (0.0, 0.25, 0.5, 0.75, 0.95)
REACHES_CELLS = (0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
FIRST_CHOICE = (5, 2, 3)
"""Positions in the three lists where the search for the likeliest prior begins."""
NO_FIELD = FieldPrior(0.0, 0.0, 1.0)
REMEMBERED = "kriging_prior"


class Kriging:
    """Takes each cell's rhythm from its own counts and those around it, as far as other weeks confirm."""

    can_win = True
    core_seconds = 1.0

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        return levelled_network(kriged_table(training, training.window_frames), training.frames.frames_per_day)


def kriged_table(training: TrainingSet, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return intensities by hour of the week given the counts of some frames, shape (168, n_rows, n_columns).

    The prior is that of the whole window, chosen once.
    """
    if REMEMBERED not in training.fits:
        training.fits[REMEMBERED] = best_prior(training)
    prior: FieldPrior = training.fits[REMEMBERED]
    return prior_table(WeekCounts.of_frames(training, numbers), prior)


def prior_table(week: WeekCounts, prior: FieldPrior) -> NDArray[np.float64]:
    """Return intensities by hour of the week given counts and a prior, shape (168, n_rows, n_columns)."""
    table = common_table(week)
    basis = WeekBasis.of_profile(table.sum(axis=(1, 2)))
    return np.asarray(table * week_factors(week.recorded, table * week.frame_counts[:, None, None], basis, prior))


def common_table(week: WeekCounts) -> NDArray[np.float64]:
    """Return cell mean × profile of the whole area, incidents per frame, shape (168, n_rows, n_columns)."""
    profile = shared_weekdays(weekly_profile(week.by_hour, week.frame_counts))
    return np.asarray(profile[:, None, None] * turing_means(week.by_cell, week.frame_total))


def best_prior(training: TrainingSet) -> FieldPrior:
    """Return the prior under which each half of the weeks (even, odd) is the likeliest given the other half.

    Without two weeks there is no field: every cell has the common rhythm.
    """
    halves = week_halves(training)
    if not halves:
        return NO_FIELD

    def likelihood(choice: tuple[int, ...]) -> float:
        return cross_likelihood(halves, [prior_table(half, _prior(choice)) for half in halves])

    return _prior(climb(likelihood, FIRST_CHOICE, (len(VARIANCES), len(REGIONAL_SHARES), len(REACHES_CELLS))))


def climb(height: Callable[[tuple[int, ...]], float], start: tuple[int, ...], sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the point of a lattice from which no step along an axis leads higher.

    Parameters
    ----------
    height : of points (0 to size − 1 on each axis); asked once for each.
    """
    known = {start: height(start)}
    best = start
    while True:
        steps = [
            (*best[:axis], best[axis] + move, *best[axis + 1 :])
            for axis, size in enumerate(sizes)
            for move in (-1, 1)
            if 0 <= best[axis] + move < size
        ]
        for step in steps:
            if step not in known:
                known[step] = height(step)
        highest = max(steps, key=known.__getitem__)
        if known[highest] <= known[best]:
            return best
        best = highest


def _prior(choice: tuple[int, ...]) -> FieldPrior:
    variance, share, reach = choice
    return FieldPrior(VARIANCES[variance], REGIONAL_SHARES[share], REACHES_CELLS[reach])


MODEL = Kriging()
