"""Feedback between patrol and records, simulated (after Ensign et al., Runaway Feedback Loops, 2018).

Every day, patrol is placed where the model expects incidents; what patrol finds is recorded beside what people report;
the model learns from the records. The model is the number of remembered records per sector, which is what every model
of this program tends to in the sum over a sector.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRIOR_RECORDS = 1.0
"""Records per sector that the model starts from and never forgets."""

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """What happens in the sectors, whoever looks.

    Attributes
    ----------
    reported_per_day : incidents that people report, expected per day, shape (n_sectors,).
    find_probability : chance that one look of patrol finds an incident that nobody reports, shape (n_sectors,).
    looks_per_day : looks of all cars together.

    Raises
    ------
    ValueError
        A figure is out of range.
    """

    reported_per_day: Shares
    find_probability: Shares
    looks_per_day: int

    def __post_init__(self) -> None:
        if self.reported_per_day.shape != self.find_probability.shape or self.reported_per_day.ndim != 1:
            raise ValueError("Expected one rate and one probability per sector.")
        if (self.reported_per_day < 0).any():
            raise ValueError("Expected reported_per_day of at least 0.")
        if ((self.find_probability < 0) | (self.find_probability > 1)).any():
            raise ValueError("Expected find_probability in [0, 1].")
        if self.looks_per_day < 1:
            raise ValueError("Expected looks_per_day of at least 1.")


@dataclass(frozen=True)
class Learner:
    """What the model learns from.

    Attributes
    ----------
    memory_days : records older than this are forgotten; None: nothing is.
    learns_from_reported, learns_from_officers : which records it sees; a data policy leaves the latter out.
    """

    memory_days: int | None
    learns_from_reported: bool = True
    learns_from_officers: bool = True

    def __post_init__(self) -> None:
        if self.memory_days is not None and self.memory_days < 1:
            raise ValueError("Expected memory_days of at least 1.")
        if not (self.learns_from_reported or self.learns_from_officers):
            raise ValueError("Expected a model that learns from something.")


def simulate(
    world: World, learner: Learner, days: int, every_days: int, runs: int, generator: np.random.Generator
) -> Shares:
    """Simulate independent runs.

    With a limited memory a run starts from a full memory of reported incidents (found ones, where patrol was placed
    truly, if reported ones are not learnt from); without a limit it starts from the prior alone.

    Returns
    -------
    Shares of presence by sector, shape (1 + days // every_days, runs, n_sectors), the first before any feedback.
    """
    memory = _Memory(world, learner, runs, generator)
    snapshots = [memory.shares]
    for day in range(1, days + 1):
        patrol = generator.multinomial(world.looks_per_day, memory.shares)
        found = generator.binomial(patrol, world.find_probability)
        reported = generator.poisson(world.reported_per_day, size=(runs, len(world.reported_per_day)))
        memory.learn(learner.learns_from_reported * reported + learner.learns_from_officers * found)
        if day % every_days == 0:
            snapshots.append(memory.shares)
    return np.stack(snapshots)


class _Memory:
    """Remembered records of every run, shape (runs, n_sectors)."""

    def __init__(self, world: World, learner: Learner, runs: int, generator: np.random.Generator) -> None:
        sectors = len(world.reported_per_day)
        self._total = np.full((runs, sectors), PRIOR_RECORDS)
        self._ring: NDArray[np.int64] | None = None
        self._position = 0
        if learner.memory_days is None:
            return
        truth = true_shares(world)
        rates = world.reported_per_day if learner.learns_from_reported else _found_per_day(world, truth)
        self._ring = generator.poisson(rates, size=(learner.memory_days, runs, sectors))
        self._total += self._ring.sum(axis=0)

    @property
    def shares(self) -> Shares:
        """What the model predicts, as shares, shape (runs, n_sectors)."""
        return np.asarray(self._total / self._total.sum(axis=1, keepdims=True))

    def learn(self, records: NDArray[np.int64]) -> None:
        """Take in a day of records, shape (runs, n_sectors)."""
        self._total = self._total + records
        if self._ring is None:
            return
        self._total = self._total - self._ring[self._position]
        self._ring[self._position] = records
        self._position = (self._position + 1) % len(self._ring)


def true_shares(world: World) -> Shares:
    """Return where incidents happen, reported or not, as shares, shape (n_sectors,).

    Unreported incidents are taken to lie where reported ones do; without any of these, all sectors are equal to patrol
    that looks everywhere alike, and the chance of finding one is the truth.
    """
    rates = world.reported_per_day if world.reported_per_day.any() else world.find_probability
    return np.asarray(rates / rates.sum())


def limit_shares(world: World, learner: Learner, iterations: int = 200_000, tolerance: float = 1e-12) -> Shares:
    """Return the shares that presence tends to on average: the fixed point of place, find and learn.

    p_s is proportional to a_s + L p_s f_s, where a_s is reported per day, L are looks and f_s the chance to find.
    """
    shares = true_shares(world)
    reported = learner.learns_from_reported * world.reported_per_day
    for _ in range(iterations):
        records = reported + learner.learns_from_officers * _found_per_day(world, shares)
        following = records / records.sum()
        if np.abs(following - shares).max() < tolerance:
            return np.asarray(following)
        shares = following
    return shares


def distance(shares: Shares, truth: Shares) -> Shares:
    """Return the total variation distance over the last axis: the share of presence that is in the wrong place."""
    apart: Shares = np.abs(shares - truth).sum(axis=-1) / 2
    return apart


def world_of_ratio(reported_per_day: Shares, looks_per_day: int, officer_ratio: float) -> World:
    """Return a world in which patrol that follows the truth finds `officer_ratio` records per reported one.

    Raises
    ------
    ValueError
        So few looks cannot find so many.
    """
    shares = reported_per_day / reported_per_day.sum()
    profile = reported_per_day / reported_per_day.max()
    scale = officer_ratio * reported_per_day.sum() / (looks_per_day * (shares * profile).sum())
    if scale > 1:
        raise ValueError(
            f"Expected at most {officer_ratio / scale:.2f} officer-initiated records per reported one with "
            f"{looks_per_day} looks a day, got {officer_ratio:g}."
        )
    return World(reported_per_day, scale * profile, looks_per_day)


def _found_per_day(world: World, shares: Shares) -> Shares:
    return world.looks_per_day * shares * world.find_probability
