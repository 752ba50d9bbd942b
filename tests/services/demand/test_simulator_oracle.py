"""The kernel against a plain event-by-event simulator, and against queueing theory."""

import heapq
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demand.simulator.placement import Placement
from services.demand.simulator.records import OFF_DUTY
from services.demand.simulator.simulate import Simulator


class PlainCar:
    """A car of the oracle: its anchors are (sector, minutes away at `since`, growing or shrinking from then on)."""

    def __init__(self, sector):
        self.busy = False
        self.stand_at(sector, 0.0)

    def stand_at(self, sector, now):
        self.via, self.passes, self.to, self.arrives = sector, now, sector, now

    def ways(self, now):
        if now >= self.arrives:
            return [(0.0, self.to)]
        return [(self.arrives - now, self.to), (abs(now - self.passes), self.via)]

    def drive_to(self, sector, now, between):
        if sector == self.to:
            return
        minutes, detour, anchor = min((m + between[a, sector], m, a) for m, a in self.ways(now))
        self.via, self.passes, self.to, self.arrives = anchor, now + detour, sector, now + minutes


class PlainSimulator:
    """One scenario, one event after the other: turns (kind 0), cars leaving scenes and returning (1), calls (2)."""

    def __init__(self, case, placement, scenario):
        self.case, self.sectors, self.period_minutes = case, placement.sectors, placement.period_minutes
        first, end = case.calls.first_call[scenario : scenario + 2]
        self.cars = [PlainCar(sector) for sector in self.sectors[0]]
        self.response = dict.fromkeys(range(first, end), np.inf)
        self.queue, self.order = [], 0
        self.events = []
        for period in range(1, len(self.sectors)):
            self.push(period * self.period_minutes, 0, period)
        for call in range(first, end):
            self.push(case.calls.minute[call], 2, call)
        self.period = 0

    def push(self, time, kind, what):
        self.order += 1
        heapq.heappush(self.events, (time, kind, self.order, what))

    def run(self):
        while self.events:
            now, kind, _, what = heapq.heappop(self.events)
            if kind == 0:
                self.turn(now, what)
            elif kind == 1:
                what(now)
            else:
                self.queue.append([what, int(self.case.calls.cars_required[what])])
            if kind == 2 or not self.events or self.events[0][0] > now or self.events[0][1] == 2:
                self.serve(now)
        return self.response

    def turn(self, now, period):
        self.period = period
        for index, car in enumerate(self.cars):
            old, new = self.sectors[period - 1, index], self.sectors[period, index]
            if car.busy or new == OFF_DUTY:
                continue
            if old == OFF_DUTY:
                car.stand_at(new, now)
            else:
                car.drive_to(new, now, self.case.between_minutes)

    def serve(self, now):
        for entry in self.queue:
            while entry[1] and self.send(entry[0], now):
                entry[1] -= 1
        self.queue = [entry for entry in self.queue if entry[1]]

    def send(self, call, now):
        reach = self.case.to_call_minutes[call]
        free = [
            (min(minutes + reach[sector] for minutes, sector in car.ways(now)), index)
            for index, car in enumerate(self.cars)
            if not car.busy and self.sectors[self.period, index] != OFF_DUTY
        ]
        if not free:
            return False
        minutes, index = min(free)
        self.response[call] = min(self.response[call], now - self.case.calls.minute[call] + minutes)
        self.cars[index].busy = True
        leaves = now + minutes + self.case.calls.service_minutes[call]
        self.push(leaves, 1, lambda time: self.leave(index, call, time))
        return True

    def leave(self, index, call, now):
        period = min(int(now // self.period_minutes), len(self.sectors) - 1)
        home = self.sectors[period, index]
        if home == OFF_DUTY:
            self.cars[index].busy = False
            return
        self.push(now + self.case.from_call_minutes[call, home], 1, lambda time: self.come_back(index, home, time))

    def come_back(self, index, home, now):
        self.cars[index].busy = False
        self.cars[index].stand_at(home, now)
        period = min(int(now // self.period_minutes), len(self.sectors) - 1)
        if self.sectors[period, index] != OFF_DUTY:
            self.cars[index].drive_to(self.sectors[period, index], now, self.case.between_minutes)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), cars=st.integers(1, 5), periods=st.integers(1, 6), load=st.floats(0.5, 20))
def test_equals_the_plain_simulator(random_case, seed, cars, periods, load):
    case = random_case(seed, scenarios=3, calls_per_scenario=load)
    sectors = np.random.default_rng(seed).integers(OFF_DUTY, case.sector_count, (periods, cars))
    placement = Placement(sectors, 240 / periods)
    plain = {}
    for scenario in range(3):
        plain |= PlainSimulator(case, placement, scenario).run()
    outcome = Simulator(case).simulate(placement)
    assert outcome.response_minutes == pytest.approx(np.array([plain[call] for call in sorted(plain)]), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), cars=st.integers(1, 6))
def test_physical_limits(random_case, seed, cars):
    case = random_case(seed, scenarios=4)
    sectors = np.random.default_rng(seed).integers(0, case.sector_count, (4, cars))
    outcome = Simulator(case).simulate(Placement(sectors, 60.0))
    assert outcome.answered.all()
    assert (outcome.response_minutes >= 0).all()
    assert 0 <= outcome.busy_minutes <= outcome.duty_minutes == cars * 240.0 * 4


def test_scenarios_do_not_depend_on_each_other(random_case):
    case = random_case(3, scenarios=6)
    placement = Placement(np.array([[0, 1], [2, 3], [0, 0], [3, 1]]), 60.0)
    together = Simulator(case).simulate(placement).response_minutes
    first_three = Simulator(case.first_scenarios(3)).simulate(placement).response_minutes
    assert together[: len(first_three)].tolist() == first_three.tolist()


def erlang_c(servers, offered):
    busy = offered**servers / factorial(servers) * servers / (servers - offered)
    return busy / (sum(offered**k / factorial(k) for k in range(servers)) + busy)


@pytest.mark.parametrize(("cars", "offered"), [(1, 0.5), (3, 2.1), (8, 6.0)])
def test_waiting_follows_erlang_c(build_case, line_call, cars, offered):
    rng, count, mean_service = np.random.default_rng(11), 600_000, 30.0
    template = build_case([0.0], [line_call(0, 0)])
    minute = np.cumsum(rng.exponential(mean_service / offered, count))
    columns = {name: np.repeat(getattr(template.calls, name), count) for name in ("sector", "cars_required", "urgent")}
    columns |= {name: np.zeros(count) for name in ("latitude", "longitude", "target_minutes")}
    calls = type(template.calls)(
        span_minutes=float(minute[-1] + 1),
        first_call=np.array([0, count]),
        minute=minute,
        service_minutes=rng.exponential(mean_service, count),
        **columns,
    )
    nowhere = np.zeros((count, 1))
    case = type(template)(calls, nowhere, nowhere, np.zeros((1, 1)))
    outcome = Simulator(case).simulate(Placement(np.zeros((1, cars), int), calls.span_minutes))
    waits = erlang_c(cars, offered)
    assert 1 - outcome.within_target.mean() == pytest.approx(waits, rel=0.02)
    assert outcome.mean_response_minutes == pytest.approx(waits * mean_service / (cars - offered), rel=0.04)
    assert outcome.busy_minutes / outcome.duty_minutes == pytest.approx(offered / cars, rel=0.01)
