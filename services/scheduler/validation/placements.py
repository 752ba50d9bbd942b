"""Faults of pins, bans and history."""

from collections.abc import Iterator

from services.scheduler.problem import Placement, Problem
from services.scheduler.validation.sectors import Fault, sector_faults


def faults(problem: Problem) -> Iterator[Fault]:
    """Yield the faults of ``pins``, ``bans`` and ``history``."""
    for field, placements in (("pins", problem.pins), ("bans", problem.bans)):
        for index, placement in enumerate(placements):
            yield from _placement_faults(problem, placement, f"{field}[{index}]")
    yield from _pin_faults(problem)
    yield from _history_faults(problem)


def _placement_faults(problem: Problem, placement: Placement, field: str) -> Iterator[Fault]:
    yield from _car_faults(problem, f"{field}.car_id", placement.car_id)
    yield from sector_faults(problem, f"{field}.sector", placement.sector)
    if not 0 <= placement.period < len(problem.demand):
        yield f"{field}.period", f"Expected a period from 0 to {len(problem.demand) - 1}, got {placement.period}."


def _car_faults(problem: Problem, field: str, car_id: str) -> Iterator[Fault]:
    if all(car.id != car_id for car in problem.cars):
        yield field, f"Expected one of the {len(problem.cars)} cars, got the unknown car {car_id!r}."


def _pin_faults(problem: Problem) -> Iterator[Fault]:
    cars = {car.id: car for car in problem.cars}
    pinned: dict[tuple[str, int], tuple[int, str]] = {}
    banned = {ban: index for index, ban in enumerate(problem.bans)}
    for index, pin in enumerate(problem.pins):
        field = f"pins[{index}]"
        earlier, sector = pinned.setdefault((pin.car_id, pin.period), (index, pin.sector))
        if sector != pin.sector:
            yield field, f"Expected one sector per car and period, but pins[{earlier}] says {sector!r}."
        if pin in banned:
            yield field, f"Expected a placement that is not banned, but bans[{banned[pin]}] forbids it."
        car = cars.get(pin.car_id)
        in_shift = problem.period_minutes > 0 and 0 <= pin.period < len(problem.demand)
        if car is not None and in_shift and pin.period not in problem.periods_on_duty(car):
            yield f"{field}.period", f"Expected a period in which car {pin.car_id!r} is on duty, got {pin.period}."


def _history_faults(problem: Problem) -> Iterator[Fault]:
    first_index: dict[str, int] = {}
    for index, history in enumerate(problem.history):
        field = f"history[{index}]"
        yield from _car_faults(problem, f"{field}.car_id", history.car_id)
        if first_index.setdefault(history.car_id, index) != index:
            yield f"{field}.car_id", f"Expected one history per car, but history[{first_index[history.car_id]}] is too."
        for place, sector in enumerate(history.sectors):
            yield from sector_faults(problem, f"{field}.sectors[{place}]", sector)
