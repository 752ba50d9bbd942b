"""Answers "where should the free cars wait now" for a request: reads what to expect, checks cars, suggests moves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from services.demand.area import Area
from services.demand.demand_order import MOST_CARS
from services.demand.expectation import expect_calls
from services.demand.library import Library
from services.demand.redeploy import Fleet, Redeployment, redeploy
from services.demand.simulator.rules import DEFAULT_RULES, DispatchRules
from services.demand.simulator.stationing import Stationing
from serving.errors import InvalidArgument

MOST_MOVES = 100


@dataclass(frozen=True)
class CarNow:
    """A car, the sector it waits in or will wait in, minutes until it is free, and whether it may be moved."""

    car_id: str
    sector_id: str
    free_in_minutes: float
    may_move: bool


@dataclass(frozen=True)
class MovesOrder:
    """What is asked for; the fields are those of `RedeployRequest`, with its defaults filled in."""

    area_artifact: str
    expected_calls_artifact: str
    now_minute: float
    cars: tuple[CarNow, ...]
    most_moves: int
    least_gain: float
    horizon_minutes: float
    rules: DispatchRules = DEFAULT_RULES


@dataclass(frozen=True, eq=False)
class MovesAnswer:
    """Moves of the order's cars between sectors given by position."""

    sector_ids: tuple[str, ...]
    redeployment: Redeployment
    expected_calls_per_hour: float


def suggest_moves(order: MovesOrder, library: Library) -> MovesAnswer:
    """Suggest moves of free cars, each within the sectors of its team.

    Raises
    ------
    InvalidArgument
        The order contradicts itself, its area or its calls; every field at fault is named.
    NotFound
        An artifact does not exist.
    FailedPrecondition
        Rules need to know which sectors are next to each other, and the area does not say.
    """
    area, travel = library.open_area(order.area_artifact)
    faults = list(_find_faults(order, area))
    if faults:
        raise InvalidArgument.of(faults)
    case = library.read_case(order.expected_calls_artifact, "expected_calls_artifact", area, travel)
    if order.now_minute >= case.calls.span_minutes:
        expected = f"below {case.calls.span_minutes:g}, the span of the expected calls"
        raise InvalidArgument("now_minute", f"Expected a minute {expected}, got {order.now_minute:g}.")
    stationing = expect_calls(case, order.rules)
    ahead = _ahead(stationing, order)
    positions = {sector: number for number, sector in enumerate(area.sector_ids)}
    sectors = np.array([positions[car.sector_id] for car in order.cars], np.int64)
    fleet = Fleet(
        sectors=sectors,
        free_in_minutes=np.array([car.free_in_minutes for car in order.cars]),
        may_move=np.array([car.may_move for car in order.cars], bool),
    )
    drive_minutes = np.where(case.same_team, case.between_minutes, np.inf)[sectors]
    found = redeploy(fleet, ahead, drive_minutes, order.most_moves)
    return MovesAnswer(area.sector_ids, found, float(ahead.demand.sum()))


def _ahead(stationing: Stationing, order: MovesOrder) -> Stationing:
    """Take the calls per hour to expect within the horizon, and what is asked of moves."""
    demand, block = stationing.demand, stationing.block_minutes
    starts = np.arange(len(demand)) * block
    ends = np.append(starts[1:], starts[-1] + max(block, order.horizon_minutes))
    now, end = order.now_minute, order.now_minute + order.horizon_minutes
    overlap = np.clip(np.minimum(ends, end) - np.maximum(starts, now), 0.0, None)
    hourly = overlap @ demand * (60.0 / block) / max(float(overlap.sum()), 1e-9)
    return replace(
        stationing,
        demand=hourly[np.newaxis],
        horizon_minutes=order.horizon_minutes,
        least_gain=order.least_gain,
    )


def _find_faults(order: MovesOrder, area: Area) -> Iterator[tuple[str, str]]:
    if not 0 < len(order.cars) <= MOST_CARS:
        yield "cars", f"Expected 1 to {MOST_CARS} cars, got {len(order.cars)}."
    ids = Counter(car.car_id for car in order.cars)
    for index, car in enumerate(order.cars):
        if not car.car_id or ids[car.car_id] > 1:
            yield f"cars[{index}].car_id", f"Expected an id that no other car has, got {car.car_id!r}."
        if car.sector_id not in area.sector_ids:
            yield f"cars[{index}].sector_id", f"Expected a sector of the area, got {car.sector_id!r}."
        if not (isfinite(car.free_in_minutes) and car.free_in_minutes >= 0):
            yield f"cars[{index}].free_in_minutes", f"Expected at least 0 minutes, got {car.free_in_minutes:g}."
    if not (isfinite(order.now_minute) and order.now_minute >= 0):
        yield "now_minute", f"Expected at least 0, got {order.now_minute:g}."
    if not 1 <= order.most_moves <= MOST_MOVES:
        yield "most_moves", f"Expected 1 to {MOST_MOVES}, got {order.most_moves}."
    if not 0 <= order.least_gain <= 1:
        yield "least_gain", f"Expected a share of 0 to 1, got {order.least_gain:g}."
    if not (isfinite(order.horizon_minutes) and order.horizon_minutes > 0):
        yield "horizon_minutes", f"Expected more than 0 minutes, got {order.horizon_minutes:g}."
