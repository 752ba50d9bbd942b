"""What a fitted model predicts for the validation days, a week at a time so that little memory is needed."""

import numpy as np
from numpy.typing import NDArray

from services.predictor.expected_deviance import expected_deviance
from services.predictor.models import FittedModel
from services.predictor.scores import mean_poisson_deviance, pearson_dispersion, rmse
from services.predictor.training_set import TrainingSet

FRAMES_AT_ONCE = 168

DEVIANCE = "validation_mean_poisson_deviance"
EXPECTED_DEVIANCE = "validation_expected_deviance"
EXPECTED_DEVIANCE_ERROR = "validation_expected_deviance_error"
ACTUAL_COUNT = "validation_actual_count"
PREDICTED_COUNT = "validation_predicted_count"
DAILY_DISPERSION = "validation_daily_dispersion"

Figures = tuple[tuple[str, float], ...]


def predict_validation(training: TrainingSet, model: FittedModel) -> NDArray[np.float32]:
    """Return the intensities of the validation frames, shape (n_frames, n_rows, n_columns)."""
    numbers = training.validation_frames
    chunks = (numbers[start : start + FRAMES_AT_ONCE] for start in range(0, len(numbers), FRAMES_AT_ONCE))
    return np.concatenate([model.predict(training.reader.read(training.frames, chunk)) for chunk in chunks])


def validation_deviance(training: TrainingSet, predicted: NDArray[np.float32]) -> float:
    """Return the mean Poisson deviance per cell and frame of the validation days."""
    return mean_poisson_deviance(training.frames.at(training.validation_frames), predicted)


def validation_figures(training: TrainingSet, predicted: NDArray[np.float32]) -> Figures:
    """Return error, level and dispersion on the validation days, by name."""
    recorded = training.frames.at(training.validation_frames)
    per_frame = recorded.sum(axis=(1, 2), dtype=np.float64), predicted.sum(axis=(1, 2), dtype=np.float64)
    hourly = [_totals(values, training.reader.calendar.clock.frames_per_hour) for values in per_frame]
    daily = [_totals(values, training.frames.frames_per_day) for values in per_frame]
    expected = expected_deviance(predicted)
    return (
        (EXPECTED_DEVIANCE, expected.mean),
        (EXPECTED_DEVIANCE_ERROR, expected.standard_error),
        ("validation_rmse", rmse(recorded, predicted)),
        (ACTUAL_COUNT, float(per_frame[0].sum())),
        (PREDICTED_COUNT, float(per_frame[1].sum())),
        ("validation_hourly_dispersion", pearson_dispersion(hourly[0], hourly[1])),
        (DAILY_DISPERSION, pearson_dispersion(daily[0], daily[1])),
    )


def _totals(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the sums of so many values each; the last may have fewer."""
    totals: NDArray[np.float64] = np.add.reduceat(values, np.arange(0, len(values), size))
    return totals
