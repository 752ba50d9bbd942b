"""Who gets how much presence for how many incidents: figures by group of sectors, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
CONFIDENCE = (0.05, 0.95)
RESIDENTS_UNIT = 1_000
UNLISTED = "no residents listed"

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Groups:
    """Groups of sectors.

    Attributes
    ----------
    weights : share of each sector that counts for a group, shape (n_groups, n_sectors); columns sum to 1.
    residents : of each group, shape (n_groups,); None where no table of residents was given.
    basis : what they were made from, for people.
    """

    names: tuple[str, ...]
    weights: Array
    residents: Array | None
    basis: str


@dataclass(frozen=True)
class Ratio:
    """A group's figure over that of all other groups together; low and high: 90 % bootstrap interval, where drawn."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 1."""
        return self.low is not None and self.high is not None and not self.low <= 1.0 <= self.high


@dataclass(frozen=True)
class GroupExposure:
    """Figures of one group.

    Attributes
    ----------
    car_hours : allocated in the shifts audited.
    reported_per_day, predicted : incidents in the hours of the shifts: reported on a mean day of the past year, and
        predicted for the day audited.
    hours_per_reported, predicted_per_reported, hours_per_1000_residents : None where the divisor is zero or unknown.
    """

    name: str
    sector_count: float
    residents: float | None
    car_hours: float
    reported_per_day: float
    predicted: float
    hours_per_reported: float | None
    hours_per_reported_ratio: Ratio | None
    predicted_per_reported: float | None
    predicted_per_reported_ratio: Ratio | None
    hours_per_1000_residents: float | None
    hours_per_1000_residents_ratio: Ratio | None


def groups_of_residents(names: Sequence[str], residents: Array) -> Groups:
    """Split every sector by its residents, shape (n_groups, n_sectors); sectors without any form their own group."""
    totals = residents.sum(axis=0)
    weights = np.divide(residents, totals, out=np.zeros_like(residents), where=totals > 0)
    counts = residents.sum(axis=1)
    if (totals > 0).all():
        return Groups(tuple(names), weights, counts, "residents")
    weights = np.vstack([weights, (totals == 0).astype(float)])
    return Groups((*names, UNLISTED), weights, np.append(counts, 0.0), "residents")


def groups_of_labels(labels: Sequence[str], basis: str) -> Groups:
    """Put every sector into the group of its label."""
    names = tuple(dict.fromkeys(labels))
    weights = np.array([[float(label == name) for label in labels] for name in names])
    return Groups(names, weights, None, basis)


def groups_by_volume(reported: Array) -> Groups:
    """Put sectors into thirds by their reported incidents, shape (n_sectors,)."""
    thirds = ("most incidents", "middling", "fewest incidents")
    order = np.argsort(-reported, kind="stable")
    labels = [""] * len(reported)
    for third, positions in zip(thirds, np.array_split(order, 3), strict=True):
        for position in positions:
            labels[position] = third
    groups = groups_of_labels(labels, "reported incidents")
    kept = [groups.names.index(third) for third in thirds if third in groups.names]
    return Groups(tuple(groups.names[position] for position in kept), groups.weights[kept], None, groups.basis)


def expose(
    groups: Groups, car_hours: Array, weekly_reported: NDArray[np.int64], predicted: NDArray[np.int64], seed: int
) -> tuple[GroupExposure, ...]:
    """Compute the figures of every group.

    Intervals come from drawing whole weeks of reported incidents and whole scenarios with replacement; the plan is
    taken as it is. One week tells nothing of how weeks vary: there are no intervals then.

    Parameters
    ----------
    car_hours : shape (n_sectors,).
    weekly_reported : shape (n_weeks, n_sectors), in the hours of the shifts.
    predicted : calls, shape (n_scenarios, n_sectors).
    """
    generator = np.random.default_rng(seed)
    resamples = RESAMPLES if len(weekly_reported) > 1 else 0
    reported = _with_resamples(weekly_reported / 7.0, resamples, generator) @ groups.weights.T
    expected = _with_resamples(predicted.astype(np.float64), resamples, generator) @ groups.weights.T
    hours = groups.weights @ car_hours
    return tuple(_group(groups, position, hours, reported, expected) for position in range(len(groups.names)))


def _with_resamples(rows: Array, resamples: int, generator: np.random.Generator) -> Array:
    """Return the mean of the rows, then those of resamples, shape (1 + resamples, n_columns)."""
    count = len(rows)
    weights = generator.multinomial(count, np.full(count, 1.0 / count), size=resamples) / count
    return np.vstack([rows.mean(axis=0), weights @ rows])


def _group(groups: Groups, position: int, hours: Array, reported: Array, expected: Array) -> GroupExposure:
    residents = None if groups.residents is None else groups.residents
    many = np.broadcast_to(hours, reported.shape)
    own_residents = None if residents is None else float(residents[position])
    per_resident = None if residents is None else _figure(hours[None], residents[None] / RESIDENTS_UNIT, position)
    per_reported = _figure(many, reported, position)
    ratio = _figure(expected, reported, position)
    return GroupExposure(
        name=groups.names[position],
        sector_count=float(groups.weights[position].sum()),
        residents=own_residents,
        car_hours=float(hours[position]),
        reported_per_day=float(reported[0, position]),
        predicted=float(expected[0, position]),
        hours_per_reported=per_reported[0],
        hours_per_reported_ratio=per_reported[1],
        predicted_per_reported=ratio[0],
        predicted_per_reported_ratio=ratio[1],
        hours_per_1000_residents=None if per_resident is None else per_resident[0],
        hours_per_1000_residents_ratio=None if per_resident is None else per_resident[1],
    )


def _figure(part: Array, whole: Array, position: int) -> tuple[float | None, Ratio | None]:
    """Return part over whole of one group, and its ratio to that of the others; row 0 is the figure itself.

    Parameters
    ----------
    part, whole : shape (1 + n_resamples, n_groups).
    """
    own, own_whole = part[:, position], whole[:, position]
    rest, rest_whole = part.sum(axis=1) - own, whole.sum(axis=1) - own_whole
    if own_whole[0] <= 0:
        return None, None
    figure = float(own[0] / own_whole[0])
    if rest_whole[0] <= 0 or rest[0] <= 0:
        return figure, None
    usable = (own_whole > 0) & (rest > 0)
    ratios = own[usable] * rest_whole[usable] / (own_whole[usable] * rest[usable])
    if len(ratios) == 1:
        return figure, Ratio(float(ratios[0]))
    low, high = np.quantile(ratios[1:], CONFIDENCE)
    return figure, Ratio(float(ratios[0]), float(low), float(high))
