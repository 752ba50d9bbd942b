"""Runs a HiGHS solver in a thread of its own, so that its caller can leave within half a second.

HiGHS asks for interrupts often, but neither in presolve nor in the first linear program of a mixed-integer one. A
solver that has not ended shortly after the budget is left behind: it ends itself at the next question or at its time
limit, and what it found until then is kept.
"""

import threading
from collections.abc import Callable
from typing import Any

import highspy
import numpy as np

from services.scheduler.budget import Budget
from services.scheduler.linear_program import Floats

OnProgress = Callable[[float | None, float | None], None]
"""Called with the best objective and the best bound so far; None where there is none yet."""

POLL_SECONDS = 0.05
GRACE_SECONDS = 0.3
"""How long a solver may go on after the budget before it is left behind."""


class MipWatch:
    """Keeps the best solution and bound that a solver tells of, and passes them on until it is left behind."""

    def __init__(self, solver: Any, on_progress: OnProgress) -> None:
        self._on_progress: OnProgress | None = on_progress
        self._values: Floats | None = None
        self.bound = -float("inf")
        solver.cbMipLogging.subscribe(self._report)
        solver.cbMipImprovingSolution.subscribe(self._keep)

    def end(self) -> Floats | None:
        """Pass nothing on any more; return the best solution so far, shape (n_columns,), or None."""
        self._on_progress = None
        return self._values

    def _keep(self, event: Any) -> None:
        self._values = np.array(event.data_out.mip_solution)
        self._report(event)

    def _report(self, event: Any) -> None:
        incumbent, bound = _finite(event.data_out.mip_primal_bound), _finite(event.data_out.mip_dual_bound)
        self.bound = self.bound if bound is None else max(self.bound, bound)
        if self._on_progress is not None:
            self._on_progress(incumbent, bound)


def run_until(solver: Any, budget: Budget) -> bool:
    """Run a solver; return whether it ended by itself or at an interrupt, else it is left behind.

    Raises
    ------
    RuntimeError
        HiGHS reports a fault of the model or of itself.
    """

    def interrupt(event: Any) -> None:
        if budget.over:
            event.interrupt()

    descriptors = solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt
    for descriptor in descriptors:
        descriptor.subscribe(interrupt)
    statuses: list[Any] = []
    # No daemon: at the end of the process the interpreter waits for it instead of tearing it down in the middle.
    thread = threading.Thread(target=lambda: statuses.append(solver.run()), name="highs")
    thread.start()
    while thread.is_alive() and not budget.over:
        thread.join(POLL_SECONDS)
    thread.join(GRACE_SECONDS)
    if thread.is_alive():
        return False
    for descriptor in descriptors:
        descriptor.unsubscribe(interrupt)
    check(statuses[0], "run")
    return True


def check(status: Any, what: str) -> None:
    """Raise RuntimeError if HiGHS reports an error."""
    if status == highspy.HighsStatus.kError:
        raise RuntimeError(f"HiGHS reports an error ({what}).")


def _finite(value: float) -> float | None:
    return float(value) if abs(value) < highspy.kHighsInf else None
