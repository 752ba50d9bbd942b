"""Fits mobilisation and driving minutes to recorded response times.

A response is taken as m + f_h · x + noise: m minutes until the car drives off, x driving minutes from the centre of the
call's sector, f_h the factor of the local hour. Which car answered is not known, so that x is measured with error, and
the slope of response on x is too flat by an unknown amount. The level of the factors is only known to lie between that
slope and the one of the reverse regression (Frisch 1934, Statistical Confluence Analysis); of these levels the nearest
to 1 is taken. Where driving minutes explain the responses well the two are close and the level is free; where they
explain little, m takes up the difference and the factors keep to the differences between hours.

Noise has a long tail of calls that waited: records far off count less (Huber 1964, with k = 1.345).
"""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import FloatArray, IntArray
from services.demand.travel.pace import HOURS_PER_DAY, LEAST_FACTOR, MOST_FACTOR, Pace

LEAST_RECORDS = 300
PSEUDO_RECORDS = 30.0
"""What is known without records counts as this many: no change behind the level, the level behind an hour."""
HUBER_K = 1.345
LEAST_SPREAD_MINUTES = 1e-3
MOST_ROUNDS = 200
TOLERANCE = 1e-7
LEAST_CHANGE, MOST_CHANGE = 0.2, 5.0
MOST_MOBILISATION_MINUTES = 60.0


@dataclass(frozen=True, eq=False)
class ResponseRecords:
    """Recorded responses; every array of shape (n,).

    Parameters
    ----------
    response_minutes
        From the call to the arrival of the first car.
    drive_minutes
        From the centre of the call's sector, at an even pace.
    local_hours
        Local hour of the day of the call.
    urgent_only
        Whether only urgent calls are among them.
    unreached_count
        Records left out because no road leads to them.
    """

    response_minutes: FloatArray
    drive_minutes: FloatArray
    local_hours: IntArray
    urgent_only: bool = False
    unreached_count: int = 0

    @property
    def count(self) -> int:
        """Number of records."""
        return len(self.response_minutes)

    def median_error_minutes(self, pace: Pace) -> float:
        """Return the middle of |recorded - computed| response; NaN without records."""
        computed = pace.mobilisation_minutes + pace.factors(self.local_hours) * self.drive_minutes
        return float(np.median(np.abs(self.response_minutes - computed))) if self.count else float("nan")


@dataclass(frozen=True)
class Calibration:
    """A pace and the records that it was fitted on; where `used` is false there were too few, and it is as it was."""

    pace: Pace
    used: bool
    record_count: int
    urgent_only: bool
    unreached_count: int
    median_error_before_minutes: float
    median_error_minutes: float


def calibrate(records: ResponseRecords, pace: Pace) -> Calibration:
    """Fit a pace that departs from the given one as far as the records demand it.

    Fewer than 300 records leave the pace as it is. The fitted change of an hour is drawn towards that of the day as if
    by 30 more records, and that of the day towards none in the same way.

    Parameters
    ----------
    pace
        What the area says itself; its mobilisation counts where there are too few records.
    """
    enough = records.count >= LEAST_RECORDS
    fitted = _fit(records, pace) if enough else pace
    return Calibration(
        pace=fitted,
        used=enough,
        record_count=records.count,
        urgent_only=records.urgent_only,
        unreached_count=records.unreached_count,
        median_error_before_minutes=records.median_error_minutes(pace),
        median_error_minutes=records.median_error_minutes(fitted),
    )


