"""Axes: round places to label, and where values fall in a drawing."""

import math
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis, pixels."""

    at_px: float
    label: str


@dataclass(frozen=True)
class Axis:
    """Maps values of [low, high] to pixels of [start_px, end_px]; the end may lie before the start.

    >>> Axis(0.0, 10.0, 100.0, 300.0).at(2.5)
    150.0
    """

    low: float
    high: float
    start_px: float
    end_px: float

    def at(self, value: float) -> float:
        """Place of a value, cut off at the ends of the axis."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start_px + share * (self.end_px - self.start_px), 1)

    def ticks(self, in_percent: bool = False, most: int = 6) -> tuple[Tick, ...]:
        """Label round values with as many decimals as they need; shares in percent."""
        values = round_values(self.low, self.high, most)
        unit, sign = (100.0, "%") if in_percent else (1.0, "")
        decimals = max((_decimals(value * unit) for value in values), default=0)
        return tuple(Tick(self.at(value), f"{value * unit:.{decimals}f}{sign}") for value in values)


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return round values from `low` to `high`, evenly spaced, at most about `most`.

    >>> round_values(0.0, 0.09, 5)
    [0.0, 0.02, 0.04, 0.06, 0.08]
    """
    step = round_step((high - low) / most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that is at least `least`."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least - 1e-12)


def _decimals(value: float) -> int:
    """Return the decimals that a round value needs, up to 4."""
    return next((count for count in range(4) if abs(value - round(value, count)) < 1e-7), 4)
