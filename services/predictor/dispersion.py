"""How much more counts vary than a Poisson process with the predicted intensities: fitted, stored, drawn."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaincinv, gammaln

from services.predictor.features import ModelInputs
from services.predictor.training_set import TrainingSet

LARGEST_EXCESS = 2.0
LEAST_MEAN = 1e-9
LEAST_SPREAD = 1e-7
"""A negative binomial with less spread than this is a Poisson distribution to every digit that counts."""
FRAMES_PER_BATCH = 24 * 14

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class CountDispersion:
    """Spread of counts around predicted intensities; all zero is a Poisson process.

    Given intensity μ, the calls of cell c in hour h of local day d are a compound Poisson count with mean
    μ_ch · G_d · H_h: the factor G of a day and the factor H of an hour are gamma distributed with mean 1 and shared by
    all cells, and calls come in small groups at one place (logarithmic size), as several records of one event do.
    Totals of a cell, an hour and a day are thus (close to) negative binomial.

    Attributes
    ----------
    day_variance, hour_variance : variances of G and H, at least 0.
    repeat_excess : variance over mean of the calls of a cell and hour, less one, at least 0.
    day_count : days that the figures were fitted on; 0: not fitted.
    """

    day_variance: float = 0.0
    hour_variance: float = 0.0
    repeat_excess: float = 0.0
    day_count: int = 0

    @property
    def mean_group_size(self) -> float:
        """Mean number of calls in a group, −p / ((1 − p) log(1 − p)) of the logarithmic distribution."""
        share = self.group_share
        return 1.0 if share == 0 else -share / ((1 - share) * float(np.log1p(-share)))

    @property
    def group_share(self) -> float:
        """The parameter p of the logarithmic distribution of group sizes: variance over mean is 1 / (1 − p)."""
        return self.repeat_excess / (1.0 + self.repeat_excess)

    def to_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> "CountDispersion":
        """Read what `to_dict` wrote."""
        return cls(
            day_variance=values["day_variance"],
            hour_variance=values["hour_variance"],
            repeat_excess=values["repeat_excess"],
            day_count=int(values["day_count"]),
        )


POISSON = CountDispersion()
"""No more spread than a Poisson process."""


class Predicts(Protocol):
    """A fitted model."""

    def predict(self, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return intensities, shape (n, n_rows, n_columns)."""
        ...


def model_dispersion(training: TrainingSet, model: Predicts) -> CountDispersion:
    """Fit the dispersion to a model's residuals over its whole window, validation days included.

    The residuals of the days that the model was fitted to are slightly too small; those of the few validation days
    alone would leave the variance of days uncertain by a quarter.
    """
    numbers = np.concatenate([training.sample_frames, training.validation_frames])
    parts = [numbers[start : start + FRAMES_PER_BATCH] for start in range(0, len(numbers), FRAMES_PER_BATCH)]
    intensities = np.concatenate([model.predict(training.reader.read(training.frames, part)) for part in parts])
    clock = training.reader.calendar.clock
    local = clock.local_times(numbers)
    days = np.asarray(local.tz_localize(None).normalize().to_numpy(), dtype="datetime64[D]").astype(np.int64)
    hours = numbers // clock.frames_per_hour
    return fit_dispersion(training.frames.at(numbers), intensities, days, hours)


def fit_dispersion(
    counts: NDArray[np.floating], intensities: NDArray[np.floating], days: NDArray[np.int64], hours: NDArray[np.int64]
) -> CountDispersion:
    """Fit by maximum likelihood, from cells to hours and days: a wider total explains what is left over.

    Parameters
    ----------
    counts, intensities : recorded and predicted incidents, shape (n_frames, n_rows, n_columns).
    days, hours : number of the local day and of the hour of each frame, shape (n_frames,).

    Returns
    -------
    The dispersion. Total counts are brought to the predicted level first: a wrong level is no dispersion.
    """
    recorded_total, expected_total = (float(values.sum(dtype=np.float64)) for values in (counts, intensities))
    level = recorded_total / max(expected_total, LEAST_MEAN)
    cell_counts = _totals(counts.reshape(len(counts), -1), hours)
    cell_means = _totals(intensities.reshape(len(counts), -1), hours)
    cell_excess = _cell_excess(cell_counts, cell_means, level)
    # What a cell varies more because all cells vary together: its mean (weighted by calls) times the shared variance.
    shared_mean = level * float(np.sum(np.square(cell_means), dtype=np.float64)) / max(expected_total, LEAST_MEAN)
    city_counts = counts.sum(axis=(1, 2), dtype=np.float64)
    city_means = np.maximum(intensities.sum(axis=(1, 2), dtype=np.float64) * level, LEAST_MEAN)

    def variance(numbers: NDArray[np.int64], excess: float) -> float:
        totals, means = (_totals(values, numbers).astype(np.float64) for values in (city_counts, city_means))
        return _likeliest(lambda value: _log_likelihood(totals, means, excess, value))

    repeat_excess = max(0.0, cell_excess - shared_mean * variance(hours, cell_excess))
    day_variance, total_variance = variance(days, repeat_excess), variance(hours, repeat_excess)
    hour_variance = max(0.0, (1 + total_variance) / (1 + day_variance) - 1)
    return CountDispersion(day_variance, hour_variance, repeat_excess, len(np.unique(days)))


def _cell_excess(counts: NDArray[np.floating], means: NDArray[np.floating], level: float) -> float:
    """Fit variance over mean less one of cells; cells without calls, nearly all of them, count by their mean only."""
    seen = counts > 0
    recorded, expected = counts[seen].astype(np.float64), np.maximum(means[seen] * level, LEAST_MEAN)
    calls = float(recorded.sum())

    def log_likelihood(excess: float) -> float:
        spread = max(excess, LEAST_SPREAD)
        sizes = expected / spread
        logs = gammaln(recorded + sizes) - gammaln(sizes)
        return float(logs.sum() + calls * (np.log(spread / (1 + spread)) - np.log1p(spread) / spread))

    return _likeliest(log_likelihood)


def draw_factors(variance: float, uniforms: FloatArray) -> FloatArray:
    """Return gamma factors with mean 1 at the given quantiles, ones where the variance is (next to) none."""
    if variance < LEAST_SPREAD:
        return np.ones_like(uniforms)
    return np.asarray(gammaincinv(1.0 / variance, uniforms) * variance)


def _totals(values: NDArray[np.floating], numbers: NDArray[np.int64]) -> NDArray[np.floating]:
    """Sum over the frames of each number, which come one after the other."""
    starts = np.concatenate([[0], 1 + np.nonzero(np.diff(numbers))[0]])
    return np.asarray(np.add.reduceat(values, starts, axis=0))


def _log_likelihood(counts: FloatArray, means: FloatArray, excess: float, variance: float) -> float:
    """Log-likelihood of negative binomial counts with variance μ · (1 + excess) + variance · μ², but for a constant."""
    spread = np.maximum(excess + variance * means, LEAST_SPREAD)
    sizes = means / spread
    logs = gammaln(counts + sizes) - gammaln(sizes) - sizes * np.log1p(spread) + counts * np.log(spread / (1 + spread))
    return float(logs.sum())


def _likeliest(log_likelihood: Callable[[float], float]) -> float:
    """Return the value from 0 to 2 with the highest likelihood; searched by its square root, fine around 0."""
    found = minimize_scalar(
        lambda root: -log_likelihood(root**2), bounds=(0.0, np.sqrt(LARGEST_EXCESS)), method="bounded"
    )
    best = float(found.x) ** 2
    return best if log_likelihood(best) > log_likelihood(0.0) else 0.0
