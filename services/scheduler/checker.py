"""Checks a schedule against its problem, straight from the names, apart from every model and engine.

Nothing here is shared with the code that makes schedules except the problem itself; tests run it over every engine,
and a solve runs it over every answer before it leaves.
"""

from collections.abc import Iterator, Mapping, Sequence

from services.scheduler.problem import QUARTER_MINUTES, Car, PresenceRule, Problem

Sectors = Mapping[str, Sequence[str]]
"""The sector of each car in each period; empty where the car is off duty."""


def broken_rules(problem: Problem, sectors: Sectors) -> list[str]:
    """Return every broken rule in words; an empty list if the schedule meets them all."""
    wrong_shape = list(_shape(problem, sectors))
    if wrong_shape:
        return wrong_shape
    checks = (_duty, _cover, _most_cars, _presence, _pins, _bans)
    return [text for check in checks for text in check(problem, sectors)]


def travel_of(problem: Problem, car: Car, sectors: Sequence[str]) -> float:
    """Return the minutes a car drives, from its start sector on."""
    return sum(_minutes(problem, a, b) for a, b in _drives(car, sectors))


def objective_of(problem: Problem, sectors: Sectors) -> float:
    """Return the objective: minutes with home factor, squared where asked, plus weighted largest travel."""
    total = 0.0
    for car in problem.cars:
        for a, b in _drives(car, sectors[car.id]):
            at_home = not car.home_sectors or b in car.home_sectors
            counted = _minutes(problem, a, b) * (1 if at_home else problem.home_cost_factor)
            total += counted * counted if problem.square_travel else counted
    return total + problem.fairness_weight * max(travel_of(problem, car, sectors[car.id]) for car in problem.cars)


def _minutes(problem: Problem, origin: str, target: str) -> float:
    return problem.travel_minutes[problem.sectors.index(origin)][problem.sectors.index(target)]


def _drives(car: Car, sectors: Sequence[str]) -> Iterator[tuple[str, str]]:
    place = car.start_sector
    for sector in sectors:
        if sector:
            if place:
                yield place, sector
            place = sector


def _shape(problem: Problem, sectors: Sectors) -> Iterator[str]:
    for car in problem.cars:
        if car.id not in sectors:
            yield f"Car {car.id} has no assignment."
        elif len(sectors[car.id]) != len(problem.demand):
            yield f"Car {car.id} has {len(sectors[car.id])} periods instead of {len(problem.demand)}."
        elif unknown := {sector for sector in sectors[car.id] if sector and sector not in problem.sectors}:
            yield f"Car {car.id} is in unknown sectors {sorted(unknown)}."
    for car_id in sectors.keys() - {car.id for car in problem.cars}:
        yield f"Car {car_id} is not in the problem."


def _works(car: Car, minute: int) -> bool:
    return car.on_duty is None or car.on_duty.start_minute <= minute < car.on_duty.end_minute


def _quarters(problem: Problem, period: int) -> range:
    begin = period * problem.period_minutes
    return range(begin, begin + problem.period_minutes, QUARTER_MINUTES)


def _duty(problem: Problem, sectors: Sectors) -> Iterator[str]:
    for car in problem.cars:
        for period, sector in enumerate(sectors[car.id]):
            works = any(_works(car, minute) for minute in _quarters(problem, period))
            if works and not sector:
                yield f"Car {car.id} is on duty in period {period} but in no sector."
            if sector and not works:
                yield f"Car {car.id} is off duty in period {period} but in {sector}."


def _cover(problem: Problem, sectors: Sectors) -> Iterator[str]:
    for period, row in enumerate(problem.demand):
        for minute in _quarters(problem, period):
            counts = [
                sectors[car.id][period]
                for car in problem.cars
                if _works(car, minute) and not any(span.start_minute <= minute < span.end_minute for span in car.breaks)
            ]
            for sector, needed in zip(problem.sectors, row, strict=True):
                if counts.count(sector) < needed:
                    yield f"At minute {minute} sector {sector} has {counts.count(sector)} of {needed} cars."


def _most_cars(problem: Problem, sectors: Sectors) -> Iterator[str]:
    for period, row in enumerate(problem.demand):
        here = [sectors[car.id][period] for car in problem.cars]
        for sector, needed in zip(problem.sectors, row, strict=True):
            if problem.max_per_sector and here.count(sector) > max(problem.max_per_sector, needed):
                yield f"In period {period} sector {sector} has {here.count(sector)} cars, more than allowed."


def _presence(problem: Problem, sectors: Sectors) -> Iterator[str]:
    driven = {history.car_id: list(history.sectors) for history in problem.history}
    for car in problem.cars:
        before = driven.get(car.id, [])
        path = before + list(sectors[car.id])
        for index in range(len(before), len(path)):
            period = index - len(before)
            if not path[index]:
                continue
            if problem.presence_rule is PresenceRule.NO_RETURN_WITHIN_TWO:
                if index >= 2 and path[index] == path[index - 2]:
                    yield f"Car {car.id} returns to {path[index]} in period {period}."
            elif problem.presence_rule is PresenceRule.MAX_CONSECUTIVE:
                recent = path[max(0, index - problem.max_consecutive) : index + 1]
                if len(recent) > problem.max_consecutive and len(set(recent)) == 1:
                    yield f"Car {car.id} stays in {path[index]} for too long, up to period {period}."


def _pins(problem: Problem, sectors: Sectors) -> Iterator[str]:
    for pin in problem.pins:
        if sectors[pin.car_id][pin.period] != pin.sector:
            yield f"Car {pin.car_id} is not in {pin.sector} in period {pin.period}, where it must be."


def _bans(problem: Problem, sectors: Sectors) -> Iterator[str]:
    for ban in problem.bans:
        if sectors[ban.car_id][ban.period] == ban.sector:
            yield f"Car {ban.car_id} is in {ban.sector} in period {ban.period}, where it must not be."
