"""Accepted incidents in the form that the checks count them in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area, Priority, TimePrecision
from services.predictor.data_policy import OFFICER

DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Records:
    """Records by sector and local day; days that the data policy leaves out altogether are not on the day axis.

    Attributes
    ----------
    sector_ids : the sector axis.
    dates : the day axis, ascending.
    sectors, days : positions of every record on these axes, shape (n_records,).
    hours, minutes : local time of day, shape (n_records,).
    urgent, officer : shape (n_records,); `officer` is None where no record says who reported.
    has_minutes : whether minutes are recorded and not drawn.
    """

    sector_ids: tuple[str, ...]
    dates: tuple[date, ...]
    sectors: NDArray[np.int64]
    days: NDArray[np.int64]
    hours: NDArray[np.int64]
    minutes: NDArray[np.int64]
    urgent: NDArray[np.bool_]
    officer: NDArray[np.bool_] | None
    has_minutes: bool

    @classmethod
    def of_area(cls, area: Area, incidents: pd.DataFrame) -> "Records":
        """Count incidents (columns `time`, `sector`, `type`, `priority`, `reported_by`; at least one) of an area."""
        local = incidents["time"].dt.tz_convert(area.time_zone).dt.tz_localize(None)
        days = local.dt.floor("D")
        axis = _kept_days(area, pd.date_range(days.min(), days.max(), freq="D"))
        says_who = "reported_by" in incidents and incidents["reported_by"].notna().any()
        return cls(
            sector_ids=tuple(sector.id for sector in area.sectors),
            dates=tuple(day.date() for day in axis),
            sectors=np.asarray(incidents["sector"].map(area.sector_positions), dtype=np.int64),
            days=np.asarray(axis.get_indexer(pd.DatetimeIndex(days)), dtype=np.int64),
            hours=local.dt.hour.to_numpy(np.int64),
            minutes=local.dt.minute.to_numpy(np.int64),
            urgent=_urgent(incidents, {service.type: service.priority for service in area.service_types}),
            officer=(incidents["reported_by"] == OFFICER).to_numpy(bool) if says_who else None,
            has_minutes=area.time_precision is TimePrecision.MINUTE,
        )

    @cached_property
    def daily_counts(self) -> NDArray[np.int64]:
        """Records by sector and day, shape (n_sectors, n_days)."""
        return self.count_days(np.ones(len(self.days), dtype=bool))

    def count_days(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count chosen records, shape (n_sectors, n_days)."""
        shape = (len(self.sector_ids), len(self.dates))
        cells = self.sectors[chosen] * shape[1] + self.days[chosen]
        return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)

    def weekly(self, daily: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sum whole weeks of seven days, from the first day on, shape (..., n_weeks)."""
        weeks = daily.shape[-1] // DAYS_PER_WEEK
        whole = daily[..., : weeks * DAYS_PER_WEEK].reshape(*daily.shape[:-1], weeks, DAYS_PER_WEEK)
        return np.asarray(whole.sum(axis=-1), dtype=np.int64)

    def week_dates(self, first_week: int, last_week: int) -> tuple[date, date]:
        """Return first and last day of a span of weeks."""
        return self.dates[first_week * DAYS_PER_WEEK], self.dates[(last_week + 1) * DAYS_PER_WEEK - 1]


def _kept_days(area: Area, days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return days[area.policy.observes(days.to_numpy("datetime64[D]"))]


def _urgent(incidents: pd.DataFrame, priorities: Mapping[str, Priority]) -> NDArray[np.bool_]:
    """Say which records are urgent: by their own priority, else by their type's."""
    urgent_types = [name for name, priority in priorities.items() if priority is Priority.URGENT]
    by_type = incidents["type"].isin(urgent_types).to_numpy(bool)
    if "priority" not in incidents:
        return by_type
    own = incidents["priority"]
    return np.where(own.notna(), own == Priority.URGENT.value, by_type).astype(bool)


def date_spans(flags: NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    """Return first and last position of every run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(end) - 1) for start, end in edges.reshape(-1, 2)]
