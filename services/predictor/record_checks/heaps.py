"""Records heaped on times and dates that often stand for "unknown"."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from services.predictor.record_checks.records import Records
from services.predictor.record_checks.warning import LEAST_DIFFERENCE, SCORE_THRESHOLD, RecordWarning, WarningKind

HOURS_PER_DAY = 24
MINUTES_PER_HOUR = 60
UNKNOWN_HOURS = (0, 12)
MONTH_RATIO = 1.25
NEW_YEAR_RATIO = 1.5
"""More is asked of New Year, which is a busy night in truth too."""
UNKNOWN_HOUR_RATIO = 1.25
"""Of midnight and noon, which systems write where the time is unknown."""
HOUR_RATIO = 1.4
MINUTE_RATIO = 2.0


def find_heaps(records: Records) -> Iterator[RecordWarning]:
    """Find heaps on the first of a month, New Year, an hour of the day, and the minutes of quarter hours."""
    yield from _date_heaps(records)
    yield from _hour_heaps(records)
    if records.has_minutes:
        yield from _minute_heaps(records)


def _date_heaps(records: Records) -> Iterator[RecordWarning]:
    """Compare firsts of months with all other days."""
    counts = records.daily_counts.sum(axis=0)
    first = np.array([day.day == 1 for day in records.dates])
    new_year = np.array([(day.month, day.day) == (1, 1) for day in records.dates])
    others = counts[~first]
    if not others.any():
        return
    scatter = max(1.0, float(others.var() / others.mean()))
    cases = (
        (first & ~new_year, "on firsts of other months than January", MONTH_RATIO),
        (new_year, "on New Year's days", NEW_YEAR_RATIO),
    )
    for chosen, title, ratio in cases:
        expected = float(others.mean() * chosen.sum())
        yield from _heap(records, title, "on as many other days", float(counts[chosen].sum()), expected, scatter, ratio)


def _hour_heaps(records: Records) -> Iterator[RecordWarning]:
    """Compare every hour of the day with the hours beside it; where minutes are recorded, on the full hour only."""
    chosen = records.minutes == 0 if records.has_minutes else np.ones(len(records.hours), dtype=bool)
    counts = np.bincount(records.hours[chosen], minlength=HOURS_PER_DAY)
    exactly = "exactly at" if records.has_minutes else "in the hour"
    for hour in range(HOURS_PER_DAY):
        expected = float(counts[hour - 1] + counts[(hour + 1) % HOURS_PER_DAY]) / 2
        title = f"{exactly} {hour:02d}:00"
        ratio = UNKNOWN_HOUR_RATIO if hour in UNKNOWN_HOURS else HOUR_RATIO
        yield from _heap(records, title, "in the hours beside it", float(counts[hour]), expected, 1.5, ratio)


def _minute_heaps(records: Records) -> Iterator[RecordWarning]:
    """Compare the minutes of quarter hours with the minutes that people do not round to."""
    counts = np.bincount(records.minutes, minlength=MINUTES_PER_HOUR)
    odd: NDArray[np.int64] = np.flatnonzero(np.arange(MINUTES_PER_HOUR) % 5)
    expected = float(counts[odd].mean())
    titles = {0: "on the full hour", 15: "on the quarter past", 30: "on the half hour", 45: "on the quarter to"}
    for minute, title in titles.items():
        comparison = "on minutes that nobody rounds to"
        yield from _heap(records, title, comparison, float(counts[minute]), expected, 1.0, MINUTE_RATIO)


def _heap(
    records: Records, title: str, comparison: str, recorded: float, expected: float, scatter: float, least_ratio: float
) -> Iterator[RecordWarning]:
    """Warn where far more is recorded than expected; `scatter` is the variance of such counts over their mean."""
    score = (recorded - expected) / np.sqrt(scatter * max(expected, 1.0))
    enough = recorded - expected >= LEAST_DIFFERENCE and recorded >= least_ratio * expected
    if score < SCORE_THRESHOLD or not enough:
        return
    share = recorded / len(records.days)
    message = (
        f"{recorded:.0f} records ({share:.1%}) {title}, {expected:.0f} if there were as many as {comparison}; they may "
        "stand for unknown times."
    )
    yield RecordWarning(
        WarningKind.HEAP, "", records.dates[0], records.dates[-1], recorded, expected, float(score), message
    )
