"""General solvers on the formulation with a variable for each car, in processes of their own."""

import json
import subprocess
import sys
from dataclasses import replace

from cli.schedule_bench.figures import Figure
from cli.schedule_bench.instances import Size

RIVALS = {"cp_sat": "cli.schedule_bench.car_indexed_cp_sat", "highs": "cli.schedule_bench.car_indexed_highs"}

MOST_VARIABLES = 1_000_000
"""Larger formulations are not built: their solvers would only read them for minutes."""

GRACE_SECONDS = 60.0
"""For building the model; only the solver's own time is limited to the same as ours."""


def solve_in_process(name: str, size: Size, seed: int, time_limit_seconds: float, figure: Figure) -> Figure:
    """Run a solver; `figure` tells what is solved."""
    if size.variable_count > MOST_VARIABLES:
        return replace(figure, note=f"too large: {size.variable_count:,} variables")
    task = {**size.__dict__, "seed": seed, "presence": figure.presence, "time_limit_seconds": time_limit_seconds}
    command = [sys.executable, "-m", RIVALS[name], json.dumps(task)]
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=time_limit_seconds + GRACE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return replace(figure, seconds=time_limit_seconds + GRACE_SECONDS, note="killed: far beyond the time limit")
    if run.returncode:
        raise RuntimeError(f"{RIVALS[name]} ended with {run.returncode}: {run.stderr[-500:]}")
    return replace(figure, **json.loads(run.stdout.splitlines()[-1]))
