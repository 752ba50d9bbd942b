"""What an import accepted, rejected and assumed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.data_policy import NO_POLICY, DataPolicy
from services.predictor.record_checks import NO_WARNINGS, RecordWarnings


@dataclass(frozen=True)
class RejectionCount:
    """Rows of one kind of fault; `first_row` is 1 for the first data row."""

    field: str
    reason: str
    row_count: int
    first_row: int


@dataclass(frozen=True)
class ImportReport:
    """What an import accepted, rejected, left out and assumed.

    `rejections_artifact` is empty when nothing was rejected; rows that the policy left out are not rejected.
    """

    rows_read: int
    rows_accepted: int
    rejections: tuple[RejectionCount, ...]
    rejections_artifact: str
    notes: tuple[str, ...]
    policy: DataPolicy = NO_POLICY
    warnings: RecordWarnings = NO_WARNINGS


class RejectionLog:
    """Collects rejected rows; every row is rejected once, for its first fault."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def drop(self, rows: pd.DataFrame, at_fault: NDArray[np.bool_], field: str, reason: str) -> pd.DataFrame:
        """Record the rows at fault and return the others.

        Parameters
        ----------
        rows : incident rows, indexed by row number.
        at_fault : shape (n_rows,).
        field : the column whose value is recorded; a missing column is recorded as an empty value.
        """
        if not at_fault.any():
            return rows
        faulty = rows[at_fault]
        values = faulty[field].map(_as_text) if field in faulty else ""
        part = pd.DataFrame({"row": faulty.index, "field": field, "value": values, "reason": reason})
        self._parts.append(part)
        return rows[~at_fault]

    def table(self) -> pd.DataFrame:
        """Return every rejected row (row, field, value, reason) in row order."""
        if not self._parts:
            return pd.DataFrame({"row": [], "field": [], "value": [], "reason": []})
        return pd.concat(self._parts, ignore_index=True).sort_values("row", ignore_index=True)

    def counts(self) -> tuple[RejectionCount, ...]:
        """Return the rejected rows by fault, the most frequent first."""
        table = self.table()
        if table.empty:
            return ()
        grouped = table.groupby(["field", "reason"])["row"].agg(["size", "min"]).reset_index()
        grouped = grouped.sort_values(["size", "field", "reason"], ascending=[False, True, True])
        columns: Sequence[list[str] | list[int]] = [grouped[name].tolist() for name in grouped.columns]
        return tuple(
            RejectionCount(str(field), str(reason), int(size), int(first))
            for field, reason, size, first in zip(*columns, strict=True)
        )


def _as_text(value: object) -> str:
    """Write a cell for people; missing values are empty."""
    return "" if value is None or value is pd.NaT or value != value else str(value)
