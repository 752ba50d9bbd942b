"""Tells a caller where a solve stands: best schedule, best bound, gap, trials."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class SolveProgress:
    """Where a solve stands.

    Attributes
    ----------
    fraction
        Share of the time limit that is used, 0 to 1; never falls.
    message
        What is being done, for people.
    incumbent, best_bound
        Best objective and best bound so far; None where there is none yet.
    gap
        (incumbent - best_bound) / max(incumbent, 1e-9); None until both are known.
    trials_done, remote_trials_done
        Annealing trials done, and those of them that ran on other replicas.
    """

    fraction: float
    message: str
    incumbent: float | None
    best_bound: float | None
    gap: float | None
    trials_done: int
    remote_trials_done: int


Emit = Callable[[SolveProgress], None]


def emit_nothing(_: SolveProgress) -> None:
    """Take progress and do nothing: for callers that do not watch."""


def relative_gap(objective: float, bound: float) -> float:
    """Return (objective - bound) / max(objective, 1e-9)."""
    return (objective - bound) / max(objective, 1e-9)


class Reporter:
    """Keeps the best that any part of a solve reports, and emits it when something has changed.

    The fraction is the share of the time limit that is used; a proof may end the solve earlier.
    """

    def __init__(self, emit: Emit, time_limit_seconds: float) -> None:
        self._emit = emit
        self._begin, self._limit = time.monotonic(), time_limit_seconds
        self._last = SolveProgress(0.0, "", None, None, None, 0, 0)

    def report(
        self,
        message: str,
        incumbent: float | None = None,
        bound: float | None = None,
        trials_done: int = 0,
        remote_trials_done: int = 0,
    ) -> None:
        """Take in what a part of the solve found; worse than known changes nothing."""
        last = self._last
        incumbent = min((value for value in (incumbent, last.incumbent) if value is not None), default=None)
        bound = max((value for value in (bound, last.best_bound) if value is not None), default=None)
        if incumbent is not None and bound is not None:
            bound = min(bound, incumbent)
        gap = None if incumbent is None or bound is None else relative_gap(incumbent, bound)
        fraction = min(1.0, (time.monotonic() - self._begin) / self._limit)
        done, remote = max(trials_done, last.trials_done), max(remote_trials_done, last.remote_trials_done)
        progress = SolveProgress(fraction, message, incumbent, bound, gap, done, remote)
        if replace(progress, fraction=last.fraction) != last:
            self._last = progress
            self._emit(progress)


class BoundReporter(Reporter):
    """Passes bounds on but no schedules, for an engine that runs only to bound another one's."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def report(
        self,
        message: str,
        incumbent: float | None = None,  # noqa: ARG002
        bound: float | None = None,
        trials_done: int = 0,
        remote_trials_done: int = 0,
    ) -> None:
        """Report everything but the incumbent."""
        self._reporter.report(message, None, bound, trials_done, remote_trials_done)
