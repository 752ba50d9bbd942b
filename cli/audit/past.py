"""Past incidents of an area by week and sector, as people reported them."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cli.area_session import AreaSession
from officers.area.v1.area_pb2 import Area, DataPolicy
from services.predictor.convert_policy import policy as read_policy
from serving.errors import FailedPrecondition

WEEKS = 52
DAYS_PER_WEEK = 7
MINUTES_PER_DAY = 1440
OFFICER = "officer"

Hours = Sequence[tuple[str, int]]
"""Shifts as local start "HH:MM" and length in minutes."""


def read_incidents(session: AreaSession) -> pd.DataFrame:
    """Read the accepted incidents of the area."""
    incidents: pd.DataFrame = session.store.get_table(session.area.incidents_artifact).to_pandas()
    return incidents


def weekly_reported(area: Area, incidents: pd.DataFrame, hours: Hours) -> NDArray[np.int64]:
    """Count the incidents that people reported in the last weeks up to the end of the training data, at most 52.

    Only weeks that are recorded in full count: those since the first record without a day that the data policy leaves
    out.

    Parameters
    ----------
    hours : only incidents in the hours of these shifts count.

    Returns
    -------
    Shape (n_weeks, n_sectors), earliest week first.

    Raises
    ------
    FailedPrecondition
        No week is recorded in full, or no incident was reported in those that are.
    """
    local = incidents["time"].dt.tz_convert(area.time_zone).dt.tz_localize(None)
    end = pd.Timestamp(date.fromisoformat(area.train_until_date) + timedelta(days=1))
    weeks = WEEKS - 1 - ((end - local.dt.floor("D")).dt.days - 1) // DAYS_PER_WEEK
    recorded = recorded_weeks(area.policy, local.min().floor("D"), end)
    if not recorded.any():
        raise FailedPrecondition(
            "TOO_FEW_DAYS",
            f"No week of the year up to {area.train_until_date} is recorded in full: records begin too late, or the "
            "data policy leaves out days of every week.",
        )
    sectors = incidents["sector"].map({sector.id: position for position, sector in enumerate(area.sectors)})
    reported = incidents["reported_by"].ne(OFFICER).fillna(True).astype(bool)
    counted = ((weeks >= 0) & (weeks < WEEKS) & reported & within(local, hours)).to_numpy(bool)
    counts = np.zeros((WEEKS, len(area.sectors)), dtype=np.int64)
    np.add.at(counts, (weeks[counted].to_numpy(np.int64), sectors[counted].to_numpy(np.int64)), 1)
    if not counts[recorded].any():
        raise FailedPrecondition("NO_RECORDS", f"No incident was reported in the year up to {area.train_until_date}.")
    return counts[recorded]


def recorded_weeks(policy: DataPolicy, first: pd.Timestamp, end: pd.Timestamp) -> NDArray[np.bool_]:
    """Say which of the 52 weeks before a day have records of every day, shape (52,), earliest first.

    Parameters
    ----------
    first : day of the first record.
    end : the day after the last week.
    """
    days = pd.date_range(end=end - pd.Timedelta(days=1), periods=WEEKS * DAYS_PER_WEEK)
    observed = read_policy(policy).observes(days.to_numpy().astype("datetime64[D]"))
    recorded = np.asarray(days >= first) & observed
    return np.asarray(recorded.reshape(WEEKS, DAYS_PER_WEEK).all(axis=1))


def within(local: "pd.Series[pd.Timestamp]", hours: Hours) -> "pd.Series[bool]":
    """Say which local times lie in one of the shifts, which may run past midnight."""
    minutes = local.dt.hour * 60 + local.dt.minute
    inside = pd.Series(False, index=local.index)
    for start, length in hours:
        hour, minute = map(int, start.split(":"))
        inside |= (minutes - (60 * hour + minute)) % MINUTES_PER_DAY < length
    return inside


def officer_share(area: Area, incidents: pd.DataFrame) -> float:
    """Return officer-initiated records per reported one up to the end of the training data."""
    days = incidents["time"].dt.tz_convert(area.time_zone).dt.strftime("%Y-%m-%d")
    known = incidents[days <= area.train_until_date]
    officers = int((known["reported_by"] == OFFICER).sum())
    return officers / max(1, len(known) - officers)
