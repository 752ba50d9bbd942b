"""Which types of calls come at which hour of the day, from recent incidents."""

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
    """Shares of the types, shape (24, n_types), rows sum to 1."""

    shares: NDArray[np.float64]

    def draw(self, local_hours: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw the type position of calls at the given local hours of the day, shape (n,)."""
        ends = np.cumsum(self.shares, axis=1)
        targets = generator.random(len(local_hours)) * ends[local_hours, -1]
        return np.asarray((targets[:, None] >= ends[local_hours]).sum(axis=1), dtype=np.int64)


def recent_incidents(known: pd.DataFrame) -> pd.DataFrame:
    """Return the last 365 days of incidents, which are sorted by time, at least one."""
    is_recent = known["time"] > known["time"].iloc[-1] - pd.Timedelta(days=RECENT_DAYS)
    recent: pd.DataFrame = known.loc[is_recent]
    return recent


def recent_type_mix(area: Area, known: pd.DataFrame) -> TypeMix:
    """Return the shares over the last 365 days of the known incidents.

    The shares of an hour of the day count the shares of the whole day as 50 more incidents.

    Parameters
    ----------
    known : incidents that may be looked at, sorted by time, at least one.
    """
    recent = recent_incidents(known)
    types = recent["type"].map(area.type_positions).to_numpy(dtype=np.int64)
    local_hours = recent["time"].dt.tz_convert(area.time_zone).dt.hour.to_numpy()
    counts = np.zeros((HOURS_PER_DAY, len(area.service_types)))
    np.add.at(counts, (local_hours, types), 1.0)
    overall = counts.sum(axis=0) / counts.sum()
    raised = counts + PSEUDO_COUNT * overall
    return TypeMix(raised / raised.sum(axis=1, keepdims=True))
