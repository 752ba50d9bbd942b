"""Days without any record where many were to be expected."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from services.predictor.record_checks.records import Records, date_spans
from services.predictor.record_checks.warning import LEAST_DIFFERENCE, RecordWarning, WarningKind

NEAR_DAYS = 182
"""The rate to expect is that of half a year before and after."""
FALSE_ALARM_PROBABILITY = 1e-4
"""Chance that an import of clean records gives a single warning of this kind."""


def find_silence(records: Records) -> Iterator[RecordWarning]:
    """Find runs of days without records, of a sector or of the whole area.

    A run of n days at a rate of m records a day, whose daily variance is v times its mean, has probability
    exp(-m n / v). A sector is not named for days on which the whole area is silent.
    """
    daily = records.daily_counts
    comparisons = daily.size + daily.shape[1]
    area = daily.sum(axis=0)
    yield from _runs(records, "", area, area == 0, comparisons)
    for name, counts in zip(records.sector_ids, daily, strict=True):
        yield from _runs(records, name, counts, (counts == 0) & (area > 0), comparisons)


def _runs(
    records: Records, name: str, counts: NDArray[np.int64], silent: NDArray[np.bool_], comparisons: int
) -> Iterator[RecordWarning]:
    needed = np.log(comparisons / FALSE_ALARM_PROBABILITY)
    for first, last in date_spans(silent):
        near = np.concatenate([counts[max(0, first - NEAR_DAYS) : first], counts[last + 1 : last + 1 + NEAR_DAYS]])
        if not near.any():
            continue
        rate = float(near.mean())
        scatter = max(1.0, float(near.var()) / rate)
        expected = rate * (last - first + 1)
        if expected / scatter < needed or expected < LEAST_DIFFERENCE:
            continue
        from_date, to_date = records.dates[first], records.dates[last]
        place = f"Sector {name}" if name else "The whole area"
        message = (
            f"{place}: no record from {from_date} to {to_date}, where {expected:.0f} were to be expected from half a "
            "year before and after."
        )
        score = float(np.sqrt(2.0 * expected / scatter))
        yield RecordWarning(WarningKind.NO_RECORDS, name, from_date, to_date, 0.0, expected, score, message)
