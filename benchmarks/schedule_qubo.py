"""How long it takes to build the QUBO of a schedule; at 20 x 20 x 18 it has 7,200 variables."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from cli.schedule_bench.instances import MANY_CLASSES, Size, problem_of_size
from services.scheduler.instance import compile_instance
from services.scheduler.schedule_qubo import build_schedule_qubo

SIZES = (Size(20, 20, 18), Size(20, 70, 24), MANY_CLASSES)
REPEATS = 3


def measure() -> Iterator[dict[str, Any]]:
    """Build each a few times; the first time is slower, as memory is got."""
    for size in SIZES:
        instance = compile_instance(problem_of_size(size, seed=0))
        for repeat in range(REPEATS):
            begin = time.perf_counter()
            qubo = build_schedule_qubo(instance).weighted(10.0, 10.0, 10.0)
            seconds = time.perf_counter() - begin
            places = np.minimum(qubo.rows, qubo.columns) * qubo.variable_count + np.maximum(qubo.rows, qubo.columns)
            yield {
                "benchmark": "schedule_qubo",
                "size": str(size),
                "repeat": repeat,
                "variables": qubo.variable_count,
                "terms": len(np.unique(places)),
                "seconds": round(seconds, 4),
            }
