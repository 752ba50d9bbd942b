"""How many calls the dispatch simulator replays in a second, on a made-up area, under plain and under all rules."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from services.demand.calls import CallSet
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import Placement, static_placement
from services.demand.simulator.rules import DispatchRules, Queue, Territory
from services.demand.simulator.simulate import Simulator
from services.demand.simulator.stationing import Stationing, measure_reach

SECTORS, CARS, PERIODS, SCENARIOS = 22, 22, 12, 200
SPAN_MINUTES = 720.0
SIDE_KM = 12.0
URGENT_MINUTES_PER_KM, NORMAL_MINUTES_PER_KM = 2.2, 3.0
REPEATS = 20
RULES = {
    "plain": DispatchRules(),
    "all": DispatchRules(Territory.ADJACENT_FIRST, Queue.URGENT_FIRST, sends_returning=True, preempts=True),
}


def random_case(calls_per_scenario: float, seed: int = 0) -> DispatchCase:
    """Return calls at random places of a square, with driving in straight lines."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(calls_per_scenario, SCENARIOS)
    number = int(counts.sum())
    scenario = np.repeat(np.arange(SCENARIOS), counts)
    minute = rng.uniform(0, SPAN_MINUTES, number)
    sector_km, call_km = rng.uniform(0, SIDE_KM, (SECTORS, 2)), rng.uniform(0, SIDE_KM, (number, 2))
    call_apart_km = np.linalg.norm(call_km[:, np.newaxis] - sector_km, axis=2)
    apart_km = np.linalg.norm(sector_km[:, np.newaxis] - sector_km, axis=2)
    urgent = rng.random(number) < 0.4
    minutes_per_km = np.where(urgent, URGENT_MINUTES_PER_KM, NORMAL_MINUTES_PER_KM)
    calls = CallSet(
        span_minutes=SPAN_MINUTES,
        first_call=np.concatenate(([0], np.cumsum(counts))),
        minute=minute[np.lexsort((minute, scenario))],
        latitude=np.zeros(number),
        longitude=np.zeros(number),
        sector=call_apart_km.argmin(axis=1),
        urgent=urgent,
        target_minutes=np.where(urgent, 15.0, 30.0),
        cars_required=np.where(urgent, 2, 1),
        service_minutes=np.minimum(rng.lognormal(3.3, 1, number), 240),
        needs=np.zeros(number, np.int64),
    )
    return DispatchCase(
        calls=calls,
        to_call_minutes=call_apart_km * minutes_per_km[:, np.newaxis],
        from_call_minutes=call_apart_km * NORMAL_MINUTES_PER_KM,
        minutes_per_km=minutes_per_km,
        call_km=call_km,
        between_minutes=apart_km * NORMAL_MINUTES_PER_KM,
        sector_km=sector_km,
        normal_minutes_per_km=NORMAL_MINUTES_PER_KM,
        adjacent=apart_km < SIDE_KM / 3,
    )


def measure() -> Iterator[dict[str, Any]]:
    """Replay light, middling and heavy load, with cars that stay and cars that move every hour."""
    static = static_placement(np.ones(SECTORS, dtype=np.int64), SPAN_MINUTES)
    rotating = Placement((np.arange(CARS)[None, :] + np.arange(PERIODS)[:, None]) % SECTORS, SPAN_MINUTES / PERIODS)
    for load, calls_per_scenario in (("light", 30.0), ("middling", 100.0), ("heavy", 150.0)):
        case = random_case(calls_per_scenario)
        own = np.ones((SECTORS, SECTORS), bool)
        stationing = Stationing(np.ones((1, SECTORS)), SPAN_MINUTES, measure_reach(case, own))
        for name, rules in RULES.items():
            for placed, placement in (("static", static), ("rotating", rotating)):
                yield _figure(load, name, placed, Simulator(case, rules), placement)
        yield _figure(load, "all", "moved freely", Simulator(case, RULES["all"], stationing), static)


def _figure(load: str, rules: str, placed: str, simulator: Simulator, placement: Placement) -> dict[str, Any]:
    simulator.simulate(placement)  # compiles
    seconds = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        outcome = simulator.simulate(placement)
        seconds = min(seconds, time.perf_counter() - start)
    call_count = len(outcome.response_minutes)
    return {
        "benchmark": "dispatch",
        "load": load,
        "rules": rules,
        "placement": placed,
        "calls": call_count,
        "utilisation": round(outcome.utilisation, 3),
        "million_calls_per_second": round(call_count / seconds / 1e6, 2),
    }
