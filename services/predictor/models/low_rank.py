"""Low-rank rhythms of the week: cell mean × a mix of a few shared rhythms × the level of the last weeks."""

import keras
import numpy as np
from numpy.typing import NDArray

from services.predictor.level_factor import LevelFactor, level_input, usual_level
from services.predictor.low_rank_factors import rhythm_ratios, shared_weekdays
from services.predictor.models.separable import cell_means, weekly_profile
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts
from services.predictor.weekly_map import WeeklyMap, hour_of_week_input


class LowRank:
    """Fits the rhythms to the window's counts; the level follows the last weeks while the model is in use."""

    can_win = True
    core_seconds = 0.2

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        table = low_rank_table(WeekCounts.of_window(training), training.seed)
        hour_of_week, level = hour_of_week_input(), level_input()
        factor = LevelFactor(usual_level(table), training.frames.frames_per_day, name="level_factor")(level)
        intensity = WeeklyMap.of_table(table, "weekly_map")(hour_of_week) * factor
        return FittedNetwork(keras.Model({"hour_of_week": hour_of_week, "level": level}, {"intensity": intensity}))


def low_rank_table(week: WeekCounts, seed: int) -> NDArray[np.float64]:
    """Return cell mean × profile × low-rank ratio, incidents per frame, shape (168, n_rows, n_columns).

    Cells without a single incident keep the common rhythm.
    """
    profile = shared_weekdays(weekly_profile(week.by_hour, week.frame_counts))
    table = np.asarray(profile[:, None, None] * cell_means(week.by_cell, week.frame_total))
    seen = week.by_cell > 0
    if not seen.any():
        return table
    expected = (table[:, seen] * week.frame_counts[:, None]).T
    table[:, seen] *= rhythm_ratios(week.recorded[:, seen].T, expected, seed).T
    return table


MODEL = LowRank()
