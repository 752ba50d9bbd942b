"""Builders of small areas, call sets and cases. Sectors and calls lie on a line; positions are minutes of driving
and kilometres. Sectors are next to each other in the order of their numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from services.demand.area import Area, Speeds
from services.demand.calls import CallSet
from services.demand.simulator.case import DispatchCase

BuildCase = Callable[..., DispatchCase]


@dataclass(frozen=True)
class LineCall:
    minute: float
    position: float
    service_minutes: float = 10.0
    cars: int = 1
    target_minutes: float = 15.0
    scenario: int = 0
    urgent: bool = False
    needs: int = 0


@pytest.fixture(scope="session")
def line_call() -> type[LineCall]:
    return LineCall


@pytest.fixture(scope="session")
def build_case() -> BuildCase:
    def build(
        sectors: Sequence[float], calls: Sequence[LineCall], span_minutes: float = 720.0, scenario_count: int = 1
    ) -> DispatchCase:
        positions = np.array([call.position for call in calls])
        to_call = np.abs(positions.reshape(-1, 1) - np.array(sectors, float))
        scenario = np.array([call.scenario for call in calls], int)
        call_set = CallSet(
            span_minutes=span_minutes,
            first_call=np.searchsorted(scenario, np.arange(scenario_count + 1)),
            minute=np.array([call.minute for call in calls], float),
            latitude=np.zeros(len(calls)),
            longitude=positions,
            sector=np.argmin(to_call, axis=1) if len(calls) else np.zeros(0, int),
            urgent=np.array([call.urgent for call in calls], bool),
            target_minutes=np.array([call.target_minutes for call in calls], float),
            cars_required=np.array([call.cars for call in calls], int),
            service_minutes=np.array([call.service_minutes for call in calls], float),
            needs=np.array([call.needs for call in calls], int),
        )
        between = np.abs(np.subtract.outer(np.array(sectors, float), np.array(sectors, float)))
        return DispatchCase(
            calls=call_set,
            to_call_minutes=to_call,
            from_call_minutes=to_call.copy(),
            minutes_per_km=np.ones(len(calls)),
            call_km=np.column_stack((positions, np.zeros(len(calls)))),
            between_minutes=between,
            sector_km=np.column_stack((np.array(sectors, float), np.zeros(len(sectors)))),
            normal_minutes_per_km=1.0,
            adjacent=np.abs(np.subtract.outer(np.arange(len(sectors)), np.arange(len(sectors)))) <= 1,
        )

    return build


@pytest.fixture(scope="session")
def random_case(build_case: BuildCase) -> BuildCase:
    def build(
        seed: int,
        sectors: Sequence[float] = (0.0, 5.0, 12.0, 20.0),
        scenarios: int = 20,
        calls_per_scenario: float = 12.0,
        span_minutes: float = 240.0,
        hot: float = 0.5,
    ) -> DispatchCase:
        """Calls of which a share `hot` comes from around the first sector, the others from anywhere."""
        rng = np.random.default_rng(seed)
        calls = []
        for scenario in range(scenarios):
            for minute in np.sort(rng.uniform(0, span_minutes, rng.poisson(calls_per_scenario))):
                place = abs(rng.normal(0, 1)) if rng.random() < hot else rng.uniform(0, max(sectors))
                service, cars = float(rng.exponential(25.0)), int(rng.integers(1, 3))
                calls.append(LineCall(float(minute), float(place), service, cars, 8.0, scenario))
        return build_case(sectors, calls, span_minutes, scenarios)

    return build


@pytest.fixture(scope="session")
def square_area() -> Area:
    """Four sectors about a kilometre apart in New York."""
    return Area(
        name="Square",
        time_zone="America/New_York",
        train_until_date=date(2014, 12, 31),
        sector_ids=("NE", "NW", "SE", "SW"),
        centre_latitudes=np.array([40.01, 40.01, 40.0, 40.0]),
        centre_longitudes=np.array([-73.0, -73.012, -73.0, -73.012]),
        speeds=Speeds(speed_km_h=24.0, urgent_speed_km_h=36.0, detour_factor=1.35),
        incidents_artifact="",
    )
