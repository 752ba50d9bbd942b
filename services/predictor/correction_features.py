"""What the recent past says beyond the rhythm of the week: the features that correct a weekly table, as a layer."""

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from services.predictor.calendar_features import EXTERNAL_FEATURES, HOURS_PER_DAY, HOURS_PER_WEEK
from services.predictor.features import LEVEL_WEEKS, RECENT_HALF_LIVES_DAYS

LATEST_FRAMES = 3
USED_LEVEL_WEEKS = (1, 2, 4, 8)
RARE_DAYS = ("holiday", "first_of_month", "new_year")
RECENT_PSEUDO_INCIDENTS = 2.0
LATEST_PSEUDO_INCIDENTS = 0.5
LEVEL_PSEUDO_INCIDENTS = 50.0
LEAST = 1e-9
FEATURE_INPUTS = ("closeness", "external", "hour_of_week", "level", "recent")
LINEAR_FEATURES = (
    *(f"recent_{half_life:g}_days" for half_life in RECENT_HALF_LIVES_DAYS),
    *(f"recent_{half_life:g}_days_around" for half_life in RECENT_HALF_LIVES_DAYS),
    *("latest", "latest_around", "latest_area", "closeness", "closeness_around", "closeness_area"),
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
    zero where nothing is unusual. "Around" is the sum over the eight neighbouring cells.

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
        inputs : the model inputs named in `FEATURE_INPUTS`.
        """
        cell_means = keras.ops.mean(self.table, axis=0)
        maps = [
            self._recent(inputs["recent"], cell_means),
            *self._latest(inputs["closeness"], inputs["hour_of_week"], cell_means),
        ]
        flags = self._flags(inputs["external"], inputs["hour_of_week"])
        level = self._level(inputs["level"], keras.ops.sum(cell_means))
        hour = keras.ops.cast(inputs["hour_of_week"], "float32")[:, None]
        clock = keras.ops.concatenate([hour % HOURS_PER_DAY, hour // HOURS_PER_DAY], axis=1)
        logs = [
            keras.ops.log(keras.ops.take(self.table, inputs["hour_of_week"], axis=0) + LEAST)[..., None],
            self._everywhere_in_time(keras.ops.log(cell_means + LEAST)[None, ..., None], hour),
        ]
        further = inputs["external"][:, len(EXTERNAL_FEATURES) :]
        parts = [*maps, *(self._everywhere(part) for part in (level, flags, clock)), *logs, self._everywhere(further)]
        return keras.ops.concatenate(parts, axis=-1)

    def _recent(self, recent: keras.KerasTensor, cell_means: keras.KerasTensor) -> keras.KerasTensor:
        """Compare each cell's share of the recent means with its usual share; own cell, then around."""
        frames = RECENT_HALF_LIVES_DAYS * self.frames_per_day / np.log(2.0)
        pseudo = (RECENT_PSEUDO_INCIDENTS / frames).astype(np.float32)
        total = keras.ops.sum(recent, axis=(1, 2), keepdims=True)
        shares = recent * (keras.ops.sum(cell_means) / keras.ops.maximum(total, LEAST))
        usual = keras.ops.tile(cell_means[None, ..., None], (1, 1, 1, len(frames)))
        own = keras.ops.log((shares + pseudo) / (usual + pseudo))
        around = keras.ops.log((_around(shares) + pseudo) / (_around(usual) + pseudo))
        return keras.ops.concatenate([own, around], axis=-1)

    def _latest(
        self, closeness: keras.KerasTensor, hour_of_week: keras.KerasTensor, cell_means: keras.KerasTensor
    ) -> list[keras.KerasTensor]:
        """Compare the last frames with the table at their hours, and all closeness frames with the cells' means."""
        lags = self.closeness_lags[:LATEST_FRAMES]
        hours_back = [lag * HOURS_PER_DAY // self.frames_per_day for lag in lags]
        expected = sum(
            keras.ops.take(self.table, (hour_of_week - back) % HOURS_PER_WEEK, axis=0) for back in hours_back
        )
        usual = keras.ops.ones_like(expected) * cell_means * len(self.closeness_lags)
        return [
            _ratios(keras.ops.sum(closeness[..., : len(lags)], axis=-1), expected),
            _ratios(keras.ops.sum(closeness, axis=-1), usual),
        ]

    def _level(self, level: keras.KerasTensor, usual_level: keras.KerasTensor) -> keras.KerasTensor:
        columns = [int(np.flatnonzero(weeks == LEVEL_WEEKS)[0]) for weeks in USED_LEVEL_WEEKS]
        recorded = keras.ops.stack([level[:, column] for column in columns], axis=-1)
        frames = np.array(USED_LEVEL_WEEKS, dtype=np.float32) * 7 * self.frames_per_day
        return keras.ops.log(
            (recorded * frames + LEVEL_PSEUDO_INCIDENTS) / (usual_level * frames + LEVEL_PSEUDO_INCIDENTS)
        )

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


def _ratios(recorded: keras.KerasTensor, expected: keras.KerasTensor) -> keras.KerasTensor:
    """Return log ratios of counts for the cell itself, around it, and in the whole area, shape (…, 3)."""
    own = _log_ratio(recorded, expected, LATEST_PSEUDO_INCIDENTS)[..., None]
    around = _log_ratio(_around(recorded[..., None]), _around(expected[..., None]), LATEST_PSEUDO_INCIDENTS)
    totals = [keras.ops.sum(counts, axis=(1, 2), keepdims=True) for counts in (recorded, expected)]
    area = _log_ratio(totals[0], totals[1], RECENT_PSEUDO_INCIDENTS)[..., None] * keras.ops.ones_like(own)
    return keras.ops.concatenate([own, around, area], axis=-1)


def _log_ratio(recorded: keras.KerasTensor, expected: keras.KerasTensor, pseudo: float) -> keras.KerasTensor:
    return keras.ops.log((recorded + pseudo) / (expected + pseudo))


def _around(maps: keras.KerasTensor) -> keras.KerasTensor:
    """Return the sum over the eight neighbouring cells, shape (n, n_rows, n_columns, k) as given."""
    ring = np.ones((3, 3, maps.shape[-1], 1), dtype=np.float32)
    ring[1, 1] = 0.0
    return keras.ops.maximum(keras.ops.depthwise_conv(maps, ring, padding="same"), 0.0)
