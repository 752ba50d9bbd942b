"""The simulator against queueing theory: Erlang, Cobham, Pollaczek and Khinchine, and Larson's hypercube."""

from dataclasses import replace
from math import factorial

import numpy as np
import pytest

from services.demand.calls import CallSet
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import static_placement
from services.demand.simulator.rules import DispatchRules, Queue, Territory
from services.demand.simulator.simulate import Simulator
from tests.services.demand.hypercube import solve_hypercube

CALLS, MEAN_SERVICE_MINUTES = 1_000_000, 30.0
WITHIN = 0.02
WAYS = {
    "kept among the idle": DispatchRules(),
    "kept in the heap": DispatchRules(preempts=True),
}
"""The kernel keeps cars on calls in one of two ways; where no call is urgent both do the same, and obey theory."""


def draw_case(rng, rates, to_call_minutes, adjacent=None, service_minutes=None, urgent=None):
    """Return one long scenario of calls that come by chance.

    Parameters
    ----------
    rates
        Calls per minute of each sector.
    to_call_minutes
        From sectors (columns) to calls of sectors (rows), and back.
    """
    rates, sectors = np.array(rates), len(rates)
    minute = np.cumsum(rng.exponential(1 / rates.sum(), CALLS))
    sector = rng.choice(sectors, CALLS, p=rates / rates.sum())
    zeros = np.zeros(CALLS)
    calls = CallSet(
        span_minutes=float(minute[-1]) + 1,
        first_call=np.array([0, CALLS]),
        minute=minute,
        latitude=zeros,
        longitude=zeros,
        sector=sector,
        urgent=np.zeros(CALLS, bool) if urgent is None else urgent,
        target_minutes=zeros,
        cars_required=np.ones(CALLS, int),
        service_minutes=rng.exponential(MEAN_SERVICE_MINUTES, CALLS) if service_minutes is None else service_minutes,
        needs=np.zeros(CALLS, int),
    )
    driving = np.array(to_call_minutes, float)[sector]
    return DispatchCase(
        calls=calls,
        to_call_minutes=driving,
        from_call_minutes=driving,
        minutes_per_km=zeros,
        call_km=np.zeros((CALLS, 2)),
        between_minutes=np.zeros((sectors, sectors)),
        sector_km=np.zeros((sectors, 2)),
        normal_minutes_per_km=0.0,
        adjacent=None if adjacent is None else np.array(adjacent, bool),
    )


def replay(case, cars, rules):
    return Simulator(case, rules).simulate(static_placement(np.array(cars), case.calls.span_minutes))


def erlang_b(cars, offered):
    """Return the share of calls that find all cars busy and are lost."""
    terms = [offered**busy / factorial(busy) for busy in range(cars + 1)]
    return terms[-1] / sum(terms)


def erlang_c(cars, offered):
    """Return the share of calls that wait, where none is lost."""
    lost = erlang_b(cars, offered)
    return lost / (1 - offered / cars * (1 - lost))


@pytest.mark.parametrize("rules", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("cars", "offered"), [(1, 0.5), (3, 1.8), (8, 6.0)])
def test_waiting_follows_erlang_c(cars, offered, rules):
    case = draw_case(np.random.default_rng(11), [offered / MEAN_SERVICE_MINUTES], [[0.0]])
    outcome = replay(case, [cars], rules)
    waits = erlang_c(cars, offered)
    mean_wait = waits * MEAN_SERVICE_MINUTES / (cars - offered)
    assert (outcome.waiting_minutes > 0).mean() == pytest.approx(waits, rel=WITHIN)
    assert outcome.waiting_minutes.mean() == pytest.approx(mean_wait, rel=WITHIN)
    assert outcome.utilisation == pytest.approx(offered / cars, rel=WITHIN)


@pytest.mark.parametrize("sends_returning", [False, True])
def test_urgent_calls_wait_as_cobham_says(sends_returning):
    """Mean wait of class k: C / (c μ) / ((1 − σ_{k−1}) (1 − σ_k)), σ_k the load of classes up to k (Cobham 1954)."""
    rng, cars, offered, urgent_share = np.random.default_rng(12), 2, 1.5, 0.4
    urgent = rng.random(CALLS) < urgent_share
    case = draw_case(rng, [offered / MEAN_SERVICE_MINUTES], [[0.0]], urgent=urgent)
    rules = DispatchRules(queue=Queue.URGENT_FIRST, sends_returning=sends_returning)
    waiting = replay(case, [cars], rules).waiting_minutes
    next_free, load = erlang_c(cars, offered) * MEAN_SERVICE_MINUTES / cars, offered / cars
    urgent_wait = next_free / (1 - urgent_share * load)
    assert waiting[urgent].mean() == pytest.approx(urgent_wait, rel=WITHIN)
    assert waiting[~urgent].mean() == pytest.approx(urgent_wait / (1 - load), rel=WITHIN)