def _fit(records: ResponseRecords, pace: Pace) -> Pace:
    """Alternate between the weights of records, the level with mobilisation, and the hours, until all stand still."""
    response, hours = records.response_minutes, records.local_hours
    drive = records.drive_minutes * pace.factors(hours)
    changes, mobilisation = np.ones(HOURS_PER_DAY), min(float(np.median(response)), MOST_MOBILISATION_MINUTES)
    if not drive.any():
        return Pace(mobilisation, pace.hour_factors)
    weights = np.ones(records.count)
    for _ in range(MOST_ROUNDS):
        level, then_mobilisation = _fit_level(response, _levelled(drive, changes[hours], weights), hours, weights)
        then = _fit_hours(response - then_mobilisation, drive, hours, weights, level)
        moved = max(float(np.abs(then - changes).max()), abs(then_mobilisation - mobilisation))
        changes, mobilisation = then, then_mobilisation
        weights = _huber_weights(response - mobilisation - changes[hours] * drive)
        if moved < TOLERANCE:
            break
    factors = (changes * np.array(pace.hour_factors)).clip(LEAST_FACTOR, MOST_FACTOR)
    return Pace(mobilisation, tuple(factors.tolist()))


def _huber_weights(residuals: FloatArray) -> FloatArray:
    reach = HUBER_K * max(1.4826 * float(np.median(np.abs(residuals))), LEAST_SPREAD_MINUTES)
    return reach / np.maximum(np.abs(residuals), reach)


def _levelled(drive: FloatArray, change: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the driving minutes with the differences between hours, but as many on the whole as before."""
    return drive * change * np.average(drive, weights=weights) / np.average(drive * change, weights=weights)


def _fit_level(response: FloatArray, drive: FloatArray, hours: IntArray, weights: FloatArray) -> tuple[float, float]:
    """Return the level of the factors and the minutes before a car drives off."""
    level = _shrunk_level(_nearest_level(response, drive, hours, weights), weights)
    mean_response, mean_drive = np.average(response, weights=weights), np.average(drive, weights=weights)
    mobilisation = float(mean_response - level * mean_drive)
    if 0 <= mobilisation <= MOST_MOBILISATION_MINUTES:
        return level, mobilisation
    mobilisation = min(max(mobilisation, 0.0), MOST_MOBILISATION_MINUTES)
    return _shrunk_level(float((mean_response - mobilisation) / mean_drive), weights), mobilisation


def _nearest_level(response: FloatArray, drive: FloatArray, hours: IntArray, weights: FloatArray) -> float:
    """Return what is nearest to 1 between the slope of response on drive and the reverse one, both within hours."""
    response, drive = _within_hours(response, hours, weights), _within_hours(drive, hours, weights)
    both, drive_square = float(weights @ (response * drive)), float(weights @ drive**2)
    if both <= 0:
        return 1.0
    slopes = both / drive_square, float(weights @ response**2) / both
    return min(max(1.0, min(slopes)), max(slopes))


def _within_hours(values: FloatArray, hours: IntArray, weights: FloatArray) -> FloatArray:
    """Return values less the mean of their hour."""
    totals, sums = (np.bincount(hours, each, HOURS_PER_DAY) for each in (weights, weights * values))
    means = sums / np.where(totals > 0, totals, 1.0)
    return values - means[hours]


def _shrunk_level(level: float, weights: FloatArray) -> float:
    level = min(max(level, LEAST_CHANGE), MOST_CHANGE)
    return (len(weights) * level + PSEUDO_RECORDS) / (len(weights) + PSEUDO_RECORDS)


def _fit_hours(
    driving: FloatArray, drive: FloatArray, hours: IntArray, weights: FloatArray, level: float
) -> FloatArray:
    """Return what driving minutes of each hour are multiplied by, shape (24,): ratios of sums, drawn to the level.

    Parameters
    ----------
    driving
        Recorded responses less mobilisation.
    """
    counts = np.bincount(hours, minlength=HOURS_PER_DAY)
    driven, expected = (np.bincount(hours, weights * each, HOURS_PER_DAY) for each in (driving, drive))
    ratios = np.divide(driven, expected, out=np.full(HOURS_PER_DAY, level), where=expected > 0)
    ratios = ratios.clip(LEAST_CHANGE, MOST_CHANGE)
    changes: FloatArray = (counts * ratios + PSEUDO_RECORDS * level) / (counts + PSEUDO_RECORDS)
    return changes
