"""Tells a caller where a solve stands: best schedule, best bound, gap, trials."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class SolveProgress:
    """Where a solve stands.

    Attributes
    ----------
    fraction
        Share of the allowed time used or of the work done, 0 to 1; never falls.
    message
        What is being done, for people.
    incumbent, best_bound
        Best objective and best bound so far; None where there is none yet.
    gap
        (incumbent - best_bound) / max(incumbent, 1e-9); None until both are known.
    trials_done
        Annealing trials done.
    """

    fraction: float
    message: str
    incumbent: float | None
    best_bound: float | None
    gap: float | None
    trials_done: int


Emit = Callable[[SolveProgress], None]


def emit_nothing(_: SolveProgress) -> None:
    """Take progress and do nothing: for callers that do not watch."""


def relative_gap(objective: float, bound: float) -> float:
    """Return (objective - bound) / max(objective, 1e-9)."""
    return (objective - bound) / max(objective, 1e-9)


class Reporter:
    """Keeps the best that was reported by any part of a solve and emits it whenever something changes."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._last = SolveProgress(0.0, "", None, None, None, 0)

    def report(
        self,
        message: str,
        fraction: float = 0.0,
        incumbent: float | None = None,
        bound: float | None = None,
        trials_done: int = 0,
    ) -> None:
        """Take in what a part of the solve found; worse than known changes nothing."""
        last = self._last
        incumbent = min((value for value in (incumbent, last.incumbent) if value is not None), default=None)
        bound = max((value for value in (bound, last.best_bound) if value is not None), default=None)
        if incumbent is not None and bound is not None:
            bound = min(bound, incumbent)
        gap = None if incumbent is None or bound is None else relative_gap(incumbent, bound)
        fraction, trials = max(fraction, last.fraction), max(trials_done, last.trials_done)
        progress = SolveProgress(fraction, message, incumbent, bound, gap, trials)
        if progress != last:
            self._last = progress
            self._emit(progress)


class BoundReporter(Reporter):
    """Passes bounds on but no schedules, for an engine that runs only to bound another one's."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__(emit_nothing)
        self._reporter = reporter

    def report(
        self,
        message: str,
        fraction: float = 0.0,
        incumbent: float | None = None,  # noqa: ARG002
        bound: float | None = None,
        trials_done: int = 0,
    ) -> None:
        """Report everything but the incumbent."""
        self._reporter.report(message, fraction, None, bound, trials_done)
