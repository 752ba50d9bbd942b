"""Our engines, in this process."""

import time
from dataclasses import replace

import numpy as np

from cli.schedule_bench.figures import Figure
from services.scheduler.instance import NOWHERE, compile_instance
from services.scheduler.measure import measure
from services.scheduler.problem import Problem
from services.scheduler.solution import Schedule
from services.scheduler.solve import Engine, SolveOptions, solve
from serving.work import never_stop

EXACT = "exact"


def solve_with(name: str, problem: Problem, seed: int, time_limit_seconds: float, figure: Figure) -> Figure:
    """Solve with the exact engine or with an annealer, by its name; `figure` tells what is solved."""
    engine = Engine.EXACT if name == EXACT else Engine.QUBO
    options = SolveOptions(engine, time_limit_seconds=time_limit_seconds, seed=seed)
    if engine is Engine.QUBO:
        options = replace(options, annealer=name)
    wall, cpu = time.perf_counter(), time.process_time()
    schedule = solve(problem, options, never_stop)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    found = bool(schedule.assignments)
    return replace(
        figure,
        feasible=found,
        objective=schedule.objective if found else None,
        bound=schedule.best_bound,
        largest_minutes=largest_minutes(problem, schedule) if found else None,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
    )


def largest_minutes(problem: Problem, schedule: Schedule) -> float:
    """Return the travel of the car that drives most."""
    index = {"": NOWHERE, **{sector: place for place, sector in enumerate(problem.sectors)}}
    rows = np.array([[index[sector] for sector in assignment.sectors] for assignment in schedule.assignments])
    return float(measure(compile_instance(problem), rows).travel_minutes.max())
