"""Which types of calls come at which hour of the day and in which sector, from recent incidents."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area

RECENT_DAYS = 365
PSEUDO_COUNT = 50.0
HOURS_PER_DAY = 24


@dataclass(frozen=True)
class TypeMix:
    """Shares of the types by hour, and how much more frequent each type is in a sector than in the whole area.

    Attributes
    ----------
    shares : of the whole area by hour of the day, shape (24, n_types), rows sum to 1.
    lifts : share of a sector's incidents over share of the area's, shape (n_sectors, n_types).
    """

    shares: NDArray[np.float64]
    lifts: NDArray[np.float64]

    def draw(
        self, local_hours: NDArray[np.int64], sectors: NDArray[np.int64], generator: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw the type position of calls at local hours of the day in sectors given by position, shape (n,)."""
        hour_count, sector_count = len(self.shares), len(self.lifts)
        ends = np.cumsum(self.shares[:, np.newaxis] * self.lifts, axis=2).reshape(hour_count * sector_count, -1)
        rows = local_hours * sector_count + sectors
        targets = generator.random(len(rows)) * ends[rows, -1]
        return np.asarray((targets[:, None] >= ends[rows]).sum(axis=1), dtype=np.int64)


def recent_incidents(known: pd.DataFrame) -> pd.DataFrame:
    """Return the last 365 days of incidents, which are sorted by time, at least one."""
    is_recent = known["time"] > known["time"].iloc[-1] - pd.Timedelta(days=RECENT_DAYS)
    recent: pd.DataFrame = known.loc[is_recent]
    return recent


def recent_type_mix(area: Area, known: pd.DataFrame) -> TypeMix:
    """Return the shares over the last 365 days of the known incidents.

    The shares of an hour of the day, and those of a sector, count the shares of the whole as 50 more incidents.

    Parameters
    ----------
    known : incidents that may be looked at, sorted by time, at least one.
    """
    recent = recent_incidents(known)
    types: NDArray[np.int64] = np.asarray(recent["type"].map(area.type_positions), dtype=np.int64)
    local_hours: NDArray[np.int64] = np.asarray(recent["time"].dt.tz_convert(area.time_zone).dt.hour, dtype=np.int64)
    sectors: NDArray[np.int64] = np.asarray(recent["sector"].map(area.sector_positions), dtype=np.int64)
    overall = np.bincount(types, minlength=len(area.service_types)) / len(types)
    by_hour = _shrunk_shares(local_hours, HOURS_PER_DAY, types, overall)
    by_sector = _shrunk_shares(sectors, len(area.sectors), types, overall)
    lifts = np.divide(by_sector, overall, out=np.ones_like(by_sector), where=overall > 0)
    return TypeMix(by_hour, lifts)


def _shrunk_shares(
    groups: NDArray[np.int64], group_count: int, types: NDArray[np.int64], overall: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the shares of the types in each group, drawn towards those of the whole; shape (n_groups, n_types)."""
    counts = np.zeros((group_count, len(overall)))
    np.add.at(counts, (groups, types), 1.0)
    raised = counts + PSEUDO_COUNT * overall
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
