"""Deployments to replay calls against: timetables of cars, and the simple rules that any plan must beat."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from operator import itemgetter

import numpy as np

from services.demand.allotment import share_equally, share_in_proportion
from services.demand.area import Area
from services.demand.arrays import IntArray
from services.demand.simulator.placement import Break, Placement, static_placement
from services.demand.simulator.records import OFF_DUTY
from services.demand.simulator.rules import DispatchRules
from serving.errors import FailedPrecondition

EVERY_SKILL = 2**31 - 1
MOST_MOVES_PER_HOUR = 1000


@dataclass(frozen=True)
class CarTimetable:
    """One car.

    Parameters
    ----------
    sectors
        Its sector in each period; empty: off duty.
    breaks
        Start and length of each break, minutes.
    capabilities
        What it can do, among the area's capabilities.
    busy_until_minute
        When it is back from a call of the shift before.
    """

    car_id: str
    sectors: tuple[str, ...]
    breaks: tuple[tuple[int, int], ...] = ()
    capabilities: tuple[str, ...] = ()
    busy_until_minute: float = 0.0


@dataclass(frozen=True)
class Timetable:
    """Which car is where, through the shift."""

    period_minutes: int
    cars: tuple[CarTimetable, ...]


class Baseline(Enum):
    """Simple rules."""

    ONE_PER_SECTOR = "one per sector"
    PROPORTIONAL = "proportional"


@dataclass(frozen=True)
class Deployment:
    """A named placement; None: the request has none.

    Parameters
    ----------
    moves_freely
        Whether free cars are moved to where they add most.
    rules
        How calls are dispatched; None: as for the other deployments.
    most_moves_per_hour
        Most moves of free cars that begin within any 60 minutes; 0: no limit.
    """

    name: str
    placement: Timetable | Baseline | None
    moves_freely: bool = False
    rules: DispatchRules | None = None
    most_moves_per_hour: int = 0


Fault = tuple[str, str]


def find_deployment_faults(deployments: tuple[Deployment, ...], area: Area, shift_minutes: int) -> Iterator[Fault]:
    """Yield (field, description) of everything wrong with deployments."""
    if not deployments:
        yield "deployments", "Expected at least 1 deployment, got none."
    names = Counter(deployment.name for deployment in deployments)
    for index, deployment in enumerate(deployments):
        path = f"deployments[{index}]"
        if not deployment.name or names[deployment.name] > 1:
            yield f"{path}.name", f"Expected a name that no other deployment has, got {deployment.name!r}."
        if deployment.placement is None:
            yield path, "Expected a timetable or a baseline."
        elif isinstance(deployment.placement, Timetable):
            yield from _find_timetable_faults(deployment.placement, f"{path}.timetable", area, shift_minutes)
        yield from _find_limit_faults(deployment, f"{path}.most_moves_per_hour")


def _find_limit_faults(deployment: Deployment, path: str) -> Iterator[Fault]:
    most = deployment.most_moves_per_hour
    if not 0 <= most <= MOST_MOVES_PER_HOUR:
        yield path, f"Expected 1 to {MOST_MOVES_PER_HOUR} moves, or 0 for no limit, got {most}."
    elif most and not deployment.moves_freely:
        yield path, f"Expected moves_freely beside a limit, or 0 for none, got {most}."


def _find_timetable_faults(timetable: Timetable, path: str, area: Area, shift_minutes: int) -> Iterator[Fault]:
    period_minutes = timetable.period_minutes
    if not timetable.cars:
        yield f"{path}.cars", "Expected at least 1 car, got none."
    if period_minutes < 1 or shift_minutes % period_minutes:
        yield f"{path}.period_minutes", f"Expected a divisor of {shift_minutes}, got {period_minutes}."
        return
    ids = Counter(car.car_id for car in timetable.cars)
    for index, car in enumerate(timetable.cars):
        if not car.car_id or ids[car.car_id] > 1:
            yield f"{path}.cars[{index}].car_id", f"Expected an id that no other car has, got {car.car_id!r}."
        yield from _find_sector_faults(car, f"{path}.cars[{index}].sectors", area, shift_minutes // period_minutes)
        yield from _find_car_faults(car, f"{path}.cars[{index}]", area, shift_minutes)


def _find_sector_faults(car: CarTimetable, path: str, area: Area, period_count: int) -> Iterator[Fault]:
    if len(car.sectors) != period_count:
        yield path, f"Expected {period_count} sectors, one per period, got {len(car.sectors)}."
    for period, sector in enumerate(car.sectors):
        if sector and sector not in area.sector_ids:
            yield f"{path}[{period}]", f"Expected a sector of the area or nothing, got {sector!r}."


def _find_car_faults(car: CarTimetable, path: str, area: Area, shift_minutes: int) -> Iterator[Fault]:
    end = 0
    for index, (start, minutes) in sorted(enumerate(car.breaks), key=itemgetter(1)):
        if start < end or minutes < 1 or start + minutes > shift_minutes:
            expected = f"breaks of at least 1 minute within {shift_minutes}, one after the other"
            yield f"{path}.breaks[{index}]", f"Expected {expected}, got {start} to {start + minutes}."
        end = start + minutes
    for index, capability in enumerate(car.capabilities):
        if capability not in area.capabilities:
            known = f"one of {', '.join(area.capabilities)}" if area.capabilities else "none, for the area knows none"
            yield f"{path}.capabilities[{index}]", f"Expected {known}, got {capability!r}."
    if not 0 <= car.busy_until_minute < float("inf"):
        yield f"{path}.busy_until_minute", f"Expected at least 0 minutes, got {car.busy_until_minute:g}."


def place_timetable(timetable: Timetable, area: Area) -> Placement:
    """Turn a timetable without faults into a placement."""
    index = {sector: position for position, sector in enumerate(area.sector_ids)} | {"": OFF_DUTY}
    by_car = np.array([[index[sector] for sector in car.sectors] for car in timetable.cars], np.int64)
    return Placement(
        sectors=np.ascontiguousarray(by_car.T),
        period_minutes=timetable.period_minutes,
        breaks=tuple(
            Break(number, start, start + minutes)
            for number, car in enumerate(timetable.cars)
            for start, minutes in car.breaks
        ),
        skills=np.array([_skills(car, area) for car in timetable.cars], np.int64),
        busy_until=np.array([car.busy_until_minute for car in timetable.cars]),
    )


def _skills(car: CarTimetable, area: Area) -> int:
    """Return what a car can do, a bit per capability of the area."""
    return sum(1 << area.capabilities.index(capability) for capability in set(car.capabilities))


def place_baseline(baseline: Baseline, cars: int, past_calls: IntArray, span_minutes: int) -> Placement:
    """Place cars by a simple rule, the same through the span; they can do whatever calls need.

    Parameters
    ----------
    past_calls
        Past calls per sector, shape (n_sectors,).

    Raises
    ------
    FailedPrecondition
        Cars cannot be in proportion to past calls where there are none.
    """
    check_past_calls(baseline, past_calls)
    placement = static_placement(share_by_rule(baseline, cars, past_calls), span_minutes)
    return replace(placement, skills=np.full(cars, EVERY_SKILL))


def check_past_calls(baseline: Baseline, past_calls: IntArray) -> None:
    """Check that there are past calls of the area where a rule goes by them. Raises FailedPrecondition."""
    if baseline is Baseline.PROPORTIONAL and not past_calls.any():
        raise FailedPrecondition("NO_PAST_CALLS", "Cars cannot be in proportion to past calls: the area has none then.")


def share_by_rule(baseline: Baseline, cars: int, past_calls: IntArray) -> IntArray:
    """Share cars out to sectors by a simple rule, shape (n_sectors,); without past calls as equally as possible."""
    none, any_number = np.zeros_like(past_calls), np.full_like(past_calls, cars)
    if baseline is Baseline.ONE_PER_SECTOR or not past_calls.any():
        return share_equally(cars, past_calls, none, any_number)
    return share_in_proportion(cars, past_calls.astype(np.float64), none, any_number)
