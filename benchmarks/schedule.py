"""How fast and how good schedules are, on the instances of ``officers schedule bench``."""

import time
from collections.abc import Iterator
from typing import Any

from cli.schedule_bench.instances import random_problem
from services.scheduler.solve import Engine, SolveOptions, solve

SIZES = ((20, 20, 18), (20, 50, 18), (50, 50, 24))
"""Sectors, cars, periods."""
SEEDS = range(3)
TIME_LIMIT_SECONDS = 15.0


def measure() -> Iterator[dict[str, Any]]:
    """Solve every instance with the exact and the QUBO engine."""
    for sectors, cars, periods in SIZES:
        for seed in SEEDS:
            problem = random_problem(sectors, cars, periods, seed)
            for engine in (Engine.EXACT, Engine.QUBO):
                start = time.perf_counter()
                options = SolveOptions(engine, time_limit_seconds=TIME_LIMIT_SECONDS, seed=seed)
                schedule = solve(problem, options, stop=lambda: False)
                yield {
                    "benchmark": "schedule",
                    "size": f"{sectors}x{cars}x{periods}",
                    "seed": seed,
                    "engine": engine.value,
                    "status": schedule.status.value,
                    "objective": schedule.objective,
                    "gap": schedule.gap,
                    "seconds": round(time.perf_counter() - start, 3),
                }
