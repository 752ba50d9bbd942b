"""Weather, events and whatever else holds for the whole area hour by hour: past records and forecasts in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from services.predictor.incident_times import ISO, parse_times
from services.predictor.table_file import numbers, read_table, require_columns
from serving.errors import InvalidArgument

FIELD = "conditions.file"
TIME = "time"
SECONDS_PER_HOUR = 3_600
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Conditions:
    """Values of the hours from 1970 on.

    Attributes
    ----------
    names : what is known, in the order of the columns.
    first_hour : hours since 1970 (UTC) of the first row.
    values : shape (n_hours, n_names), in the agency's units; not a number where nothing is known.
    """

    names: tuple[str, ...]
    first_hour: int
    values: NDArray[np.float32]

    def features(self, start_seconds: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the values of the hours that hold the given seconds since 1970, and which of them are unknown.

        Returns
        -------
        Shape (n, 2 · n_names): the values, 0 where unknown, then 1 where unknown.
        """
        positions = start_seconds // SECONDS_PER_HOUR - self.first_hour
        inside = (positions >= 0) & (positions < len(self.values))
        rows = np.full((len(positions), len(self.names)), np.nan, dtype=np.float32)
        rows[inside] = self.values[positions[inside]]
        unknown = np.isnan(rows)
        return np.concatenate([np.where(unknown, 0.0, rows), unknown], axis=1).astype(np.float32)

    def note_end(self, train_until: date, zone: str, notes: list[str]) -> None:
        """Note what is not known to the end of the day after training, the first that is predicted."""
        first_day_end = datetime.combine(train_until + timedelta(days=2), time(), ZoneInfo(zone)).timestamp()
        for name, column in zip(self.names, self.values.T, strict=True):
            known = np.flatnonzero(~np.isnan(column))
            end = (self.first_hour + int(known[-1]) + 1) * SECONDS_PER_HOUR if len(known) else None
            if end is not None and end < first_day_end:
                end_text = datetime.fromtimestamp(end, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
                notes.append(
                    f"{name} is known until {end_text}, not for the whole day after train_until; models take its mean "
                    "in training for later hours."
                )

    def to_table(self) -> pa.Table:
        """Return the conditions artifact: `time` (UTC) and one column per name, null where nothing is known."""
        seconds = (self.first_hour + np.arange(len(self.values))) * SECONDS_PER_HOUR
        times = pa.array(seconds * 1_000_000, pa.timestamp("us", tz="UTC"))
        columns = [pa.array(column, pa.float32(), from_pandas=True) for column in self.values.T]
        return pa.table([times, *columns], names=[TIME, *self.names])

    @classmethod
    def of_table(cls, table: pa.Table) -> "Conditions":
        """Read the conditions artifact."""
        names = tuple(name for name in table.column_names if name != TIME)
        frame = table.to_pandas()
        first_hour = int(frame[TIME].iloc[0].timestamp()) // SECONDS_PER_HOUR
        return cls(names, first_hour, frame[list(names)].to_numpy(dtype=np.float32))


def read_conditions(files: Mapping[str, bytes], name: str, zone: str, notes: list[str]) -> Conditions:
    """Read a table with the column `time` (ISO 8601; without offset local) and any numeric columns.

    A row holds for the hour that contains its time. What is missing is noted, by column, and what became of rows of the
    local hours at which clocks change.

    Raises
    ------
    InvalidArgument
        The file cannot be used: no `time`, no other column, a time that cannot be read, two rows of one hour, text
        where a number is expected, or a number beyond single precision.
    """
    table = read_table(files, FIELD, name)
    require_columns(table, FIELD, (TIME,))
    frame = table.to_pandas()
    names = tuple(column for column in frame.columns if column != TIME)
    if not names or frame.empty:
        raise InvalidArgument(FIELD, f"Expected rows with {TIME!r} and at least one other column in {name}.")
    hours, exists = _hours(frame[TIME], name, zone, notes)
    columns = [_numbers(frame[column], column, name)[exists] for column in names]
    values = np.full((int(hours.max() - hours.min()) + 1, len(names)), np.nan, dtype=np.float32)
    values[hours - hours.min()] = np.column_stack(columns)
    _note_missing(names, values, notes)
    return Conditions(names, int(hours.min()), values)


def _hours(
    column: "pd.Series[pd.Timestamp]", name: str, zone: str, notes: list[str]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the hours since 1970 of the rows that have one, and which these are, shape (n_rows,).

    Local times go wrong twice a year: rows of hours that the clocks skipped are left out, and of two rows of the hour
    that comes twice the second is of the later one. Both are noted.
    """
    parsed = parse_times(column, ISO, zone)
    exists = ~parsed.nonexistent
    unreadable = parsed.times.isna().to_numpy(bool) & exists
    if unreadable.any():
        row = int(np.flatnonzero(unreadable)[0]) + 1
        raise InvalidArgument(FIELD, f"Expected a time in row {row} of {name}, got {column.iloc[row - 1]!r}.")
    if not exists.any():
        raise InvalidArgument(FIELD, f"Expected times that exist in {zone} in {name}; the clocks skipped all of them.")
    hours, later_hours = _hours_since_1970(parsed.times[exists]), _hours_since_1970(parsed.later_times[exists])
    is_second = parsed.ambiguous[exists] & pd.Series(hours).duplicated().to_numpy(bool)
    hours = np.where(is_second, later_hours, hours)
    repeated = pd.Series(hours).duplicated().to_numpy(bool)
    if repeated.any():
        row = int(np.flatnonzero(exists)[repeated][0]) + 1
        raise InvalidArgument(FIELD, f"Expected one row per hour in {name}; row {row} is of an hour that came before.")
    _note_clock_changes(int((~exists).sum()), int(is_second.sum()), notes)
    return hours, exists


def _hours_since_1970(times: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
    seconds = times.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64) // 1_000_000
    return np.asarray(seconds // SECONDS_PER_HOUR)


def _note_clock_changes(skipped_count: int, second_count: int, notes: list[str]) -> None:
    if skipped_count:
        notes.append(
            f"{skipped_count} rows of the conditions are of local hours that do not exist (clocks went forward); they "
            "were left out."
        )
    if second_count:
        notes.append(
            f"{second_count} local hours came twice in the conditions when clocks went back; the second row was taken "
            "for the later hour."
        )


def _numbers(column: "pd.Series[float]", title: str, name: str) -> NDArray[np.float64]:
    values = numbers(column)
    wrong = ~(values.abs() <= LARGEST) & column.notna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0]) + 1
        got = repr(column.iloc[row - 1])
        expected = f"a number between -{LARGEST:.2g} and {LARGEST:.2g} for {title} in row {row} of {name}"
        raise InvalidArgument(FIELD, f"Expected {expected}, got {got}.")
    return values.to_numpy(dtype=np.float64)


def _note_missing(names: tuple[str, ...], values: NDArray[np.float32], notes: list[str]) -> None:
    missing = np.isnan(values).sum(axis=0)
    notes.extend(
        f"{count} of {len(values)} hours have no {name} in the conditions; models are told which."
        for name, count in zip(names, missing, strict=True)
        if count
    )
