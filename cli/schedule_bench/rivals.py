"""General solvers on the formulation with a variable for each car, in processes of their own."""

import json
import subprocess
import sys
from dataclasses import asdict

from cli.schedule_bench.figures import Case, Figure
from cli.schedule_bench.instances import Size

RIVALS = {"cp_sat": "cli.schedule_bench.car_indexed_cp_sat", "highs": "cli.schedule_bench.car_indexed_highs"}

MOST_VARIABLES = 1_000_000
"""Larger formulations are not built: their solvers would only read them for minutes."""

GRACE_SECONDS = 60.0
"""For building the model; only the solver's own time is limited to the same as ours."""


def solve_in_process(case: Case, size: Size) -> Figure:
    """Run a solver; what ends it otherwise than with a result is the note of the figure."""
    if size.variable_count > MOST_VARIABLES:
        return Figure(case, note=f"too large to build: {size.variable_count:,} variables")
    order = {"size": asdict(size), "case": asdict(case)}
    command = [sys.executable, "-m", RIVALS[case.solver], json.dumps(order)]
    most_seconds = case.time_limit_seconds + GRACE_SECONDS
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=most_seconds, check=False)
    except subprocess.TimeoutExpired:
        return Figure(case, seconds=most_seconds, note="killed: far beyond the time limit")
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["without a word"])[-1]
        return Figure(case, note=f"ended with {run.returncode}: {last[:120]}")
    result = json.loads(run.stdout.splitlines()[-1])
    return Figure(case, **{**result, "car_minutes": tuple(result["car_minutes"])})
