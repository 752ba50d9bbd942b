"""Our engines, in this process."""

import time
from dataclasses import replace

import numpy as np

from cli.schedule_bench.figures import Case, Figure
from services.scheduler.instance import NOWHERE, compile_instance
from services.scheduler.measure import measure
from services.scheduler.problem import Problem
from services.scheduler.solution import Schedule
from services.scheduler.solve import Engine, SolveOptions, solve
from serving.work import never_stop

EXACT = "exact"


def solve_with(case: Case, problem: Problem) -> Figure:
    """Solve with the exact engine or with an annealer, by its name."""
    engine = Engine.EXACT if case.solver == EXACT else Engine.QUBO
    options = SolveOptions(engine, time_limit_seconds=case.time_limit_seconds, seed=case.seed)
    if engine is Engine.QUBO:
        options = replace(options, annealer=case.solver)
    wall, cpu = time.perf_counter(), time.process_time()
    schedule = solve(problem, options, never_stop)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    found = bool(schedule.assignments)
    return Figure(
        case,
        feasible=found,
        objective=schedule.objective if found else None,
        bound=schedule.best_bound,
        car_minutes=_car_minutes(problem, schedule) if found else (),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        note="" if found else f"no schedule: {schedule.status.value}",
    )


def _car_minutes(problem: Problem, schedule: Schedule) -> tuple[float, ...]:
    index = {"": NOWHERE, **{sector: place for place, sector in enumerate(problem.sectors)}}
    rows = np.array([[index[sector] for sector in assignment.sectors] for assignment in schedule.assignments])
    return tuple(measure(compile_instance(problem), rows).travel_minutes.round(1).tolist())
