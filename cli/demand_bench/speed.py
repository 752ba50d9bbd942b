"""How fast the simulator, the optimiser and areas with teams are, on one core unless said otherwise."""

import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from cli.demand_bench.data import OpenData, ShiftCalls
from officers.area.v1 import area_pb2
from services.demand.arrays import BoolArray
from services.demand.calls import COLUMNS, CallSet
from services.demand.convert_area import parse_area
from services.demand.demand_order import DemandOrder
from services.demand.history import HistoryWindow
from services.demand.library import Library
from services.demand.optimiser.staffing import Staffing
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import static_placement
from services.demand.simulator.rules import DispatchRules, Queue, Territory
from services.demand.simulator.simulate import Simulator
from services.demand.superpose import superpose_scenarios
from serving.artifacts import ArtifactStore
from serving.work import never_stop

REPEATS = 20
FEW_SCENARIOS = 200
ALL_RULES = DispatchRules(Territory.ADJACENT_FIRST, Queue.URGENT_FIRST, sends_returning=True, preempts=True)
TEAMS, TEAM_SCENARIOS, WORKERS = 10, 200, 2
DEGREES_APART = 1.0


@dataclass(frozen=True)
class Speed:
    """One measurement: what, how much, what it should be."""

    what: str
    value: float
    unit: str
    goal: str
    met: bool


def measure_speed(opened: OpenData, cars: int, block_minutes: int, seed: int) -> Iterator[Speed]:
    """Measure on the scenarios of the area's first shift on the first day."""
    shift = next(shift for shift in opened.data.shifts if shift.start_minute >= 0)
    large = opened.scenarios(opened.data.many)
    small = large.first_scenarios(FEW_SCENARIOS)
    for name, rules, least in (("without queue features", DispatchRules(), 8.0), ("with all rules", ALL_RULES, 3.0)):
        value = _calls_per_second(small, rules, cars)
        yield Speed(f"simulator, {name}", value, "million calls/s", f"at least {least:g}", value >= least)
    for case, most in ((small, 10.0), (large, 30.0)):
        seconds = _seconds_to_optimise(opened, shift, case, cars, block_minutes, seed)
        what = f"optimise {case.calls.scenario_count} scenarios of {case.calls.call_count} calls"
        yield Speed(what, seconds, "s", f"at most {most:g}", seconds <= most)
    yield from _measure_teams(opened, cars, shift.minutes, seed)


