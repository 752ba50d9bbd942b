"""Notes of an import on what was assumed of records, for people."""

import pandas as pd

from services.predictor.area_file import AreaFile

TELLING_RESPONSES = 300
"""Recorded responses from which travel minutes can be fitted to them (`calibrate` in `[travel]`)."""


def note_times(notes: list[str], settings: AreaFile, ambiguous_count: int, drawn_count: int) -> None:
    """Note what was assumed of times and places."""
    if ambiguous_count:
        notes.append(f"{ambiguous_count} local times came twice when clocks went back; the first was taken.")
    if drawn_count:
        notes.append(f"{drawn_count} incidents have a sector but no point; a point in the sector was drawn.")
    if settings.incidents.precision == "hour":
        notes.append("Times are recorded to the hour; the minute was drawn.")


def note_responses(notes: list[str], settings: AreaFile, rows: pd.DataFrame) -> None:
    """Note recorded responses that travel minutes are not fitted to."""
    count = int(rows["response_minutes"].notna().sum()) if "response_minutes" in rows else 0
    if count >= TELLING_RESPONSES and not settings.travel.calibrate:
        notes.append(
            f"{count} records tell response_minutes, which travel minutes are not fitted to: set calibrate = true in "
            "[travel] to do so."
        )
