"""An area's conditions as models take them in: standardised, within what training saw, the mean where unknown."""

from dataclasses import asdict, dataclass

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from services.predictor.calendar_features import EXTERNAL_FEATURES
from services.predictor.training_set import TrainingSet

LEAST_HOURS = 48
"""Of so many hours at least must something be known (or unknown) before anything is learnt from it."""
LARGEST_DEVIATIONS = 10.0
LEAST_DEVIATION_SHARE = 1e-6
"""Of the largest value: what varies less is constant, up to rounding."""
LEAST_DEVIATION = 1e-30


@dataclass(frozen=True)
class ConditionScales:
    """What the frames of a window say about each condition, in the agency's units.

    Attributes
    ----------
    means, deviations : of the known values; 0 and 1 where the condition tells nothing.
    lowest, highest : the range that models look at; both are the mean where the condition tells nothing.
    flagged : 1 where it counts which values are unknown, else 0.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    flagged: tuple[float, ...]

    @classmethod
    def of_values(cls, values: NDArray[np.float64], unknown: NDArray[np.bool_], least: int) -> "ConditionScales":
        """Take the scales of values, shape (n_frames, n_names), of which some are unknown.

        Parameters
        ----------
        least : frames that must be known, and unknown for the flag to count.
        """
        columns = [_scale(column[~missing], least) for column, missing in zip(values.T, unknown.T, strict=True)]
        counts = unknown.sum(axis=0)
        flagged = np.minimum(counts, len(unknown) - counts) >= least
        means, deviations, lowest, highest = zip(*columns, strict=True) if columns else ((), (), (), ())
        return cls(means, deviations, lowest, highest, tuple(flagged.astype(float).tolist()))


@keras.saving.register_keras_serializable("officers")
class StandardConditions(layers.Layer):  # type: ignore[misc]
    """Maps the input `external` to the same with its conditions on one scale.

    A value becomes (value − mean) / deviation, limited to what training saw and to ten deviations, and 0 where it is
    unknown: there the mean stands for it. A flag of what is unknown stays 0 or 1, and is 0 where training had too few
    of either kind to learn what it means. Without conditions nothing changes.
    """

    def __init__(
        self,
        means: list[float],
        deviations: list[float],
        lowest: list[float],
        highest: list[float],
        flagged: list[float],
        **options: object,
    ) -> None:
        super().__init__(**options)
        self.scales = {
            "means": list(means),
            "deviations": list(deviations),
            "lowest": list(lowest),
            "highest": list(highest),
            "flagged": list(flagged),
        }

    def call(self, external: keras.KerasTensor) -> keras.KerasTensor:
        """Return the external features, same shape (n, n_features)."""
        means, deviations, lowest, highest, flagged = (
            np.array(values, dtype=np.float32) for values in self.scales.values()
        )
        if not len(means):
            return external
        calendar, values, unknown = keras.ops.split(
            external, [len(EXTERNAL_FEATURES), len(EXTERNAL_FEATURES) + len(means)], axis=-1
        )
        known = keras.ops.where(unknown > 0, means, values)
        limited = keras.ops.minimum(keras.ops.maximum(known, lowest), highest)
        return keras.ops.concatenate([calendar, (limited - means) / deviations, unknown * flagged], axis=-1)

    def get_config(self) -> dict[str, object]:
        """Return what the layer is made from."""
        return {**super().get_config(), **self.scales}


def condition_scales(training: TrainingSet) -> ConditionScales:
    """Return what the frames before validation say about each condition of the area; of none without conditions."""
    further = training.reader.calendar.external(training.window_frames)[:, len(EXTERNAL_FEATURES) :]
    values, unknown = np.split(further.astype(np.float64), 2, axis=1)
    return ConditionScales.of_values(values, unknown > 0, LEAST_HOURS * training.reader.calendar.clock.frames_per_hour)


def standard_conditions(scales: ConditionScales) -> StandardConditions:
    """Return the layer of some scales."""
    return StandardConditions(**{name: list(values) for name, values in asdict(scales).items()}, name="conditions")


def _scale(known: NDArray[np.float64], least: int) -> tuple[float, float, float, float]:
    """Return mean, deviation, lowest and highest of a condition's known values."""
    if len(known) < max(least, 1):
        return 0.0, 1.0, 0.0, 0.0
    mean, deviation = float(known.mean()), float(known.std())
    if deviation <= max(LEAST_DEVIATION_SHARE * float(np.abs(known).max()), LEAST_DEVIATION):
        return mean, 1.0, mean, mean
    reach = LARGEST_DEVIATIONS * deviation
    return mean, deviation, max(float(known.min()), mean - reach), min(float(known.max()), mean + reach)
