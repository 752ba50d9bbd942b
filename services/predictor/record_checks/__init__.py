"""Looks for faults of recording in accepted incidents: warns, changes nothing.

Each check is one file. A check compares counts with what other records lead to expect, and warns where the difference
is large in three ways at once: in standard deviations (`SCORE_THRESHOLD`), as a ratio, and in records.
"""

from dataclasses import dataclass

from services.predictor.record_checks.heaps import find_heaps
from services.predictor.record_checks.records import Records
from services.predictor.record_checks.shares import find_share_jumps
from services.predictor.record_checks.silence import find_silence
from services.predictor.record_checks.volume import find_volume_jumps
from services.predictor.record_checks.warning import RecordWarning

WARNINGS_SHOWN = 20


@dataclass(frozen=True)
class RecordWarnings:
    """The most important warnings, most records concerned first, and how many were found."""

    shown: tuple[RecordWarning, ...] = ()
    found_count: int = 0


NO_WARNINGS = RecordWarnings()


def check_records(records: Records) -> RecordWarnings:
    """Run every check."""
    checks = (find_volume_jumps, find_share_jumps, find_silence, find_heaps)
    found = sorted((warning for check in checks for warning in check(records)), key=RecordWarning.order)
    return RecordWarnings(tuple(found[:WARNINGS_SHOWN]), len(found))
