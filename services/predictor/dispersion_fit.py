"""Fits how much more counts vary than Poisson counts, from a model's residuals."""

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from services.predictor.dispersion import (
    LEAST_SPREAD,
    CountDispersion,
    FloatArray,
    IntArray,
    Stretches,
    season_factors,
)
from services.predictor.dispersion_totals import firsts, likeliest, log_likelihoods, starts, totals
from services.predictor.factor_fit import City, fit_block_parts, fit_factors
from services.predictor.features import ModelInputs
from services.predictor.planned_frames import predict_ahead, predict_planned
from services.predictor.season_fit import fit_season
from services.predictor.training_set import TrainingSet
from serving.work import never_stop

FITTED_DAYS_COUNT_AS = 30.0
LEAST_MEAN = 1e-9
LEAST_SEASON_DAYS = 300
"""Fitted days below which nothing is said of seasons: a year's, less validation and what features need before it."""
LEAST_EXPECTED = 20.0
"""Incidents expected of a day from which on a day without any has lost its records."""
BATCH_BYTES = 128 * 1024 * 1024
BYTES_PER_CELL = 4 * 48
"""What the features of a cell and frame take, at most about."""


class Predicts(Protocol):
    """A fitted model."""

    def predict(self, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return intensities, shape (n, n_rows, n_columns)."""
        ...


def model_dispersion(training: TrainingSet, model: Predicts) -> CountDispersion:
    """Fit the dispersion to a model's residuals: those of the validation days, steadied by those of the days before.

    Scenarios are drawn before a shift begins, so the intensities are those of a model that has not seen the latest
    frames: what a day has in common then is spread, not something known. The residuals of the days that a model was
    fitted to are too small, those of a few validation days leave the variance of days uncertain (by a quarter with 28
    of them): the days before count as 30 days in all. Which season varies more is taken from the days before alone,
    where they are 300 or more: the validation days are of one season. All days tell alike which part of the day varies
    more. Days whose records are lost or left out are
    passed over.
    """
    numbers = np.concatenate([training.sample_frames, training.validation_frames])
    size = int(np.clip(BATCH_BYTES // (BYTES_PER_CELL * training.frames.counts[0].size), 24, 24 * 56))
    asked = training.reader, training.frames, numbers
    expected = predict_ahead(*asked, model.predict, size, never_stop)
    intensities = predict_planned(*asked, expected, model.predict, size)
    recorded = training.frames.at(numbers)
    stretches = Stretches.of(training.reader.calendar.clock.local_times(numbers))
    kept = ~lost_days(recorded.sum(axis=(1, 2)), intensities.sum(axis=(1, 2)), stretches.days)
    fitted = int(kept[: len(training.sample_frames)].sum())
    fitted_days = fitted / training.frames.frames_per_day
    weights = np.ones(int(kept.sum()))
    weights[:fitted] = min(1.0, FITTED_DAYS_COUNT_AS / max(fitted_days, 1.0))
    seasonal = fitted if fitted_days >= LEAST_SEASON_DAYS else 0
    return fit_dispersion(recorded[kept], intensities[kept], stretches.where(kept), weights, seasonal)


def lost_days(recorded: NDArray[np.floating], expected: NDArray[np.floating], days: IntArray) -> NDArray[np.bool_]:
    """Return which frames are of a day without a record where many were expected, shape (n,).

    Parameters
    ----------
    recorded, expected : incidents of the whole area per frame, shape (n,).
    days : of the frames, one after the other, shape (n,).
    """
    lost = (totals(recorded, days) == 0) & (totals(expected, days) >= LEAST_EXPECTED)
    return np.asarray(np.repeat(lost, np.diff([*starts(days), len(days)])))


def fit_dispersion(
    counts: NDArray[np.floating],
    intensities: NDArray[np.floating],
    stretches: Stretches,
    weights: FloatArray | None = None,
    seasonal_frames: int = 0,
) -> CountDispersion:
    """Fit by maximum likelihood: the spread of cells, the seasons and parts of the day, then hours, blocks and days.

    Parameters
    ----------
    counts, intensities : recorded and predicted incidents, shape (n_frames, n_rows, n_columns).
    stretches : what the frames belong to, one after the other.
    weights : what the log-likelihood of each frame's totals counts, shape (n_frames,), but for seasons and parts of the
        day, which are patterns: all frames tell them alike. By default 1.
    seasonal_frames : how many frames, from the first on, tell the seasons; 0: all seasons are alike.

    Returns
    -------
    The dispersion. Total counts are brought to the predicted level first: a wrong level is no dispersion.
    """
    weights = np.ones(len(counts)) if weights is None else weights
    recorded_total, expected_total = (float(values.sum(dtype=np.float64)) for values in (counts, intensities))
    level = recorded_total / max(expected_total, LEAST_MEAN)
    cell_counts = totals(counts.reshape(len(counts), -1), stretches.hours)
    cell_means = totals(intensities.reshape(len(counts), -1), stretches.hours)
    hour_weights = firsts(weights, stretches.hours)
    cell_excess = _cell_excess(cell_counts, cell_means * level, hour_weights)
    # What a cell varies more because all cells vary together: its mean (weighted by calls) times the shared variance.
    shared_mean = level * float(np.sum(np.square(cell_means), dtype=np.float64)) / max(expected_total, LEAST_MEAN)
    city_counts = counts.sum(axis=(1, 2), dtype=np.float64)
    city_means = np.maximum(intensities.sum(axis=(1, 2), dtype=np.float64) * level, LEAST_MEAN)
    city = City(city_counts, city_means, stretches, weights, np.ones(len(counts)))
    hourly = [totals(values, stretches.hours).astype(np.float64) for values in (city_counts, city_means)]
    shared = likeliest(lambda value: float(hour_weights @ log_likelihoods(hourly[0], hourly[1], cell_excess, value)))
    repeat_excess = max(0.0, cell_excess - shared_mean * shared)
    seasonal = city_counts[:seasonal_frames], city_means[:seasonal_frames], stretches.first(seasonal_frames)
    cosine, sine = fit_season(*seasonal, repeat_excess)
    city = replace(city, seasons=season_factors(stretches.days, cosine, sine))
    factors = fit_factors(city, repeat_excess, fit_block_parts(city, repeat_excess))
    day_count = len(np.unique(stretches.days))
    return CountDispersion(
        repeat_excess=repeat_excess, day_count=day_count, season_cosine=cosine, season_sine=sine, **vars(factors)
    )


def _cell_excess(counts: NDArray[np.floating], means: NDArray[np.floating], weights: FloatArray) -> float:
    """Fit variance over mean less one of cells; cells without calls, nearly all of them, count by their mean only."""
    seen = counts > 0
    recorded, expected = counts[seen].astype(np.float64), np.maximum(means[seen].astype(np.float64), LEAST_MEAN)
    seen_weights = weights[np.nonzero(seen)[0]]
    calls = float(seen_weights @ recorded)
    expected_calls = float(weights @ means.sum(axis=1, dtype=np.float64))

    def log_likelihood(excess: float) -> float:
        spread = max(excess, LEAST_SPREAD)
        sizes = expected / spread
        logs = gammaln(recorded + sizes) - gammaln(sizes)
        return float(
            seen_weights @ logs + calls * np.log(spread / (1 + spread)) - expected_calls * np.log1p(spread) / spread
        )

    return likeliest(log_likelihood)
