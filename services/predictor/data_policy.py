"""An agency's data policy: which records are left out before anything is made from them, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.errors import InvalidArgument

OFFICER = "officer"
CITIZEN = "citizen"
REPORTERS = (CITIZEN, OFFICER)

Days = NDArray[np.datetime64]
"""Local days, shape (n,)."""


@dataclass(frozen=True)
class LeaveOutRule:
    """Records to leave out: those to which everything that is set applies.

    Attributes
    ----------
    reason : why; never empty.
    reported_by : "officer" or "citizen"; empty: anybody.
    type : incident type; empty: every type.
    from_date, to_date : first and last local day; None: without limit on that side.

    Raises
    ------
    ValueError
        There is no reason, the rule leaves out everything, an unknown reporter, or dates the wrong way round.
    """

    reason: str
    reported_by: str = ""
    type: str = ""
    from_date: date | None = None
    to_date: date | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("Expected a reason for leaving records out.")
        if self.reported_by and self.reported_by not in REPORTERS:
            raise ValueError(f"Expected reported_by to be {' or '.join(REPORTERS)}, got {self.reported_by!r}.")
        if self.from_date and self.to_date and self.from_date > self.to_date:
            raise ValueError(f"Expected from_date not after to_date, got {self.from_date} and {self.to_date}.")
        if not any(self.records):
            raise ValueError("Expected at least one of reported_by, type, from_date and to_date.")

    @property
    def records(self) -> tuple[str, str, date | None, date | None]:
        """Which records it leaves out, without the reason."""
        return self.reported_by, self.type, self.from_date, self.to_date

    @property
    def is_dates_only(self) -> bool:
        """Whether it leaves out all records of some days."""
        return not self.reported_by and not self.type

    def covers(self, days: Days) -> NDArray[np.bool_]:
        """Say which local days lie between its dates, both included, shape (n,)."""
        first = np.datetime64(self.from_date or date.min, "D")
        last = np.datetime64(self.to_date or date.max, "D")
        return np.asarray((days >= first) & (days <= last))


@dataclass(frozen=True)
class DataPolicy:
    """Rules in the order of the area's file, and how many records each left out; a record counts for the first."""

    rules: tuple[LeaveOutRule, ...] = ()
    record_counts: tuple[int, ...] = ()

    def leaves_out_the_same(self, other: "DataPolicy") -> bool:
        """Say whether both leave out the same records; reasons and counts do not matter."""
        return {rule.records for rule in self.rules} == {rule.records for rule in other.rules}

    def observes(self, days: Days) -> NDArray[np.bool_]:
        """Say which local days are looked at: those that no rule leaves out altogether, shape (n,).

        Nothing is known of the other days; they are not days without incidents.
        """
        observed = np.ones(len(days), dtype=bool)
        for rule in self.rules:
            if rule.is_dates_only:
                observed &= ~rule.covers(days)
        return observed

    @property
    def leaves_out_days(self) -> bool:
        """Whether some days are left out altogether."""
        return any(rule.is_dates_only for rule in self.rules)

    def followed_by(self, other: "DataPolicy") -> "DataPolicy":
        """Return the rules of both."""
        return DataPolicy(self.rules + other.rules, self.record_counts + other.record_counts)


NO_POLICY = DataPolicy()


def leave_out(
    rows: pd.DataFrame, rules: Sequence[LeaveOutRule], zone: str, known_types: frozenset[str], field: str
) -> tuple[pd.DataFrame, DataPolicy]:
    """Apply rules to checked incident rows (columns `time` in UTC, `type`, `reported_by`).

    Parameters
    ----------
    zone : the local days' time zone.
    known_types : types that a rule may name.
    field : where the rules come from, for errors.

    Returns
    -------
    The rows that stay, and the policy with its counts.

    Raises
    ------
    InvalidArgument
        A rule names an unknown type, or who reported where no record says so, or nothing would be left.
    """
    for position, rule in enumerate(rules):
        _check_rule(rule, rows, known_types, f"{field}[{position}]")
    local_days = rows["time"].dt.tz_convert(zone).dt.tz_localize(None).to_numpy("datetime64[D]")
    stays = np.ones(len(rows), dtype=bool)
    counts = []
    for rule in rules:
        applies = stays & _applies(rule, rows, local_days)
        counts.append(int(applies.sum()))
        stays &= ~applies
    if len(rows) and not stays.any():
        raise InvalidArgument(field, f"Expected rules that keep some incidents; these leave out all {len(rows)}.")
    return rows[stays], DataPolicy(tuple(rules), tuple(counts))


def _check_rule(rule: LeaveOutRule, rows: pd.DataFrame, known_types: frozenset[str], field: str) -> None:
    if rule.type and rule.type not in known_types:
        known = ", ".join(sorted(known_types))
        raise InvalidArgument(f"{field}.type", f"Expected one of {known}, got {rule.type!r}.")
    if rule.reported_by and rows["reported_by"].isna().all():
        raise InvalidArgument(
            f"{field}.reported_by", "Expected incidents with a column reported_by that says who reported; none does."
        )


def _applies(rule: LeaveOutRule, rows: pd.DataFrame, local_days: Days) -> NDArray[np.bool_]:
    """Say for each row whether the rule leaves it out, shape (n_rows,)."""
    applies = np.ones(len(rows), dtype=bool)
    if rule.reported_by:
        applies &= (rows["reported_by"] == rule.reported_by).to_numpy(bool)
    if rule.type:
        applies &= (rows["type"] == rule.type).to_numpy(bool)
    return applies & rule.covers(local_days)
