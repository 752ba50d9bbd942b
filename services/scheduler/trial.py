"""One annealing trial of a solve: fixed work from a seed, so that it may run twice, on any replica."""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from services.scheduler.annealing import Found
from services.scheduler.budget import Budget
from services.scheduler.instance import NOWHERE, Instance, Rows, compile_instance
from services.scheduler.penalty_work import PenaltyWork, anneal_with_penalties
from services.scheduler.problem import Problem
from services.scheduler.sampling import Annealer, can_begin
from services.scheduler.schedule_qubo import ScheduleQubo, build_schedule_qubo
from services.scheduler.schedule_search import ScheduleSearch, SearchWork
from services.scheduler.solution import PenaltyTrial
from serving.errors import InvalidArgument

Work: TypeAlias = PenaltyWork | SearchWork


@dataclass(frozen=True, eq=False)
class Subject:
    """What all trials of a solve have in common: a valid problem and an annealer with its name."""

    problem: Problem
    annealer_name: str
    annealer: Annealer

    @cached_property
    def instance(self) -> Instance:
        """The problem as arrays."""
        return compile_instance(self.problem)

    @cached_property
    def qubo(self) -> ScheduleQubo:
        """The QUBO of the problem, built when a trial first needs it."""
        return build_schedule_qubo(self.instance)


@dataclass(frozen=True, eq=False)
class TrialResult:
    """What a trial ends with.

    Attributes
    ----------
    best
        The best schedule that meets every rule.
    work_seconds
        Time of the work itself.
    state
        Of a search: the schedule to go on from, shape (n, T); it may break rules of cover, cap and presence.
    penalty_trial
        Of penalty work: its figures.
    """

    best: Found
    work_seconds: float
    state: Rows | None = None
    penalty_trial: PenaltyTrial | None = None


def run_trial(subject: Subject, work: Work, budget: Budget) -> TrialResult:
    """Do the work on the calling thread; a budget that ends first cuts it short.

    Raises
    ------
    InvalidArgument
        The annealer cannot do such work, or the start does not fit the problem.
    """
    begin = time.monotonic()
    if (subject.instance.active & ~subject.instance.allowed.any(axis=2)).any():
        raise InvalidArgument("problem", "Expected a sector for every car in every period of its duty.")
    if isinstance(work, PenaltyWork):
        _check_penalty_start(subject, work.start)
        figures, best = anneal_with_penalties(subject.qubo, subject.annealer, work, budget)
        return TrialResult(best, time.monotonic() - begin, penalty_trial=figures)
    if not isinstance(subject.annealer, ScheduleSearch):
        raise InvalidArgument("search", f"Expected an annealer of schedules, which {subject.annealer_name} is not.")
    _check_start("search.start", subject.instance, work.start)
    stretch = subject.annealer.search_stretch(subject.instance, work, lambda: budget.over)
    return TrialResult(stretch.best, time.monotonic() - begin, state=stretch.rows)


def _check_penalty_start(subject: Subject, start: Rows | None) -> None:
    if start is not None and not can_begin(subject.annealer):
        raise InvalidArgument("penalty.start", f"Expected none: {subject.annealer_name} cannot begin from a schedule.")
    _check_start("penalty.start", subject.instance, start)


def _check_start(field: str, instance: Instance, start: Rows | None) -> None:
    if start is None:
        return
    if start.shape != instance.active.shape:
        raise InvalidArgument(field, f"Expected cars x periods {instance.active.shape}, got {start.shape}.")
    cars, periods = np.nonzero(instance.active)
    sectors = start[cars, periods]
    known = (sectors >= 0) & (sectors < instance.sector_count)
    if not known.all() or not instance.allowed[cars, periods, sectors].all():
        raise InvalidArgument(field, "Expected every car where duty, pins and bans allow it.")
    if (start[~instance.active] != NOWHERE).any():
        raise InvalidArgument(field, f"Expected {NOWHERE} where a car is off duty.")
