"""D-Wave's hybrid solvers in the cloud (Leap), one-hot groups as constraints; needs a token."""

import time
from typing import Any

import dimod
import numpy as np
import numpy.typing as npt
from dwave.cloud.config import load_config
from dwave.cloud.exceptions import ConfigFileError
from dwave.system import LeapHybridCQMSampler, LeapHybridSampler

from services.scheduler.annealers.neal import to_dimod
from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions
from serving.errors import Cancelled, FailedPrecondition, InvalidArgument

MOST_CALLS = 4
LOOK_SECONDS = 0.02
NO_TOKEN = "Set DWAVE_API_TOKEN for the hybrid solvers of Leap."


class Annealer:
    """Asks the solver for constrained problems where groups are known, and else the one for binary problems.

    Token and endpoint are read by the vendor's client, from ``DWAVE_API_TOKEN`` and ``DWAVE_API_ENDPOINT``.
    """

    def __init__(self, constrained: Any = None, binary: Any = None) -> None:
        self._constrained, self._binary = constrained, binary

    def check_access(self) -> None:
        """Raise FailedPrecondition where there is no token."""
        try:
            token = load_config().get("token")
        except ConfigFileError as error:
            raise FailedPrecondition("NO_TOKEN", f"The settings of D-Wave cannot be read: {error}") from error
        if not token:
            raise FailedPrecondition("NO_TOKEN", NO_TOKEN)

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        """Return what the solver found, lowest energy first; the seed is unknown to the vendor.

        Raises
        ------
        InvalidArgument
            The solver's least time limit is above what is left.
        Cancelled
            The budget ended first.
        """
        if qubo.structure is None:
            solver, problem = self._binary or _open(LeapHybridSampler), to_dimod(qubo)
            least, ask = solver.min_time_limit(problem), solver.sample
        else:
            solver, problem = self._constrained or _open(LeapHybridCQMSampler), to_constrained(qubo)
            least, ask = solver.min_time_limit(problem), solver.sample_cqm
        if least > budget.seconds_left:
            allowed = f"Expected at least {least:g} seconds for this problem on Leap"
            raise InvalidArgument("time_limit_seconds", f"{allowed}, got {budget.seconds_left:.1f}.")
        answer = ask(problem, time_limit=least)
        while not answer.done():
            if budget.over:
                raise Cancelled("Leap had no answer in time.")
            time.sleep(LOOK_SECONDS)
        place = {variable: index for index, variable in enumerate(answer.variables)}
        order = [place[variable] for variable in range(qubo.variable_count)]
        states = answer.record.sample[np.argsort(answer.record.energy, kind="stable")][:, order]
        chosen: npt.NDArray[np.int8] = states[: options.num_reads].astype(np.int8)
        return chosen


def to_constrained(qubo: Qubo) -> dimod.ConstrainedQuadraticModel:
    """Return the problem with a discrete constraint for each group instead of its penalty."""
    structure = qubo.structure
    if structure is None:
        raise ValueError("Expected a problem with one-hot groups.")
    kept = slice(0, structure.one_hot_begin)
    free = Qubo(qubo.variable_count, qubo.rows[kept], qubo.columns[kept], qubo.coefficients[kept])
    model = dimod.ConstrainedQuadraticModel()  # type: ignore[no-untyped-call]
    model.set_objective(to_dimod(free))
    begin = 0
    for size in structure.group_sizes:
        group = range(begin, begin + size)
        if size > 1:
            model.add_discrete(group)
        else:
            model.add_constraint([(begin, 1)], "==", rhs=1)
        begin += size
    return model


def _open(solver: Any) -> Any:
    try:
        return solver()
    except ValueError as error:
        raise FailedPrecondition("NO_TOKEN", NO_TOKEN) from error
