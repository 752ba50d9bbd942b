"""Answers "how many cars does each sector need in each period"."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np

from services.demand.area import Area
from services.demand.arrays import IntArray
from services.demand.history import HistoryWindow
from services.demand.library import Library
from services.demand.optimiser.optimise import Candidate, OptimiseProblem, OptimiseResult, optimise
from services.demand.optimiser.staffing import Staffing
from services.demand.simulator.case import DispatchCase
from serving.errors import Cancelled, InvalidArgument
from serving.work import Stop

MOST_CARS = 1000
MOST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class DemandOrder:
    """What is asked for; the fields are those of `OptimizeRequest`, with its defaults filled in."""

    area_artifact: str
    training_calls_artifact: str
    validation_calls_artifact: str
    cars: int
    shift_minutes: int
    block_minutes: int
    period_minutes: int
    minimum_cars: tuple[int, ...]
    maximum_cars: tuple[int, ...]
    history: HistoryWindow
    seed: int
    time_limit_seconds: float


@dataclass(frozen=True, eq=False)
class DemandAnswer:
    """Candidates with cars per block; `complete` is False where the caller's wish to stop cut the work short."""

    order: DemandOrder
    sector_ids: tuple[str, ...]
    result: OptimiseResult
    complete: bool

    def cars_by_period(self, candidate: Candidate) -> IntArray:
        """Cars per period and sector, shape (n_periods, n_sectors)."""
        starts = np.arange(0, self.order.shift_minutes, self.order.period_minutes)
        cars: IntArray = candidate.cars[starts // self.order.block_minutes]
        return cars


def plan_demand(order: DemandOrder, library: Library, stop: Stop) -> DemandAnswer:
    """Choose cars per sector and period.

    Raises
    ------
    InvalidArgument
        The order contradicts itself, its area or its call sets; every field at fault is named.
    NotFound
        An artifact does not exist.
    FailedPrecondition
        The area's roads are unusable or leave sectors cut off.
    Cancelled
        The caller gave up before there was anything to choose from.
    """
    _raise(_find_time_faults(order))
    area, _ = library.open_area(order.area_artifact)
    _raise(_find_staffing_faults(order, area))
    training = _read_case(order, "training_calls_artifact", library)
    validation = _read_case(order, "validation_calls_artifact", library)
    problem = OptimiseProblem(
        training=training,
        validation=validation,
        staffing=_staffing(order, area),
        past_calls=library.count_past_calls(area, order.history),
        seed=order.seed,
        time_limit_seconds=order.time_limit_seconds,
    )
    if stop():
        raise Cancelled("The optimisation was given up before it began.")
    return DemandAnswer(order, area.sector_ids, optimise(problem, stop), complete=not stop())


def _read_case(order: DemandOrder, field: str, library: Library) -> DispatchCase:
    area, travel = library.open_area(order.area_artifact)
    case = library.read_case(getattr(order, field), field, area, travel)
    require_span(case, field, order.shift_minutes)
    if not case.calls.call_count:
        raise InvalidArgument(field, "Expected at least 1 call to optimise for, got none.")
    return case


def require_span(case: DispatchCase, field: str, shift_minutes: int) -> None:
    """Raise InvalidArgument where the calls are of a span of another length than the shift."""
    if case.calls.span_minutes != shift_minutes:
        span = f"{case.calls.span_minutes:g}"
        raise InvalidArgument(field, f"Expected calls of a span of {shift_minutes} minutes, got one of {span}.")


def _staffing(order: DemandOrder, area: Area) -> Staffing:
    everywhere = np.ones(area.sector_count, np.int64)
    return Staffing.steady(
        cars=order.cars,
        shift_minutes=order.shift_minutes,
        block_minutes=order.block_minutes,
        minimum=np.array(order.minimum_cars, np.int64) if order.minimum_cars else everywhere * 0,
        maximum=np.array(order.maximum_cars, np.int64) if order.maximum_cars else everywhere * order.cars,
    )


def _raise(faults: Iterator[tuple[str, str]]) -> None:
    found = list(faults)
    if found:
        raise InvalidArgument.of(found)


def _find_time_faults(order: DemandOrder) -> Iterator[tuple[str, str]]:
    if order.validation_calls_artifact == order.training_calls_artifact:
        yield "validation_calls_artifact", "Expected other calls than the training calls."
    if not 1 <= order.cars <= MOST_CARS:
        yield "cars", f"Expected 1 to {MOST_CARS} cars, got {order.cars}."
    if not 1 <= order.shift_minutes <= MOST_MINUTES:
        yield "shift_minutes", f"Expected 1 to {MOST_MINUTES} minutes, got {order.shift_minutes}."
    elif order.period_minutes < 1 or order.shift_minutes % order.period_minutes:
        yield "period_minutes", f"Expected a divisor of {order.shift_minutes}, got {order.period_minutes}."
    elif order.block_minutes < 1 or order.block_minutes % order.period_minutes:
        yield "block_minutes", f"Expected a multiple of {order.period_minutes}, got {order.block_minutes}."
    if not (isfinite(order.time_limit_seconds) and order.time_limit_seconds > 0):
        yield "time_limit_seconds", f"Expected more than 0 seconds, got {order.time_limit_seconds}."
    if order.seed < 0:
        yield "seed", f"Expected a seed of at least 0, got {order.seed}."


def _find_staffing_faults(order: DemandOrder, area: Area) -> Iterator[tuple[str, str]]:
    minimum, maximum = order.minimum_cars, order.maximum_cars
    for field, limits in (("minimum_cars", minimum), ("maximum_cars", maximum)):
        if limits and len(limits) != area.sector_count:
            yield field, f"Expected {area.sector_count} numbers, one per sector, got {len(limits)}."
        for index, cars in enumerate(limits):
            if cars < 0:
                yield f"{field}[{index}]", f"Expected at least 0 cars, got {cars}."
    for index, (least, most) in enumerate(zip(minimum, maximum, strict=False)):
        if least > most:
            yield f"minimum_cars[{index}]", f"Expected at most maximum_cars[{index}] = {most}, got {least}."
    if sum(minimum) > order.cars:
        yield "minimum_cars", f"Expected a sum of at most the {order.cars} cars, got {sum(minimum)}."
    if maximum and sum(maximum) < order.cars:
        yield "maximum_cars", f"Expected a sum of at least the {order.cars} cars, got {sum(maximum)}."
