"""The hypercube queueing model (Larson, Computers & Operations Research 1974), solved exactly.

Each car is free or busy; calls of every sector come by chance and take the first free car of the sector's preferences;
service is exponential. Calls that find no car are lost, or wait, first come first served. The Markov chain's balance
equations are solved as a linear system; the queue is cut where it is never so long.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

LONGEST_QUEUE = 200


@dataclass(frozen=True)
class Hypercube:
    """`answered_by`: shape (n_sectors, n_cars), shares of all calls; `lost` and `waits`: shares of all calls."""

    utilisation: np.ndarray
    answered_by: np.ndarray
    lost: float
    waits: float


def solve_hypercube(rates, distance, may_go, service_rate, loses) -> Hypercube:
    """Solve for calls per time unit of each sector, one car per column of `distance` and `may_go`."""
    cars = len(distance[0])
    busy = list(product([False, True], repeat=cars))
    queue = [] if loses else range(1, LONGEST_QUEUE + 1)
    states = [*busy, *queue]
    place = {state: index for index, state in enumerate(states)}
    flow = np.zeros((len(states), len(states)))
    for state in busy:
        for sector, rate in enumerate(rates):
            car = _choose(state, distance[sector], may_go[sector])
            if car is not None:
                flow[place[state], place[_put(state, car, True)]] += rate
        for car in np.flatnonzero(state):
            flow[place[state], place[_put(state, car, False)]] += service_rate
    everyone = busy[-1]
    for length in queue:
        shorter = place[length - 1] if length > 1 else place[everyone]
        flow[shorter, place[length]] += rates.sum()
        flow[place[length], shorter] += cars * service_rate
    chance = dict(zip(states, _balance(flow), strict=True))
    return _sum_up(chance, busy, rates, distance, may_go, loses)


def _choose(state, distance, may_go):
    free = [car for car, is_busy in enumerate(state) if may_go[car] and not is_busy]
    return min(free, key=lambda car: distance[car], default=None)


def _put(state, car, is_busy):
    return (*state[:car], is_busy, *state[car + 1 :])


def _balance(flow):
    """Return the stationary distribution: π Q = 0, Σ π = 1."""
    generator = flow - np.diag(flow.sum(axis=1))
    equations = np.vstack((generator.T, np.ones(len(flow))))
    return np.linalg.lstsq(equations, np.append(np.zeros(len(flow)), 1.0), rcond=None)[0]


def _sum_up(chance, busy, rates, distance, may_go, loses):
    cars, calls = len(distance[0]), rates / rates.sum()
    answered_by, turned_away = np.zeros((len(rates), cars)), 0.0
    for state in busy:
        for sector, share in enumerate(calls):
            car = _choose(state, distance[sector], may_go[sector])
            if car is None:
                turned_away += share * chance[state]
            else:
                answered_by[sector, car] += share * chance[state]
    queued = sum(value for state, value in chance.items() if state not in busy)
    utilisation = queued + np.array([sum(chance[state] for state in busy if state[car]) for car in range(cars)])
    if loses:
        return Hypercube(utilisation, answered_by, turned_away, 0.0)
    waits = turned_away + queued  # the first car that comes free takes the first call: each of them as likely
    return Hypercube(utilisation, answered_by + waits * calls[:, np.newaxis] / cars, 0.0, waits)
