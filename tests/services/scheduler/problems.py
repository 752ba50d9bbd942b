"""Problems for tests: tiny ones with every rule for brute force, and realistic ones of any size."""

import itertools
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st

from services.scheduler.checker import broken_rules, objective_of
from services.scheduler.instance import NOWHERE, Rows
from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule, Problem
from services.scheduler.solution import Schedule

Sectors = dict[str, tuple[str, ...]]


def random_problem(sectors: int, cars: int, periods: int, seed: int, rule: PresenceRule) -> Problem:
    """Cars that are all alike; travel by streets of a 20 × 14 km city; demand that sums to the cars."""
    random = np.random.default_rng(seed)
    places = random.uniform([0, 0], [20, 14], (sectors, 2))
    kilometres = np.abs(places[:, None] - places[None]).sum(axis=2)
    minutes = np.round((2 + 2 * kilometres) * random.uniform(0.95, 1.1, (sectors, sectors)), 1)
    np.fill_diagonal(minutes, 0)
    weights, phase = random.gamma(2, 1, sectors), random.uniform(0, 2 * np.pi, sectors)
    demand = [_rounded(weights * (1 + 0.6 * np.sin(np.pi * t / 6 + phase)), cars, random) for t in range(periods)]
    return Problem(
        sectors=tuple(f"S{index}" for index in range(sectors)),
        cars=tuple(Car(f"C{index}") for index in range(cars)),
        period_minutes=60,
        travel_minutes=tuple(tuple(map(float, row)) for row in minutes),
        demand=tuple(demand),
        presence_rule=rule,
        max_consecutive=2,
    )


def _rounded(weights: np.ndarray, cars: int, random: np.random.Generator) -> tuple[int, ...]:
    shares = weights / weights.sum() * cars
    whole = np.floor(shares).astype(int)
    rest = cars - whole.sum()
    if rest:
        whole[random.choice(len(shares), rest, replace=False, p=(shares - whole) / (shares - whole).sum())] += 1
    return tuple(int(count) for count in whole)


def every_schedule(problem: Problem) -> Iterator[Sectors]:
    """Every placement of the cars that keeps duty."""
    choices = [
        problem.sectors if period in problem.periods_on_duty(car) else ("",)
        for car in problem.cars
        for period in range(len(problem.demand))
    ]
    periods = len(problem.demand)
    for flat in itertools.product(*choices):
        yield {car.id: flat[index * periods : (index + 1) * periods] for index, car in enumerate(problem.cars)}


def brute_force(problem: Problem) -> float:
    """The least objective of all schedules; infinite if none meets every rule."""
    feasible = (sectors for sectors in every_schedule(problem) if not broken_rules(problem, sectors))
    return min((objective_of(problem, sectors) for sectors in feasible), default=float("inf"))


@st.composite
def tiny_problems(draw: st.DrawFn, fairness: bool = True) -> Problem:
    """At most 1,024 placements; every rule may be on or off, and many have no schedule at all."""
    sector_count, car_count, period_count = draw(st.sampled_from([(2, 2, 3), (2, 3, 3), (3, 2, 3), (2, 2, 5)]))
    sectors = tuple("ABC"[:sector_count])
    sector = st.sampled_from(sectors)
    minutes = st.integers(0, 12)
    travel = tuple(
        tuple(0.0 if a == b else float(draw(minutes)) for b in range(sector_count)) for a in range(sector_count)
    )
    cars = tuple(draw(_cars(f"C{index}", sector, 30 * period_count)) for index in range(car_count))
    ids = st.sampled_from([car.id for car in cars])
    placement = st.builds(Placement, ids, st.integers(0, period_count - 1), sector)
    history = st.dictionaries(ids, st.lists(sector, max_size=3), max_size=2)
    problem = Problem(
        sectors=sectors,
        cars=cars,
        period_minutes=30,
        travel_minutes=travel,
        demand=((0,) * sector_count,) * period_count,
        presence_rule=draw(st.sampled_from(PresenceRule)),
        max_consecutive=draw(st.integers(1, 3)),
        max_per_sector=draw(st.integers(0, 2)),
        home_cost_factor=draw(st.sampled_from([1.0, 3.0])),
        square_travel=draw(st.booleans()),
        fairness_weight=draw(st.sampled_from([0.0, 0.0, 1.5])) if fairness else 0.0,
        bans=tuple(draw(st.lists(placement, max_size=2))),
        history=tuple(CarHistory(car, tuple(past)) for car, past in draw(history).items()),
    )
    return draw(_with_pins_and_demand(problem, placement))


@st.composite
def _cars(draw: st.DrawFn, car_id: str, sector: st.SearchStrategy[str], shift_minutes: int) -> Car:
    begin = draw(st.sampled_from([0, 0, 0, 15, 30]))
    end = draw(st.sampled_from([shift_minutes, shift_minutes, shift_minutes - 15, shift_minutes - 30]))
    duty = None if (begin, end) == (0, shift_minutes) else MinuteSpan(begin, end - begin)
    pause = draw(st.none() | st.integers(begin // 15, end // 15 - 1))
    return Car(
        id=car_id,
        start_sector=draw(st.none() | sector),
        home_sectors=tuple(draw(st.lists(sector, max_size=1))),
        breaks=() if pause is None else (MinuteSpan(pause * 15, 15),),
        on_duty=duty,
    )


@st.composite
def _with_pins_and_demand(draw: st.DrawFn, problem: Problem, placement: st.SearchStrategy[Placement]) -> Problem:
    duty = {car.id: problem.periods_on_duty(car) for car in problem.cars}
    pins = {(pin.car_id, pin.period): pin for pin in draw(st.lists(placement, max_size=2))}
    kept = tuple(pin for pin in pins.values() if pin.period in duty[pin.car_id] and pin not in problem.bans)
    demand = []
    for period in range(len(problem.demand)):
        most = sum(period in periods for periods in duty.values())
        row = [0] * len(problem.sectors)
        for _ in range(draw(st.integers(0, most))):
            row[draw(st.integers(0, len(row) - 1))] += 1
        demand.append(tuple(row))
    return Problem(**{**problem.__dict__, "pins": kept, "demand": tuple(demand)})


def sectors_of(schedule: Schedule) -> Sectors:
    """The assignments of an answer, by car."""
    return {assignment.car_id: assignment.sectors for assignment in schedule.assignments}


def rows_of(problem: Problem, sectors: Sectors) -> Rows:
    """A schedule in arrays, shape (n, T)."""
    index = {"": NOWHERE, **{name: place for place, name in enumerate(problem.sectors)}}
    return np.array([[index[sector] for sector in sectors[car.id]] for car in problem.cars])
