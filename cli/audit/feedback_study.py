"""What feedback would do in an area: with and without officer-initiated records, weak and strong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from cli.audit.feedback import Learner, Shares, World, distance, limit_shares, simulate, true_shares, world_of_ratio

EVERY_DAYS = 30
NEGLIGIBLE_DISTANCE = 0.01
"""A hundredth of the presence in another place than without officer-initiated records."""
UNSETTLED_DISTANCE = 0.02
"""Presence that moved in the last third of the time: feedback has not settled."""


class Verdict(Enum):
    """What feedback does."""

    FOLLOWS = "follows the reported incidents"
    AMPLIFIES = "amplifies differences and settles"
    RUNS_AWAY = "runs away: presence still drifts to where patrol already is"


@dataclass(frozen=True)
class FeedbackCase:
    """One simulated case.

    Attributes
    ----------
    title : for people.
    officer_ratio : officer-initiated records per reported one at the start.
    distance_mean, distance_low, distance_high : share of presence that is in another place than the incidents, mean
        and 5 % and 95 % points over runs, shape (n_times,); times are 0, 30, 60 ... days.
    busiest_ratio : presence in the busiest fifth of the sectors over their share of incidents, at the end; mean and
        5 % and 95 % points.
    run_spread : mean distance at the end between the presence of a run and the mean of all runs.
    limit_distance : the distance that presence tends to on average if nothing else ever changes.
    """

    title: str
    officer_ratio: float
    distance_mean: Shares
    distance_low: Shares
    distance_high: Shares
    busiest_ratio: tuple[float, float, float]
    run_spread: float
    limit_distance: float
    verdict: Verdict


@dataclass(frozen=True)
class FeedbackStudy:
    """All cases, the one without officer-initiated records first; reported incidents are means of so many weeks."""

    sector_ids: tuple[str, ...]
    reported_per_day: Shares
    reported_weeks: int
    looks_per_day: int
    memory_days: int
    days: int
    runs: int
    seed: int
    cases: tuple[FeedbackCase, ...]


@dataclass(frozen=True)
class StudyOptions:
    """How long, how often, how strong."""

    officer_ratios: Sequence[float]
    memory_days: int
    days: int
    runs: int
    seed: int


def study_feedback(
    sector_ids: Sequence[str],
    weekly_reported: NDArray[np.int64],
    looks_per_day: int,
    options: StudyOptions,
    report: Callable[[float, str], None],
) -> FeedbackStudy:
    """Simulate an area under every case.

    Parameters
    ----------
    weekly_reported : shape (n_weeks, n_sectors), at least one positive.
    looks_per_day : of all cars together.

    Raises
    ------
    ValueError
        A figure is out of range, or patrol cannot find as many incidents as a ratio asks for.
    """
    reported_per_day = weekly_reported.mean(axis=0) / 7
    strongest = max(options.officer_ratios)
    memory = options.memory_days
    plans = [
        ("reported only (officer-initiated records left out)", strongest, Learner(memory, learns_from_officers=False)),
        *((f"with officer-initiated records, {ratio:g} per reported", ratio, Learner(memory))
          for ratio in options.officer_ratios),
        ("officer-initiated records only", strongest, Learner(memory, learns_from_reported=False)),
    ]  # fmt: skip
    worlds = [world_of_ratio(reported_per_day, looks_per_day, ratio) for _, ratio, _ in plans]
    cases: list[FeedbackCase] = []
    for position, ((title, ratio, learner), world) in enumerate(zip(plans, worlds, strict=True)):
        report(position / len(plans), title)
        generator = np.random.default_rng([options.seed, position])
        shares = simulate(world, learner, options.days, EVERY_DAYS, options.runs, generator)
        baseline = cases[0].distance_mean if cases else None
        cases.append(_case(title, ratio, shares, world, learner, baseline))
    return FeedbackStudy(
        sector_ids=tuple(sector_ids),
        reported_per_day=reported_per_day,
        reported_weeks=len(weekly_reported),
        looks_per_day=looks_per_day,
        memory_days=memory,
        days=options.days,
        runs=options.runs,
        seed=options.seed,
        cases=tuple(cases),
    )


def _case(
    title: str, ratio: float, shares: Shares, world: World, learner: Learner, baseline: Shares | None
) -> FeedbackCase:
    truth = true_shares(world)
    apart = distance(shares, truth)
    busiest = np.argsort(-truth, kind="stable")[: -(-len(truth) // 5)]
    amplified = shares[-1][:, busiest].sum(axis=1) / truth[busiest].sum()
    mean = apart.mean(axis=1)
    return FeedbackCase(
        title=title,
        officer_ratio=ratio,
        distance_mean=mean,
        distance_low=np.quantile(apart, 0.05, axis=1),
        distance_high=np.quantile(apart, 0.95, axis=1),
        busiest_ratio=(
            float(amplified.mean()),
            float(np.quantile(amplified, 0.05)),
            float(np.quantile(amplified, 0.95)),
        ),
        run_spread=float(distance(shares[-1], shares[-1].mean(axis=0)).mean()),
        limit_distance=float(distance(limit_shares(world, learner), truth)),
        verdict=_verdict(mean, baseline),
    )


def _verdict(mean: Shares, baseline: Shares | None) -> Verdict:
    """Judge by the distance beyond that of the case without officer-initiated records."""
    excess = mean - baseline if baseline is not None else np.zeros_like(mean)
    if excess[-1] < NEGLIGIBLE_DISTANCE:
        return Verdict.FOLLOWS
    late_growth = excess[-1] - excess[2 * (len(excess) - 1) // 3]
    return Verdict.RUNS_AWAY if late_growth >= UNSETTLED_DISTANCE else Verdict.AMPLIFIES
