"""Cases of calls at two sectors, the second ten minutes of driving from the first, through whole weeks."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from cli.demand_bench.data import BenchData, ShiftCalls
from services.demand.calls import CallSet
from services.demand.simulator.case import DispatchCase

WEEK_MINUTES = 10_080
BuildCase = Callable[..., DispatchCase]


def make_calls(minutes: Sequence[float], sectors: Sequence[int], weeks: int) -> CallSet:
    """Calls of one car and ten minutes on the scene, at the centres of their sectors."""
    count = len(minutes)
    return CallSet(
        span_minutes=float(weeks * WEEK_MINUTES),
        first_call=np.array([0, count]),
        minute=np.array(minutes, np.float64),
        latitude=np.zeros(count),
        longitude=np.array(sectors, np.float64),
        sector=np.array(sectors, np.int64),
        urgent=np.zeros(count, bool),
        target_minutes=np.full(count, 5.0),
        cars_required=np.ones(count, np.int64),
        service_minutes=np.full(count, 10.0),
        needs=np.zeros(count, np.int64),
    )


def make_case(minutes: Sequence[float], sectors: Sequence[int] | None = None, weeks: int = 1) -> DispatchCase:
    places = np.array([0.0, 10.0])
    calls = make_calls(minutes, [0] * len(minutes) if sectors is None else sectors, weeks)
    driving = np.abs(places[calls.sector][:, np.newaxis] - places)
    return DispatchCase(
        calls=calls,
        to_call_minutes=driving,
        from_call_minutes=driving.copy(),
        minutes_per_km=np.ones(len(minutes)),
        call_km=np.column_stack((places[calls.sector], np.zeros(len(minutes)))),
        between_minutes=np.abs(np.subtract.outer(places, places)),
        sector_km=np.column_stack((places, np.zeros(2))),
        normal_minutes_per_km=1.0,
        adjacent=np.ones((2, 2), bool),
    )


@pytest.fixture
def build_case() -> BuildCase:
    return make_case


def shift_calls(start_minute: int, minutes: int = 720, name: str = "day") -> ShiftCalls:
    return ShiftCalls("2015-04-01", name, start_minute, minutes, "t" * 64, "v" * 64)


@pytest.fixture
def bench_data() -> Callable[..., BenchData]:
    """Data of a bench with shifts that begin at the minutes given, nothing of it stored."""

    def make(*starts: int, minutes: int = 720) -> BenchData:
        shifts = tuple(shift_calls(start, minutes) for start in starts)
        past, spread_past, weeks = (("p" * 64,), ("s" * 64,), ("w" * 64,))
        return BenchData("store", "a" * 64, 3, "2014-01-02", past, spread_past, "2015-04-01", weeks, shifts, "m" * 64)

    return make