def test_one_car_waits_as_pollaczek_and_khinchine_say():
    """Mean wait λ E[S²] / 2 (1 − ρ), S the way there, the service and the way back."""
    rng, rates, way = np.random.default_rng(13), np.array([0.01, 0.005]), np.array([2.0, 15.0])
    service = rng.uniform(0, 30, CALLS)
    case = draw_case(rng, rates, [[way[0], 0.0], [way[1], 0.0]], service_minutes=service)
    outcome = replay(case, [1, 0], DispatchRules())
    share, spread = rates / rates.sum(), 30**2 / 12
    mean, square = share @ (2 * way + 15), share @ ((2 * way + 15) ** 2 + spread)
    load = rates.sum() * mean
    assert outcome.waiting_minutes.mean() == pytest.approx(rates.sum() * square / 2 / (1 - load), rel=WITHIN)
    assert outcome.utilisation == pytest.approx(load, rel=WITHIN)
    assert (outcome.response_minutes - outcome.waiting_minutes).mean() == pytest.approx(share @ way, rel=WITHIN)


@pytest.mark.parametrize("rules", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("draw", ["exponential", "lognormal"])
def test_losses_follow_erlang_b(rules, draw):
    """However service times are distributed."""
    rng, cars, offered = np.random.default_rng(14), 4, 2.5
    services = {
        "exponential": rng.exponential(MEAN_SERVICE_MINUTES, CALLS),
        "lognormal": rng.lognormal(np.log(MEAN_SERVICE_MINUTES) - 0.5, 1.0, CALLS),
    }
    case = draw_case(rng, [offered / MEAN_SERVICE_MINUTES], [[0.0]], service_minutes=services[draw])
    rules = replace(rules, patience_minutes=0.0)
    outcome = replay(case, [cars], rules)
    lost = erlang_b(cars, offered)
    assert 1 - outcome.answered.mean() == pytest.approx(lost, rel=WITHIN)
    assert outcome.utilisation == pytest.approx(offered * (1 - lost) / cars, rel=WITHIN)


MOMENT = 0.001
"""Driving takes so little that it only tells cars apart."""
NEAR_TO_FAR = np.array([[1, 2, 3], [2, 1, 3], [3, 2, 1]]) * MOMENT
OFFERED = np.array([0.9, 0.5, 0.4])
EVERYWHERE = np.ones((3, 3))
NEXT = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 1]])
"""The nearest other sector need not be next."""


def answered_by(case, outcome):
    """Return the share of all calls of each sector (rows) that the car of each sector (columns) answered."""
    took = np.full((CALLS, 1), np.inf)
    np.subtract(outcome.response_minutes, outcome.waiting_minutes, out=took[:, 0], where=outcome.answered)
    is_car = np.abs(took - case.to_call_minutes) < MOMENT / 4
    assert (is_car.sum(axis=1) == outcome.answered).all()
    return np.array([is_car[case.calls.sector == sector].sum(axis=0) for sector in range(case.sector_count)]) / CALLS


@pytest.mark.parametrize("rules", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("territory", "may_go", "loses", "cars"),
    [
        (Territory.WHOLE_AREA, EVERYWHERE, True, 2),
        (Territory.WHOLE_AREA, EVERYWHERE, True, 3),
        (Territory.WHOLE_AREA, EVERYWHERE, False, 2),
        (Territory.WHOLE_AREA, EVERYWHERE, False, 3),
        (Territory.ADJACENT_FIRST, EVERYWHERE, True, 3),
        (Territory.ADJACENT_ONLY, NEXT, True, 3),
    ],
)
def test_cars_share_the_work_as_in_the_hypercube(territory, may_go, loses, cars, rules):
    rates = OFFERED[:cars] / MEAN_SERVICE_MINUTES
    driving, adjacent = NEAR_TO_FAR[:cars, :cars], NEXT[:cars, :cars]
    case = draw_case(np.random.default_rng(15), rates, driving, adjacent)
    rules = replace(rules, territory=territory, patience_minutes=0.0 if loses else float("inf"))
    outcome = replay(case, [1] * cars, rules)
    is_second_choice = (1 - adjacent) if territory is Territory.ADJACENT_FIRST else np.zeros((cars, cars))
    exact = solve_hypercube(rates, is_second_choice + driving, may_go[:cars, :cars], 1 / MEAN_SERVICE_MINUTES, loses)
    assert outcome.car_busy_minutes / case.calls.span_minutes == pytest.approx(exact.utilisation, rel=WITHIN)
    assert answered_by(case, outcome) == pytest.approx(exact.answered_by, rel=WITHIN)
    assert 1 - outcome.answered.mean() == pytest.approx(exact.lost, rel=WITHIN)
    assert (outcome.waiting_minutes[outcome.answered] > 0).sum() / CALLS == pytest.approx(exact.waits, rel=WITHIN)
