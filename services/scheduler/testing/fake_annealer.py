"""An annealer that does as it is told."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions


class Annealer:
    """Raises the given errors, one per call, and then returns `value` for every variable; `calls` counts."""

    def __init__(self, value: int = 0, errors: Sequence[Exception] = (), waits: bool = False) -> None:
        self._value, self._errors, self._waits = value, list(errors), waits
        self.calls = 0

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        """Return the same state for every read; one that waits does so until its budget is over."""
        self.calls += 1
        while self._waits and not budget.over:
            pass
        if self._errors:
            raise self._errors.pop(0)
        return np.full((options.num_reads, qubo.variable_count), self._value, dtype=np.int8)
