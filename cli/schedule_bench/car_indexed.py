"""The formulation with a variable for each car, [O] (3)-(8), its drives linearised, as sparse arrays.

Variables: y (car, period, sector), then z (car, period, from, to) ≥ y + y' - 1; objective Σ T z.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cli.schedule_bench.figures import Case
from cli.schedule_bench.instances import Size, presence_rule, problem_of_size
from services.scheduler.checker import broken_rules
from services.scheduler.instance import compile_instance
from services.scheduler.measure import measure
from services.scheduler.problem import PresenceRule, Problem

TENTHS = 10
"""Travel in tenths of a minute is whole."""


@dataclass(frozen=True, eq=False)
class Formulation:
    """Numbers of the variables: `place` (n, T, m) and `drive` (n, T - 1, m, m); `travel` (m, m) in tenths."""

    problem: Problem
    place: npt.NDArray[np.int64]
    drive: npt.NDArray[np.int64]
    travel: npt.NDArray[np.int64]
    demand: npt.NDArray[np.int64]

    @property
    def no_return(self) -> bool:
        """Whether returns within two periods are forbidden."""
        return self.problem.presence_rule is PresenceRule.NO_RETURN_WITHIN_TWO


@dataclass(frozen=True, eq=False)
class Outcome:
    """The values of y, shape (n, T, m), or None, and the bound in tenths or None."""

    places: npt.NDArray[np.int64] | None
    bound: float | None


def formulate(problem: Problem) -> Formulation:
    """Number the variables of a problem."""
    cars, periods, sectors = len(problem.cars), len(problem.demand), len(problem.sectors)
    place = np.arange(cars * periods * sectors).reshape(cars, periods, sectors)
    drive = place.size + np.arange(cars * (periods - 1) * sectors**2)
    travel = np.rint(np.array(problem.travel_minutes) * TENTHS).astype(np.int64)
    return Formulation(
        problem, place, drive.reshape(cars, periods - 1, sectors, sectors), travel, np.array(problem.demand)
    )


def run(solve: Callable[[Formulation, float, int], Outcome]) -> None:
    """Read a task from the command line, solve it and print what came of it as a line of JSON."""
    order = json.loads(sys.argv[1])
    case = Case(**order["case"])
    problem = problem_of_size(Size(**order["size"]), case.seed, presence_rule(case.presence))
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = solve(formulate(problem), case.time_limit_seconds, case.seed)
    result = {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "bound": None if outcome.bound is None else max(0.0, outcome.bound / TENTHS),
    }
    sys.stdout.write(json.dumps(result | _schedule(problem, outcome)) + "\n")


def _schedule(problem: Problem, outcome: Outcome) -> dict[str, float | bool | str | list[float]]:
    if outcome.places is None:
        return {"note": "no schedule in time", "car_minutes": []}
    rows = outcome.places.argmax(axis=2)
    names = {car.id: tuple(problem.sectors[s] for s in row) for car, row in zip(problem.cars, rows, strict=True)}
    measured = measure(compile_instance(problem), rows)
    return {
        "feasible": not broken_rules(problem, names),
        "objective": measured.objective,
        "car_minutes": measured.travel_minutes.round(1).tolist(),
    }
