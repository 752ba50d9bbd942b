"""The share of urgent and of officer-initiated records, by sector and in the whole area."""

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

WINDOW_WEEKS = 4
LEAST_SHARE_DIFFERENCE = 0.10
TITLES = {WarningKind.URGENT_SHARE: "urgent", WarningKind.OFFICER_SHARE: "officer-initiated"}


def find_share_jumps(records: Records) -> Iterator[RecordWarning]:
    """Find four weeks in which a share differs from that of the 12 weeks before by ten points or more.

    A sector is not named for weeks in which the share of the whole area jumps.
    """
    yield from _find(records, WarningKind.URGENT_SHARE, records.urgent)
    if records.officer is not None:
        yield from _find(records, WarningKind.OFFICER_SHARE, records.officer)


@dataclass(frozen=True)
class _Shares:
    """Counts of chosen records and of all, and scores, shape (n_windows,)."""

    chosen: Counts
    everything: Counts
    share_before: Counts
    scores: Counts

    @property
    def jumps(self) -> NDArray[np.bool_]:
        """Which differences are large in every way."""
        expected = self.everything * self.share_before
        difference = np.abs(self.chosen - expected)
        return np.asarray(
            (np.abs(self.scores) >= SCORE_THRESHOLD)
            & (difference >= LEAST_DIFFERENCE)
            & (difference >= LEAST_SHARE_DIFFERENCE * self.everything)
        )


def _find(records: Records, kind: WarningKind, flags: NDArray[np.bool_]) -> Iterator[RecordWarning]:
    chosen = records.weekly(records.count_days(flags))
    others = records.weekly(records.daily_counts) - chosen
    if chosen.shape[1] < REFERENCE_WEEKS + WINDOW_WEEKS:
        return
    area = _compare(chosen.sum(axis=0), others.sum(axis=0), 1.0)
    sectors = [_compare(part, rest, 1.0) for part, rest in zip(chosen, others, strict=True)]
    scale = robust_scale(np.concatenate([shares.scores for shares in sectors]))
    yield from _warnings(records, kind, "", area, area.jumps)
    overlap = np.convolve(area.jumps, np.ones(2 * WINDOW_WEEKS - 1))[WINDOW_WEEKS - 1 :][: len(area.jumps)]
    for name, part, rest in zip(records.sector_ids, chosen, others, strict=True):
        shares = _compare(part, rest, scale)
        yield from _warnings(records, kind, name, shares, shares.jumps & (overlap == 0))


def _compare(chosen: NDArray[np.int64], others: NDArray[np.int64], scale: float) -> _Shares:
    """Compare every window of four weeks with the weeks before it."""
    kept = reference_weeks(chosen, others, WINDOW_WEEKS)
    chosen_before, others_before = chosen[kept].sum(axis=-1).astype(float), others[kept].sum(axis=-1).astype(float)
    chosen_now, others_now = window_sums(chosen, WINDOW_WEEKS), window_sums(others, WINDOW_WEEKS)
    everything_before = chosen_before + others_before
    share = np.divide(chosen_before, everything_before, out=np.zeros_like(chosen_before), where=everything_before > 0)
    scores = signed_roots(chosen_now, others_now, chosen_before, others_before) / scale
    return _Shares(chosen_now, chosen_now + others_now, share, scores)


def _warnings(
    records: Records, kind: WarningKind, name: str, shares: _Shares, jumps: NDArray[np.bool_]
) -> Iterator[RecordWarning]:
    for first, last in date_spans(jumps):
        best = first + int(np.argmax(np.abs(shares.scores[first : last + 1])))
        from_date, to_date = records.week_dates(REFERENCE_WEEKS + best, REFERENCE_WEEKS + best + WINDOW_WEEKS - 1)
        recorded, everything = float(shares.chosen[best]), float(shares.everything[best])
        expected = everything * float(shares.share_before[best])
        place = f"Sector {name}" if name else "The whole area"
        message = (
            f"{place}: {recorded / everything:.0%} of {everything:.0f} records are {TITLES[kind]} from {from_date} to "
            f"{to_date}, {float(shares.share_before[best]):.0%} in the {REFERENCE_WEEKS} weeks before."
        )
        score = abs(float(shares.scores[best]))
        yield RecordWarning(kind, name, from_date, to_date, recorded, expected, score, message)
