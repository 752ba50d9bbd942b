"""What the recent past says beyond the rhythm of the week: the features that correct a weekly table, as a layer."""

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from services.predictor.calendar_features import EXTERNAL_FEATURES, HOURS_PER_DAY, HOURS_PER_WEEK
from services.predictor.features import LEVEL_WEEKS, RECENT_HALF_LIVES_DAYS

LATEST_FRAMES = 3
AREA_FRAMES = (1, 3, 8, 24)
USED_LEVEL_WEEKS = (1, 2, 4, 8)
RARE_DAYS = ("holiday", "first_of_month", "new_year")
RECENT_PSEUDO_INCIDENTS = 2.0
LATEST_PSEUDO_INCIDENTS = 0.5
AREA_PSEUDO_INCIDENTS = 100.0
"""About one over the variance of days: so many incidents say as much of what kind of day it is as was known before."""
LEVEL_PSEUDO_INCIDENTS = 50.0
LEAST = 1e-9
FEATURE_INPUTS = ("closeness", "external", "hour_of_week", "level", "recent")
LINEAR_FEATURES = (
    *(f"recent_{half_life:g}_days" for half_life in RECENT_HALF_LIVES_DAYS),
    "latest",
    *(f"area_{frames}_frames" for frames in AREA_FRAMES),
    *(f"level_{weeks}_weeks" for weeks in USED_LEVEL_WEEKS),
    *RARE_DAYS,
    *(f"{name}_midnight" for name in RARE_DAYS),
)
"""Incidents of unknown time are often recorded at midnight, those of unknown date on the first of a month or year."""
FURTHER_FEATURES = ("hour_of_day", "day_of_week", "log_table", "log_cell_mean")
FEATURES = (*LINEAR_FEATURES, *FURTHER_FEATURES)


