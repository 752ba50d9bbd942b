"""Compiles the simulation kernel before the first request needs it: ``python -m services.demand.simulator.warm_up``."""

import numpy as np

from services.demand.calls import CallSet
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import static_placement
from services.demand.simulator.simulate import Simulator

SPAN_MINUTES = 60.0


def compile_kernel() -> None:
    """Replay a single call, which compiles the kernel or loads what was compiled before (``NUMBA_CACHE_DIR``)."""
    Simulator(_tiny_case()).simulate(static_placement(np.array([1]), SPAN_MINUTES))


def _tiny_case() -> DispatchCase:
    nothing, one = np.zeros(1), np.ones(1)
    calls = CallSet(
        span_minutes=SPAN_MINUTES,
        first_call=np.array([0, 1]),
        minute=nothing,
        latitude=nothing,
        longitude=nothing,
        sector=np.zeros(1, np.int64),
        urgent=np.ones(1, bool),
        target_minutes=one,
        cars_required=np.ones(1, np.int64),
        service_minutes=one,
        needs=np.zeros(1, np.int64),
    )
    return DispatchCase(
        calls=calls,
        to_call_minutes=np.zeros((1, 1)),
        from_call_minutes=np.zeros((1, 1)),
        minutes_per_km=one,
        call_km=np.zeros((1, 2)),
        between_minutes=np.zeros((1, 1)),
        sector_km=np.zeros((1, 2)),
        normal_minutes_per_km=1.0,
        adjacent=np.ones((1, 1), bool),
    )


if __name__ == "__main__":
    compile_kernel()
