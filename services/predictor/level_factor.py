"""How much more or less than usual the last weeks brought: the level correction, as a layer."""

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from services.predictor.features import LEVEL_WEEKS
from services.predictor.residual_network import FittedNetwork
from services.predictor.weekly_map import WeeklyMap, hour_of_week_input

USED_WEEKS = (2, 4)
PSEUDO_INCIDENTS = 100.0
"""Incidents at the usual level that the last weeks are supplemented by: few incidents say little of the level."""


@keras.saving.register_keras_serializable("officers")
class LevelFactor(layers.Layer):  # type: ignore[misc]
    """Maps the input `level` to (recorded + 100) / (usual + 100) over the last three weeks (mean of two and four).

    Parameters
    ----------
    usual_level : incidents of the whole area per frame that the corrected model expects on average.
    frames_per_day : 24 for frames of an hour.
    """

    def __init__(self, usual_level: float, frames_per_day: int, **options: object) -> None:
        super().__init__(**options)
        self.usual_level, self.frames_per_day = usual_level, frames_per_day

    def call(self, level: keras.KerasTensor) -> keras.KerasTensor:
        """Return the factors, shape (n, 1, 1)."""
        columns = [int(np.flatnonzero(weeks == LEVEL_WEEKS)[0]) for weeks in USED_WEEKS]
        frames = 7 * self.frames_per_day * sum(USED_WEEKS) / len(USED_WEEKS)
        recorded = sum(level[:, column] for column in columns) * (frames / len(columns))
        return ((recorded + PSEUDO_INCIDENTS) / (self.usual_level * frames + PSEUDO_INCIDENTS))[:, None, None]

    def get_config(self) -> dict[str, object]:
        """Return what the layer is made from."""
        return {**super().get_config(), "usual_level": self.usual_level, "frames_per_day": self.frames_per_day}


def level_input() -> keras.KerasTensor:
    """Return the input `level`."""
    return keras.Input((len(LEVEL_WEEKS),), name="level")


def usual_level(table: NDArray[np.float64]) -> float:
    """Return the mean of a weekly table over the hours of the week, summed over the cells."""
    return float(table.sum(axis=(1, 2)).mean())


def levelled_network(table: NDArray[np.float64], frames_per_day: int) -> FittedNetwork:
    """Return the network that answers the map of the hour of the week times the level of the last weeks.

    Parameters
    ----------
    table : incidents per frame, shape (168, n_rows, n_columns).
    frames_per_day : 24 for frames of an hour.
    """
    hour_of_week, level = hour_of_week_input(), level_input()
    factor = LevelFactor(usual_level(table), frames_per_day, name="level_factor")(level)
    intensity = WeeklyMap.of_table(table, "weekly_map")(hour_of_week) * factor
    return FittedNetwork(keras.Model({"hour_of_week": hour_of_week, "level": level}, {"intensity": intensity}))