@keras.saving.register_keras_serializable("officers")
class CorrectionFeatures(layers.Layer):  # type: ignore[misc]
    """Compares recent counts with what a weekly table leads to expect, on the log scale.

    Every feature but the last four is log((recorded + a) / (expected + a)) with a few pseudo-incidents a, or a flag:
    zero where nothing is unusual.

    Parameters
    ----------
    row_count, column_count : of the grid.
    frames_per_day : 24 for frames of an hour.
    closeness_lags : how many frames each closeness map lies back.
    """

    def __init__(
        self, row_count: int, column_count: int, frames_per_day: int, closeness_lags: list[int], **options: object
    ) -> None:
        super().__init__(**options)
        self.row_count, self.column_count = row_count, column_count
        self.frames_per_day, self.closeness_lags = frames_per_day, closeness_lags
        self.table = self.add_weight(
            shape=(HOURS_PER_WEEK, row_count, column_count), initializer="zeros", trainable=False, name="table"
        )

    @classmethod
    def of_table(
        cls, table: NDArray[np.float64], frames_per_day: int, closeness_lags: NDArray[np.int64], name: str
    ) -> "CorrectionFeatures":
        """Make the layer of a weekly table, incidents per frame, shape (168, n_rows, n_columns)."""
        layer = cls(table.shape[1], table.shape[2], frames_per_day, [int(lag) for lag in closeness_lags], name=name)
        layer.table.assign(table.astype(np.float32))
        return layer

    def build(self, _input_shape: object) -> None:
        """Nothing depends on the input."""
        self.built = True

    def call(self, inputs: Mapping[str, keras.KerasTensor]) -> keras.KerasTensor:
        """Return `FEATURES` and then the external features beyond the known, shape (n, n_rows, n_columns, n_features).

        Parameters
        ----------
        inputs : the model inputs named in `FEATURE_INPUTS`, with standard conditions in `external`.
        """
        cell_means = keras.ops.mean(self.table, axis=0)
        maps = [
            self._recent(inputs["recent"], cell_means),
            self._latest(inputs["closeness"], inputs["hour_of_week"]),
        ]
        hour = keras.ops.cast(inputs["hour_of_week"], "float32")[:, None]
        of_frames = [
            self._area(inputs["closeness"], inputs["hour_of_week"]),
            self._level(inputs["level"], keras.ops.sum(cell_means)),
            self._flags(inputs["external"], inputs["hour_of_week"]),
            keras.ops.concatenate([hour % HOURS_PER_DAY, hour // HOURS_PER_DAY], axis=1),
        ]
        logs = [
            keras.ops.log(keras.ops.take(self.table, inputs["hour_of_week"], axis=0) + LEAST)[..., None],
            self._everywhere_in_time(keras.ops.log(cell_means + LEAST)[None, ..., None], hour),
        ]
        further = inputs["external"][:, len(EXTERNAL_FEATURES) :]
        parts = [*maps, *(self._everywhere(part) for part in of_frames), *logs, self._everywhere(further)]
        return keras.ops.concatenate(parts, axis=-1)

    def _recent(self, recent: keras.KerasTensor, cell_means: keras.KerasTensor) -> keras.KerasTensor:
        """Compare each cell's share of the recent means with its usual share."""
        frames = RECENT_HALF_LIVES_DAYS * self.frames_per_day / np.log(2.0)
        pseudo = (RECENT_PSEUDO_INCIDENTS / frames).astype(np.float32)
        total = keras.ops.sum(recent, axis=(1, 2), keepdims=True)
        shares = recent * (keras.ops.sum(cell_means) / keras.ops.maximum(total, LEAST))
        return _log_ratio(shares, cell_means[None, ..., None], pseudo)

    def _latest(self, closeness: keras.KerasTensor, hour_of_week: keras.KerasTensor) -> keras.KerasTensor:
        """Compare the last frames of each cell with the table at their hours."""
        expected = sum(
            keras.ops.take(self.table, (hour_of_week - back) % HOURS_PER_WEEK, axis=0)
            for back in self._hours_back[:LATEST_FRAMES]
        )
        recorded = keras.ops.sum(closeness[..., :LATEST_FRAMES], axis=-1)
        return _log_ratio(recorded, expected, LATEST_PSEUDO_INCIDENTS)[..., None]

    def _area(self, closeness: keras.KerasTensor, hour_of_week: keras.KerasTensor) -> keras.KerasTensor:
        """Compare the last frames of the whole area with the table at their hours, shape (n, len(AREA_FRAMES))."""
        hours = (hour_of_week[:, None] - np.array(self._hours_back, dtype=np.int32)) % HOURS_PER_WEEK
        expected = keras.ops.take(keras.ops.sum(self.table, axis=(1, 2)), hours, axis=0)
        recorded = keras.ops.sum(closeness, axis=(1, 2))
        totals = [
            keras.ops.stack([keras.ops.sum(values[:, :frames], axis=-1) for frames in AREA_FRAMES], axis=-1)
            for values in (recorded, expected)
        ]
        return _log_ratio(totals[0], totals[1], AREA_PSEUDO_INCIDENTS)

    @property
    def _hours_back(self) -> list[int]:
        """How many whole hours each closeness map lies back."""
        return [lag * HOURS_PER_DAY // self.frames_per_day for lag in self.closeness_lags]

    def _level(self, level: keras.KerasTensor, usual_level: keras.KerasTensor) -> keras.KerasTensor:
        columns = [int(np.flatnonzero(weeks == LEVEL_WEEKS)[0]) for weeks in USED_LEVEL_WEEKS]
        recorded = keras.ops.stack([level[:, column] for column in columns], axis=-1)
        frames = np.array(USED_LEVEL_WEEKS, dtype=np.float32) * 7 * self.frames_per_day
        return _log_ratio(recorded * frames, usual_level * frames, LEVEL_PSEUDO_INCIDENTS)

    @staticmethod
    def _flags(external: keras.KerasTensor, hour_of_week: keras.KerasTensor) -> keras.KerasTensor:
        days = keras.ops.stack([external[:, EXTERNAL_FEATURES.index(name)] for name in RARE_DAYS], axis=-1)
        midnight = keras.ops.cast(hour_of_week % HOURS_PER_DAY == 0, "float32")[:, None]
        return keras.ops.concatenate([days, days * midnight], axis=-1)

    def _everywhere(self, values: keras.KerasTensor) -> keras.KerasTensor:
        """Spread values of frames, shape (n, k), over the map."""
        return values[:, None, None, :] * keras.ops.ones((1, self.row_count, self.column_count, 1))

    @staticmethod
    def _everywhere_in_time(values: keras.KerasTensor, hour: keras.KerasTensor) -> keras.KerasTensor:
        """Spread a map, shape (1, n_rows, n_columns, 1), over the frames."""
        return values * keras.ops.ones_like(hour)[:, None, None, :]

    def get_config(self) -> dict[str, object]:
        """Return what the layer is made from; its table is a weight."""
        return {
            **super().get_config(),
            "row_count": self.row_count,
            "column_count": self.column_count,
            "frames_per_day": self.frames_per_day,
            "closeness_lags": self.closeness_lags,
        }


def feature_inputs(closeness_frames: int, external_count: int, cells: tuple[int, int]) -> dict[str, keras.KerasTensor]:
    """Return the inputs named in `FEATURE_INPUTS`."""
    return {
        "closeness": keras.Input((*cells, closeness_frames), name="closeness"),
        "external": keras.Input((external_count,), name="external"),
        "hour_of_week": keras.Input((), dtype="int32", name="hour_of_week"),
        "level": keras.Input((len(LEVEL_WEEKS),), name="level"),
        "recent": keras.Input((*cells, len(RECENT_HALF_LIVES_DAYS)), name="recent"),
    }


def _log_ratio(
    recorded: keras.KerasTensor, expected: keras.KerasTensor, pseudo: float | NDArray[np.float32]
) -> keras.KerasTensor:
    return keras.ops.log((recorded + pseudo) / (expected + pseudo))
