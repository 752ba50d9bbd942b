"""How many calls the dispatch simulator replays in a second, on a made-up area."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from services.demand.calls import CallSet
from services.demand.simulator.case import DispatchCase, Placement, static_placement
from services.demand.simulator.simulate import Simulator

SECTORS, CARS, PERIODS, SCENARIOS = 22, 22, 12, 2000
SPAN_MINUTES = 720.0
REPEATS = 5


def random_case(calls_per_scenario: float, seed: int = 0) -> DispatchCase:
    """Return calls with travel between 2 and 25 minutes."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(calls_per_scenario, SCENARIOS)
    number = int(counts.sum())
    scenario = np.repeat(np.arange(SCENARIOS), counts)
    minute = rng.uniform(0, SPAN_MINUTES, number)
    calls = CallSet(
        span_minutes=SPAN_MINUTES,
        first_call=np.concatenate(([0], np.cumsum(counts))),
        minute=minute[np.lexsort((minute, scenario))],
        latitude=np.zeros(number),
        longitude=np.zeros(number),
        sector=rng.integers(0, SECTORS, number),
        urgent=rng.random(number) < 0.4,
        target_minutes=np.where(rng.random(number) < 0.4, 15.0, 30.0),
        cars_required=np.where(rng.random(number) < 0.4, 2, 1),
        service_minutes=np.minimum(rng.lognormal(3.3, 1, number), 240),
    )
    to_call = rng.uniform(2, 25, (number, SECTORS))
    between = rng.uniform(4, 25, (SECTORS, SECTORS))
    np.fill_diagonal(between, 0)
    return DispatchCase(calls, to_call, to_call * 1.3, between)


def measure() -> Iterator[dict[str, Any]]:
    """Replay light and heavy load, with cars that stay and cars that move every hour."""
    static = static_placement(np.ones(SECTORS, dtype=np.int64), SPAN_MINUTES)
    rotating = Placement((np.arange(CARS)[None, :] + np.arange(PERIODS)[:, None]) % SECTORS, SPAN_MINUTES / PERIODS)
    for load, calls_per_scenario in (("light", 30.0), ("heavy", 150.0)):
        simulator = Simulator(random_case(calls_per_scenario))
        for name, placement in (("static", static), ("rotating", rotating)):
            simulator.simulate(placement)  # compiles
            start = time.perf_counter()
            for _ in range(REPEATS):
                outcome = simulator.simulate(placement)
            seconds = (time.perf_counter() - start) / REPEATS
            yield {
                "benchmark": "dispatch",
                "load": load,
                "placement": name,
                "calls": len(outcome.response_minutes),
                "million_calls_per_second": round(len(outcome.response_minutes) / seconds / 1e6, 2),
            }
