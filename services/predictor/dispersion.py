"""How much more counts vary than a Poisson process with the predicted intensities."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincinv

LEAST_SPREAD = 1e-7
"""A distribution with less spread than this is a Poisson distribution to every digit that counts."""
BLOCK_HOURS = 6
PARTS_OF_DAY = 24 // BLOCK_HOURS
"""Night, morning, afternoon and evening."""
DAYS_PER_YEAR = 365.25

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class CountDispersion:
    """Spread of counts around predicted intensities; all zero is a Poisson process.

    Given intensity μ, the calls of cell c in hour h of block b of local day d are a compound Poisson count with mean
    μ_ch · G_d · B_b · H_h: the factors G, B and H of days, of blocks of six local hours (night, morning, afternoon,
    evening) and of hours are gamma distributed with mean 1 and shared by all cells, and calls come in small groups at
    one place (logarithmic size), as several records of one event do. Totals of a cell, an hour, a block and a day are
    thus (close to) negative binomial. Some seasons are more variable than others (storms, holidays): the variances of
    the factors are those given, times that of the `season` of their day. So are some parts of the day (nights): the
    variance of B is multiplied by that of its part as well.

    Attributes
    ----------
    day_variance, block_variance, hour_variance : variances of G, B and H where the season and the part of the day are
        1, at least 0.
    repeat_excess : variance over mean of the calls of a cell and hour, less one, at least 0.
    day_count : days that the figures were fitted on; 0: not fitted.
    season_cosine, season_sine : see `season_factors`; both 0: no season.
    block_parts : what the variance of B is multiplied by at night, in the morning, in the afternoon and in the evening;
        fitted ones have a geometric mean of 1.
    """

    day_variance: float = 0.0
    hour_variance: float = 0.0
    repeat_excess: float = 0.0
    day_count: int = 0
    block_variance: float = 0.0
    season_cosine: float = 0.0
    season_sine: float = 0.0
    block_parts: tuple[float, ...] = PARTS_OF_DAY * (1.0,)

    def __post_init__(self) -> None:
        if len(self.block_parts) != PARTS_OF_DAY or min(self.block_parts) < 0:
            raise ValueError(f"Expected {PARTS_OF_DAY} block_parts of at least 0, got {self.block_parts}.")

    def season(self, days: IntArray) -> FloatArray:
        """Return what the variances of the factors are to be multiplied by on days, counted from 1970-01-01."""
        return season_factors(days, self.season_cosine, self.season_sine)

    @property
    def mean_group_size(self) -> float:
        """Mean number of calls in a group, −p / ((1 − p) log(1 − p)) of the logarithmic distribution."""
        share = self.group_share
        return 1.0 if share == 0 else -share / ((1 - share) * float(np.log1p(-share)))

    @property
    def group_share(self) -> float:
        """The parameter p of the logarithmic distribution of group sizes: variance over mean is 1 / (1 − p)."""
        return self.repeat_excess / (1.0 + self.repeat_excess)

    def block_factors(self, blocks: IntArray) -> FloatArray:
        """Return what the variance of B is to be multiplied by in blocks, counted from 1970-01-01 00:00 local time."""
        return np.asarray(self.block_parts)[parts_of_day(blocks)]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CountDispersion":
        """Read what `to_dict` wrote."""
        return cls(
            day_variance=values["day_variance"],
            hour_variance=values["hour_variance"],
            repeat_excess=values["repeat_excess"],
            day_count=int(values["day_count"]),
            block_variance=values.get("block_variance", 0.0),
            season_cosine=values.get("season_cosine", 0.0),
            season_sine=values.get("season_sine", 0.0),
            block_parts=tuple(values.get("block_parts") or POISSON.block_parts),
        )


POISSON = CountDispersion()
"""No more spread than a Poisson process."""


@dataclass(frozen=True)
class Stretches:
    """Which day, block of six hours and hour each of n stretches of time belongs to; arrays of shape (n,).

    All three are counted from 1970-01-01 00:00 local time.
    """

    days: IntArray
    blocks: IntArray
    hours: IntArray

    def first(self, count: int) -> "Stretches":
        """Return the first of them."""
        return Stretches(self.days[:count], self.blocks[:count], self.hours[:count])

    def where(self, kept: NDArray[np.bool_]) -> "Stretches":
        """Return some of them."""
        return Stretches(self.days[kept], self.blocks[kept], self.hours[kept])

    @classmethod
    def of(cls, local_times: pd.DatetimeIndex) -> "Stretches":
        """Number stretches by their local starts (time-zone aware)."""
        local = local_times.tz_localize(None)
        days = local.normalize().to_numpy().astype("datetime64[D]").astype(np.int64)
        hours = np.asarray(24 * days + local.hour.to_numpy(), dtype=np.int64)
        return cls(days, hours // BLOCK_HOURS, hours)


def season_factors(days: IntArray, cosine: float, sine: float) -> FloatArray:
    """Return exp(cosine · cos φ + sine · sin φ) where φ runs through a circle a year, from 1970-01-01 on."""
    angles = 2 * np.pi / DAYS_PER_YEAR * days
    return np.asarray(np.exp(cosine * np.cos(angles) + sine * np.sin(angles)))


def parts_of_day(blocks: IntArray) -> IntArray:
    """Return the part of the day of blocks counted from midnight, 0 to 3: night, morning, afternoon, evening."""
    return np.asarray(blocks % PARTS_OF_DAY)


def draw_factors(variances: float | FloatArray, uniforms: FloatArray) -> FloatArray:
    """Return gamma factors with mean 1 at the given quantiles, ones where the variance is (next to) none.

    Parameters
    ----------
    variances : one, or one for each of the last axis of `uniforms`.
    """
    if not np.any(np.asarray(variances) >= LEAST_SPREAD):
        return np.ones_like(uniforms)
    spread = np.maximum(variances, LEAST_SPREAD)
    return np.where(np.asarray(variances) < LEAST_SPREAD, 1.0, gammaincinv(1.0 / spread, uniforms) * spread)