def _calls_per_second(case: DispatchCase, rules: DispatchRules, cars: int) -> float:
    shares = np.full(case.sector_count, cars // case.sector_count)
    shares[: cars - int(shares.sum())] += 1
    simulator, placement = Simulator(case, rules), static_placement(shares, case.calls.span_minutes)
    simulator.simulate(placement)  # compiles
    seconds = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        simulator.simulate(placement)
        seconds = min(seconds, time.perf_counter() - start)
    return case.calls.call_count / seconds / 1e6


def _seconds_to_optimise(
    opened: OpenData, shift: ShiftCalls, case: DispatchCase, cars: int, block_minutes: int, seed: int
) -> float:
    from services.demand.optimiser.optimise import OptimiseProblem, optimise  # as in jobs.py

    none = np.zeros(case.sector_count, np.int64)
    problem = OptimiseProblem(
        training=case,
        validation=opened.scenarios(shift.validation),
        staffing=Staffing.steady(cars, shift.minutes, block_minutes, none, none + cars),
        past_calls=opened.past_calls(shift.start_minute, shift.minutes),
        seed=seed,
        time_limit_seconds=600.0,
    )
    return optimise(problem, never_stop).wall_seconds


def _measure_teams(opened: OpenData, cars: int, minutes: int, seed: int) -> Iterator[Speed]:
    """Measure an area of ten teams, each as large as the bench's, two at once."""
    from services.demand.plan_demand import plan_demand  # as in jobs.py

    data = opened.data
    with tempfile.TemporaryDirectory(prefix="officers-bench-") as folder:
        store = ArtifactStore(folder)
        calls = superpose_scenarios(opened.library.read_calls(data.many, "calls", opened.area), data.copies)
        calls = calls.first_scenarios(2 * TEAM_SCENARIOS)
        sets = (calls.scenario < TEAM_SCENARIOS, calls.scenario >= TEAM_SCENARIOS)
        training, validation = (_put_teams_calls(store, calls, chosen, opened.area.sector_count) for chosen in sets)
        order = DemandOrder(
            area_artifact=_put_teams_area(store, opened),
            training_calls_artifact=training,
            validation_calls_artifact=validation,
            cars=TEAMS * cars,
            shift_minutes=minutes,
            block_minutes=120,
            period_minutes=60,
            minimum_cars=(),
            maximum_cars=(),
            history=HistoryWindow(None, None, minutes),
            seed=seed,
            time_limit_seconds=600.0,
            team_cars=(cars,) * TEAMS,
        )
        answer = plan_demand(order, Library(store, parse_area), never_stop, WORKERS)
    sectors = TEAMS * opened.area.sector_count
    what = f"{sectors} sectors in {TEAMS} teams, {TEAM_SCENARIOS} scenarios, {WORKERS} threads"
    yield Speed(what, answer.wall_seconds, "s", "at most 120", answer.wall_seconds <= 120)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    yield Speed("peak memory of all that", peak, "GiB", "at most 4", peak <= 4)


def _put_teams_area(store: ArtifactStore, opened: OpenData) -> str:
    """Store an area of ten copies of the bench's sectors side by side, each a team, with driving by distance."""
    area = opened.area
    sectors = [
        area_pb2.Sector(
            id=f"T{team}-{name}",
            centre=area_pb2.Point(latitude=float(latitude), longitude=float(longitude) + DEGREES_APART * team),
        )
        for team in range(TEAMS)
        for name, latitude, longitude in zip(
            area.sector_ids, area.centre_latitudes, area.centre_longitudes, strict=True
        )
    ]
    count = area.sector_count
    teams = [
        area_pb2.Team(name=f"T{team}", sector_ids=[each.id for each in sectors[team * count : (team + 1) * count]])
        for team in range(TEAMS)
    ]
    message = area_pb2.Area(
        name="Teams",
        time_zone=area.time_zone,
        train_until_date=area.train_until_date.isoformat(),
        sectors=sectors,
        teams=teams,
        travel=area_pb2.TravelSpeeds(speed_km_h=24, urgent_speed_km_h=36, detour_factor=1.35),
        incidents_artifact=_put_teams_incidents(store, sectors),
    )
    return store.put(message.SerializeToString(deterministic=True))


def _put_teams_incidents(store: ArtifactStore, sectors: list[area_pb2.Sector]) -> str:
    """Store one past incident of every sector."""
    times = pa.array([datetime(2000, 1, 1, tzinfo=UTC)] * len(sectors), pa.timestamp("us", tz="UTC"))
    columns = {
        "id": [sector.id for sector in sectors],
        "time": times,
        "latitude": [sector.centre.latitude for sector in sectors],
        "longitude": [sector.centre.longitude for sector in sectors],
        "sector": [sector.id for sector in sectors],
    }
    return store.put_table(pa.table(columns))


def _put_teams_calls(store: ArtifactStore, calls: CallSet, chosen: BoolArray, sector_count: int) -> str:
    """Store some scenarios once for every team, side by side."""
    kept = calls.take(chosen)
    scenario = np.repeat(kept.scenario - kept.scenario.min(), TEAMS)
    team = np.tile(np.arange(TEAMS), kept.call_count)
    columns = {name: np.repeat(getattr(kept, name), TEAMS) for name in COLUMNS[1:]}
    columns["longitude"] = columns["longitude"] + DEGREES_APART * team
    columns["sector"] = (columns["sector"] + sector_count * team).astype(np.int32)
    metadata = {
        b"scenario_count": str(TEAM_SCENARIOS).encode(),
        b"span_minutes": f"{kept.span_minutes:g}".encode(),
    }
    table = pa.table({"scenario": scenario.astype(np.int32)} | columns)
    return store.put_table(table.replace_schema_metadata(metadata))
