"""How much each past incident counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from services.routes.arrays import FloatArray
from serving.errors import InvalidArgument

DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class LikelihoodOptions:
    """What past incidents count.

    `type_weights` are pairs of incident type and weight; types that are not named weigh 1. Weights halve every
    `half_life_days` before the end of the history; 0: they do not. Only incidents whose local time of day lies in
    `window`, minutes after midnight from the first (included) to the second (not), count; where the first is the later
    one, the window spans midnight.

    Raises
    ------
    InvalidArgument
        A value is out of range.
    """

    type_weights: tuple[tuple[str, float], ...] = ()
    half_life_days: float = 0.0
    window: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        violations = [
            (f"type_weights[{kind!r}]", f"Expected a weight of at least 0, got {weight:g}.")
            for kind, weight in self.type_weights
            if not (weight >= 0 and math.isfinite(weight))
        ]
        if not (self.half_life_days >= 0 and math.isfinite(self.half_life_days)):
            violations.append(("half_life_days", f"Expected at least 0 days, got {self.half_life_days:g}."))
        if self.window is not None and not all(0 <= minute < DAY_MINUTES for minute in self.window):
            violations.append(("window", "Expected times of day from 00:00 to 23:59."))
        if self.window is not None and self.window[0] == self.window[1]:
            violations.append(("window", "Expected a window that ends at another time than it starts."))
        if violations:
            raise InvalidArgument.of(violations)

    def weights(self, times: pd.Series, types: Sequence[str] | None, end_time: datetime, time_zone: str) -> FloatArray:
        """Return the weight of each incident, shape (n_incidents,).

        Parameters
        ----------
        times
            Instants in UTC.
        types
            The type of each; needed with `type_weights` only.
        end_time
            End of the history.
        """
        weights = np.ones(len(times))
        if self.type_weights:
            known = dict(self.type_weights)
            weights *= [known.get(kind, 1.0) for kind in types or [""] * len(times)]
        if self.half_life_days:
            age_days = (pd.Timestamp(end_time) - times).dt.total_seconds().to_numpy() / 86_400
            weights *= 0.5 ** (age_days / self.half_life_days)
        if self.window is not None:
            local = times.dt.tz_convert(ZoneInfo(time_zone))
            minutes = (local.dt.hour * 60 + local.dt.minute).to_numpy()
            start, end = self.window
            weights *= (minutes - start) % DAY_MINUTES < (end - start) % DAY_MINUTES
        return weights
