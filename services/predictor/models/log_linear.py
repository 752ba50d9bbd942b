"""Rhythms of the week corrected by Poisson regression on recent counts, level and calendar."""

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from services.predictor.correction_features import FEATURES, LINEAR_FEATURES, feature_inputs
from services.predictor.correction_rows import CorrectionRows, correction_rows, feature_layer
from services.predictor.residual_network import FittedNetwork
from services.predictor.standard_conditions import condition_scales, standard_conditions
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.weekly_map import WeeklyMap
from services.predictor.weekly_table import weekly_table

PENALTY = 100.0
"""Inverse variance of the normal prior on each coefficient of a feature of variance 1."""
NEWTON_STEPS = 12
LARGEST_LOG_FACTOR = 2.0
LEAST_DEVIATION = 1e-6
NO_INCIDENT = "no incident in the frames to learn from, no correction of the weekly table"


@keras.saving.register_keras_serializable("officers")
class LogLinearFactor(layers.Layer):  # type: ignore[misc]
    """Maps features to the factor exp(intercept + Σ coefficient · feature), within e^-2 and e^2."""

    def __init__(self, intercept: float, coefficients: list[float], **options: object) -> None:
        super().__init__(**options)
        self.intercept, self.coefficients = intercept, coefficients

    def call(self, features: keras.KerasTensor) -> keras.KerasTensor:
        """Return the factors, shape (n, n_rows, n_columns)."""
        coefficients = np.array(self.coefficients, dtype=np.float32)
        logs = self.intercept + keras.ops.matmul(features, coefficients[:, None])[..., 0]
        return keras.ops.exp(keras.ops.clip(logs, -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR))

    def values(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the factors of rows of features, shape (n,), from shape (n, n_features)."""
        logs = self.intercept + features.astype(np.float64) @ np.array(self.coefficients)
        return np.asarray(np.exp(np.clip(logs, -LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR)))

    def get_config(self) -> dict[str, object]:
        """Return what the layer is made from."""
        return {**super().get_config(), "intercept": self.intercept, "coefficients": self.coefficients}


class LogLinear:
    """The weekly table times a log-linear factor of recent means, latest counts, level and rare days."""

    can_win = True
    core_seconds = 2.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        rows = correction_rows(training, watch)
        if not rows.targets.any():
            watch.report(1.0, NO_INCIDENT)
        return corrected_network(training, linear_factor(rows))


def linear_factor(rows: CorrectionRows) -> LogLinearFactor:
    """Return the log-linear factor that makes rows the likeliest; 1 where no row has an incident: nothing corrects."""
    if not rows.targets.any():
        return LogLinearFactor(0.0, [0.0] * rows.features.shape[1], name="linear_factor")
    columns = linear_columns(rows.features.shape[1])
    intercept, coefficients = poisson_regression(
        rows.features[:, columns].astype(np.float64), rows.targets, rows.weights, PENALTY
    )
    spread = np.zeros(rows.features.shape[1])
    spread[columns] = coefficients
    return LogLinearFactor(intercept, spread.tolist(), name="linear_factor")


def corrected_network(training: TrainingSet, *factors: layers.Layer) -> FittedNetwork:
    """Return the weekly table of the window times factors of the features."""
    table = weekly_table(training, training.window_frames)
    spec = training.reader.spec
    inputs = feature_inputs(spec.closeness_frames, training.reader.calendar.external_count, table.shape[1:])
    external = standard_conditions(condition_scales(training))(inputs["external"])
    features = feature_layer(training, table, "features")({**inputs, "external": external})
    intensity = WeeklyMap.of_table(table, "weekly_map")(inputs["hour_of_week"])
    for factor in factors:
        intensity = intensity * factor(features)
    return FittedNetwork(keras.Model(inputs, {"intensity": intensity}))


def linear_columns(feature_count: int) -> NDArray[np.int64]:
    """Return the features that a log-linear factor uses: `LINEAR_FEATURES` and the area's own external ones."""
    return np.concatenate([np.arange(len(LINEAR_FEATURES)), np.arange(len(FEATURES), feature_count)])


def poisson_regression(
    features: NDArray[np.float64], targets: NDArray[np.float64], weights: NDArray[np.float64], penalty: float
) -> tuple[float, NDArray[np.float64]]:
    """Maximise Σ weight · (target · η − e^η) − penalty / 2 · Σ (coefficient · deviation)², η linear in the features.

    Newton's method; the coefficient of a feature that hardly varies is zero.

    Returns
    -------
    The intercept and the coefficients, shape (n_features,).
    """
    means = np.average(features, axis=0, weights=weights)
    deviations = np.sqrt(np.average(np.square(features - means), axis=0, weights=weights))
    varying = deviations > LEAST_DEVIATION
    scaled = np.column_stack([np.ones(len(features)), (features[:, varying] - means[varying]) / deviations[varying]])
    ridge = np.diag([LEAST_DEVIATION, *np.full(int(varying.sum()), penalty)])
    solution = np.zeros(scaled.shape[1])
    solution[0] = np.log(max(float(np.average(targets, weights=weights)), LEAST_DEVIATION))
    for _ in range(NEWTON_STEPS):
        fitted = np.exp(np.clip(scaled @ solution, -10.0, 10.0))
        gradient = scaled.T @ (weights * (targets - fitted)) - ridge @ solution
        solution = solution + np.linalg.solve((scaled * (weights * fitted)[:, None]).T @ scaled + ridge, gradient)
    coefficients = np.zeros(features.shape[1])
    coefficients[varying] = solution[1:] / deviations[varying]
    return float(solution[0] - coefficients @ means), coefficients


MODEL = LogLinear()
