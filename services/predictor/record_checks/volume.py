"""A sector's weekly volume against its own past and the other sectors."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.record_checks.records import Records, date_spans
from services.predictor.record_checks.warning import LEAST_DIFFERENCE, SCORE_THRESHOLD, RecordWarning, WarningKind
from services.predictor.record_checks.windows import (
    REFERENCE_WEEKS,
    Counts,
    reference_weeks,
    robust_scale,
    signed_roots,
    window_sums,
)

WINDOW_WEEKS = (1, 6)
"""A single odd week, and a level that stays."""
LEAST_RATIO = 1.5
LEAST_OTHERS = 2
"""Sectors that must stay to compare with."""


def find_volume_jumps(records: Records) -> Iterator[RecordWarning]:
    """Find sectors whose share of the area's records jumps within a week or over six weeks.

    The expected count of a window is the sector's count in the 12 weeks before, changed as the other sectors changed.
    Where several sectors jump in the same window, the clearest is judged first and taken out of the others.
    """
    weekly = records.weekly(records.daily_counts)
    told: list[tuple[int, int, int]] = []
    for width in WINDOW_WEEKS:
        if len(weekly) < 2 or weekly.shape[1] < REFERENCE_WEEKS + width:
            continue
        judged = _judge(weekly, width)
        for sector, flags in enumerate(judged.jumps):
            for first, last in date_spans(flags):
                start, end = REFERENCE_WEEKS + first, REFERENCE_WEEKS + last + width - 1
                if any(sector == known and start <= until and since <= end for known, since, until in told):
                    continue  # told already by the shorter window
                told.append((sector, start, end))
                best = first + int(np.argmax(np.abs(judged.scores[sector, first : last + 1])))
                yield _warning(records, judged, sector, best, width)


@dataclass(frozen=True)
class _Judged:
    """Recorded and expected counts and scores, shape (n_sectors, n_windows)."""

    recorded: Counts
    expected: Counts
    scores: Counts

    @property
    def jumps(self) -> NDArray[np.bool_]:
        """Which differences are large in every way."""
        high, low = np.maximum(self.recorded, self.expected), np.minimum(self.recorded, self.expected)
        return np.asarray(
            (np.abs(self.scores) >= SCORE_THRESHOLD) & (high - low >= LEAST_DIFFERENCE) & (high >= LEAST_RATIO * low)
        )


def _judge(weekly: NDArray[np.int64], width: int) -> _Judged:
    """Compare every sector with the others, leaving out of the others whatever has turned out to be odd."""
    recorded = window_sums(weekly, width)
    before = np.stack([_before(weekly, sector, width) for sector in range(len(weekly))])
    usable = np.ones_like(recorded)
    judged = _compare(recorded, before, usable, 1.0)
    scale = robust_scale(judged.scores[judged.expected >= LEAST_DIFFERENCE])
    while True:
        judged = _compare(recorded, before, usable, scale)
        fresh = judged.jumps & (usable > 0) & (usable.sum(axis=0) > LEAST_OTHERS)
        if not fresh.any():
            return judged
        clearest = np.argmax(np.where(fresh, np.abs(judged.scores), -1.0), axis=0)
        columns = np.flatnonzero(fresh.any(axis=0))
        usable[clearest[columns], columns] = 0.0


def _before(weekly: NDArray[np.int64], sector: int, width: int) -> Counts:
    """Sum every sector over the reference weeks chosen for one sector, shape (n_sectors, n_windows)."""
    rest = weekly.sum(axis=0) - weekly[sector]
    kept = reference_weeks(weekly[sector], rest, width)
    return np.asarray(weekly[:, kept].sum(axis=-1), dtype=np.float64)


def _compare(recorded: Counts, before: Counts, usable: Counts, scale: float) -> _Judged:
    """Compare with the usable others; `before` has shape (n_sectors, n_sectors, n_windows)."""
    own_before = np.einsum("iiw->iw", before)
    rest = (recorded * usable).sum(axis=0) - recorded * usable
    rest_before = np.einsum("ijw,jw->iw", before, usable) - own_before * usable
    factor = np.divide(rest, rest_before, out=np.ones_like(rest), where=rest_before > 0)
    return _Judged(recorded, own_before * factor, signed_roots(recorded, rest, own_before, rest_before) / scale)


def _warning(records: Records, judged: _Judged, sector: int, window: int, width: int) -> RecordWarning:
    recorded, expected = float(judged.recorded[sector, window]), float(judged.expected[sector, window])
    score = float(judged.scores[sector, window])
    from_date, to_date = records.week_dates(REFERENCE_WEEKS + window, REFERENCE_WEEKS + window + width - 1)
    name = records.sector_ids[sector]
    message = (
        f"Sector {name}: {recorded:.0f} records from {from_date} to {to_date}, where its {REFERENCE_WEEKS} weeks "
        f"before and the other sectors lead to expect {expected:.0f}."
    )
    return RecordWarning(WarningKind.VOLUME, name, from_date, to_date, recorded, expected, abs(score), message)
