"""Jobs of the local Digital Annealer: one worker takes them from Waiting over Running to Done, Error or Canceled."""

import queue
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.scheduler.annealers.flip_tabu import Annealer
from services.scheduler.budget import Budget
from services.scheduler.digital_annealer_wire import SOLVER
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions, draw

MOST_JOBS = 16
PENALTY = 10.0
"""Weight of penalty polynomial and one-hot groups, in units of the largest coefficient for the groups."""


@dataclass
class Job:
    """A job; `result` is there once it is Done."""

    body: dict[str, Any]
    status: str = "Waiting"
    start_time: str = "2024-01-01T00:00:00.000Z"
    result: dict[str, Any] = field(default_factory=dict)


class JobBoard:
    """All jobs and the worker; `gate` holds jobs back in Waiting while it is cleared."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.gate = threading.Event()
        self.gate.set()
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._worker = threading.Thread(target=self._work, name="local-digital-annealer")
        self._worker.start()

    def add(self, body: dict[str, Any]) -> str:
        """Queue a job and return its id."""
        name = str(uuid.uuid4())
        self.jobs[name] = Job(body)
        self._queue.put(name)
        return name

    def close(self) -> None:
        """Let the worker end."""
        self.gate.set()
        self._queue.put(None)
        self._worker.join()

    def _work(self) -> None:
        while (name := self._queue.get()) is not None:
            self.gate.wait()
            job = self.jobs.get(name)
            if job is not None and job.status == "Waiting":
                job.status = "Running"
                job.result = solve(job.body)
                job.status = "Done"


def solver_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return the solver's parameters of a request."""
    solver: dict[str, Any] = body[SOLVER]
    return solver


def solve(body: dict[str, Any]) -> dict[str, Any]:
    """Solve a request with our own sampler and return the result as the vendor writes it."""
    solver = solver_of(body)
    energy, penalty = (
        _qubo(body.get(key, {"terms": []})) for key in ("binary_polynomial", "penalty_binary_polynomial")
    )
    count = max(energy.variable_count, penalty.variable_count)
    groups = _groups(solver.get("one_way_one_hot_groups", {}).get("numbers", []), energy, penalty)
    parts = (energy, penalty, groups)
    total = Qubo(
        max(count, groups.variable_count),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.columns for part in parts]),
        np.concatenate([part.coefficients for part in parts]),
    )
    budget = Budget.of_seconds(solver.get("time_limit_sec", 10), lambda: False)
    samples = draw(Annealer(), total, SampleOptions(solver.get("num_run", 16)), budget)
    kept = slice(0, solver.get("num_output_solution", 5))
    solutions = [
        {
            "energy": int(energy.energies(state[np.newaxis])[0]),
            "penalty_energy": int(penalty.energies(state[np.newaxis])[0]),
            "frequency": int(times),
            "configuration": {str(place): bool(value) for place, value in enumerate(state)},
        }
        for state, times in zip(samples.states[kept], samples.occurrences[kept], strict=True)
    ]
    progress = [{"energy": solutions[0]["energy"], "penalty_energy": solutions[0]["penalty_energy"], "time": 0.1}]
    timing = {"solve_time": "11", "total_elapsed_time": "12"}
    answer = {"progress": progress, "result_status": True, "solutions": solutions, "timing": timing}
    return {"qubo_solution": answer, "status": "Done"}


def _qubo(polynomial: dict[str, Any]) -> Qubo:
    places = [(term["p"] * 2)[:2] if term["p"] else None for term in polynomial["terms"]]
    terms = [(place, term["c"]) for place, term in zip(places, polynomial["terms"], strict=True) if place is not None]
    offset = sum(term["c"] for term in polynomial["terms"] if not term["p"])
    indices = np.array([place for place, _ in terms], dtype=np.int64).reshape(-1, 2)
    coefficients = np.array([value for _, value in terms], dtype=np.float64)
    return Qubo(int(indices.max(initial=-1)) + 1, indices[:, 0], indices[:, 1], coefficients, float(offset))


def _groups(sizes: list[int], energy: Qubo, penalty: Qubo) -> Qubo:
    """Return the penalty of groups of which not exactly one variable is 1."""
    weight = PENALTY * max((float(np.abs(part.coefficients).max(initial=1)) for part in (energy, penalty)), default=1.0)
    rows, columns, values, begin = [], [], [], 0
    for size in sizes:
        first, second = np.triu_indices(size)
        rows.append(begin + first)
        columns.append(begin + second)
        values.append(np.where(first == second, -weight, 2 * weight))
        begin += size
    empty = np.zeros(0, dtype=np.int64)
    return Qubo(begin, np.concatenate([empty, *rows]), np.concatenate([empty, *columns]), np.concatenate([[], *values]))
