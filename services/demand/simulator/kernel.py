"""The event-driven dispatch kernel.

Rules
-----
- A call takes the `cars_required` nearest available cars by minutes; equal minutes: the first car. Where fewer are
  available those go at once, and what is still owed waits in a queue, first come first served. A car that becomes
  available takes the first waiting call that it can reach. What is owed never lapses, so that the work that calls ask
  for is the same under every placement.
- A car is busy from when it is sent until it is back: travel, `service_minutes` on the scene from its own arrival, and
  normal driving to the sector that it has when it leaves the scene. It takes no call on the way back. If its sector has
  changed by the time it is back, it drives on to its new sector as a free car.
- At the turn of a period a free car drives to its next sector and takes calls on the way. Where it is between `via` and
  `to` is known only by the minutes to either, so its travel to a call is the lesser of two ways: back (or on) to `via`
  and from there, or on to `to` and from there. Both can be driven (back where the streets are two-way), so the minutes
  are an upper bound of those from where it really is.
- Off duty: a car takes no call, but ends the one it has. It comes on duty at its sector's centre.
- The replay goes on after the span, with the last period's placement, until every call is served that can be.

A call that came first is dispatched first; at equal times turns come before returning cars, those before new calls.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.demand.arrays import FloatArray, IntArray
from services.demand.simulator.jit import compiled, inlined

NEVER = np.inf
TO, FROM = 0, 1
"""Sides of the driving minutes, shape (n_calls, 2, n_sectors): from sectors to the call, from the call to sectors."""

Records: TypeAlias = NDArray[np.void]
"""An array of records: few arrays to hand over, for counting references to many is what takes the time."""

CALL = np.dtype(
    [("minute", np.float64), ("service_minutes", np.float64), ("cars_required", np.int64), ("reachable", np.int64)]
)
"""A call; `reachable` is 0 where no car can ever get there."""

ANSWER = np.dtype([("response_minutes", np.float64), ("owed", np.int64), ("waiting", np.int64)])
"""What became of a call: `response_minutes` (to begin with `NEVER`) and the cars it still lacks. `waiting` is the
queue: the calls that wait, in order, from the scenario's first record on."""

CAR = np.dtype(
    [
        ("free_time", np.float64),
        ("via", np.int64),
        ("via_time", np.float64),
        ("to", np.int64),
        ("arrival_time", np.float64),
        ("busy_minutes", np.float64),
    ]
)
"""A car. It is busy until `free_time`; from then on it is |t - via_time| minutes from sector `via` and
max(arrival_time - t, 0) minutes from sector `to`. `busy_minutes` add up over scenarios: on duty and within the span."""


class Times(NamedTuple):
    """Length of a period, and of the span that `busy_minutes` are counted in."""

    period_minutes: float
    span_minutes: float


@compiled
def replay(
    first_call: IntArray,
    calls: Records,
    driving: FloatArray,
    between: FloatArray,
    sectors: IntArray,
    times: Times,
    cars: Records,
    answers: Records,
) -> None:
    """Replay all scenarios, one after the other, each with a rested fleet.

    Parameters
    ----------
    first_call
        Shape (n_scenarios + 1,): where each scenario begins.
    calls
        Shape (n_calls,), `CALL`.
    driving
        Shape (n_calls, 2, n_sectors), minutes.
    between
        Shape (n_sectors, n_sectors), minutes of normal driving, row = from.
    sectors
        Shape (n_periods, n_cars): where each car is stationed; negative: off duty.
    cars, answers
        Shape (n_cars,), `CAR`, and (n_calls,), `ANSWER`: written.
    """
    for scenario in range(len(first_call) - 1):
        for car in range(len(cars)):
            _station(cars, car, sectors[0, car], 0.0)
            cars[car].free_time = 0.0
        first, end = first_call[scenario], first_call[scenario + 1]
        _replay_scenario(first, end, calls, driving, between, sectors, times, cars, answers)


@compiled
def _replay_scenario(
    first: int,
    end: int,
    calls: Records,
    driving: FloatArray,
    between: FloatArray,
    sectors: IntArray,
    times: Times,
    cars: Records,
    answers: Records,
) -> None:
    clock, period, head, tail = 0.0, 0, first, first
    for call in range(first, end):
        now = calls[call].minute
        if head < tail or now >= _next_turn(period, sectors, times):
            period, head = _advance(
                clock, now, period, head, tail, calls, driving, between, sectors, times, cars, answers
            )
        clock = now
        owed = calls[call].cars_required if calls[call].reachable else 0
        while owed > 0 and _send_nearest(call, now, period, calls, driving, between, sectors, times, cars, answers):
            owed -= 1
        if owed > 0:
            answers[call].owed = owed
            answers[tail].waiting = call
            tail += 1
    if head < tail:
        _advance(clock, np.inf, period, head, tail, calls, driving, between, sectors, times, cars, answers)


@compiled
def _advance(
    clock: float,
    until: float,
    period: int,
    head: int,
    tail: int,
    calls: Records,
    driving: FloatArray,
    between: FloatArray,
    sectors: IntArray,
    times: Times,
    cars: Records,
    answers: Records,
) -> tuple[int, int]:
    """Let periods turn and cars come back after `clock` up to `until`; return the period and the head of the queue.

    Without a queue nothing but turns needs attention.
    """
    while True:
        turn = _next_turn(period, sectors, times)
        event = turn if head == tail else min(turn, _next_return(clock, cars))
        if event > until or event == np.inf:
            return period, head
        clock = event
        if event == turn:
            period += 1
            _turn_period(period, event, between, sectors, cars)
        for position in range(head, tail):
            call = answers[position].waiting
            while answers[call].owed > 0 and _send_nearest(
                call, event, period, calls, driving, between, sectors, times, cars, answers
            ):
                answers[call].owed -= 1
        while head < tail and answers[answers[head].waiting].owed == 0:
            head += 1


@inlined
def _next_turn(period: int, sectors: IntArray, times: Times) -> float:
    return (period + 1) * times.period_minutes if period + 1 < len(sectors) else np.inf


@inlined
def _next_return(clock: float, cars: Records) -> float:
    soonest = np.inf
    for car in range(len(cars)):
        if clock < cars[car].free_time < soonest:
            soonest = cars[car].free_time
    return soonest


@compiled
def _turn_period(period: int, now: float, between: FloatArray, sectors: IntArray, cars: Records) -> None:
    """Let the free cars begin the period: drive on, or come on duty."""
    for car in range(len(cars)):
        sector = sectors[period, car]
        if sector < 0 or cars[car].free_time > now:
            continue
        if sectors[period - 1, car] >= 0:
            _head_for(cars, car, sector, now, between)
        else:
            _station(cars, car, sector, now)


@inlined
def _station(cars: Records, car: int, sector: int, now: float) -> None:
    """Put a car to a sector's centre."""
    cars[car].via = cars[car].to = sector
    cars[car].via_time = cars[car].arrival_time = now


@inlined
def _head_for(cars: Records, car: int, sector: int, now: float, between: FloatArray) -> None:
    """Let a free car drive to a sector, from where it stands or out of the drive that it is on."""
    if sector < 0 or sector == cars[car].to:
        return
    to_minutes, via_minutes = max(cars[car].arrival_time - now, 0.0), abs(now - cars[car].via_time)
    over_to = to_minutes + between[cars[car].to, sector]
    over_via = via_minutes + between[cars[car].via, sector]
    if to_minutes == 0.0 or over_to <= over_via:
        cars[car].via = cars[car].to
        cars[car].via_time = now + to_minutes
        cars[car].arrival_time = now + over_to
    else:
        cars[car].via_time = now + via_minutes
        cars[car].arrival_time = now + over_via
    cars[car].to = sector


@inlined
def _send_nearest(
    call: int,
    now: float,
    period: int,
    calls: Records,
    driving: FloatArray,
    between: FloatArray,
    sectors: IntArray,
    times: Times,
    cars: Records,
    answers: Records,
) -> bool:
    """Send the nearest available car to a call; False: there is none that can reach it."""
    car, travel_minutes = _find_nearest(call, now, period, driving, sectors, cars)
    if car < 0:
        return False
    response_minutes = (now - calls[call].minute) + travel_minutes
    answers[call].response_minutes = min(answers[call].response_minutes, response_minutes)
    scene_end = now + travel_minutes + calls[call].service_minutes
    home = sectors[_period_at(scene_end, sectors, times), car]
    if home < 0:
        cars[car].free_time = scene_end
    else:
        back_time = scene_end + driving[call, FROM, home]
        cars[car].free_time = back_time
        _station(cars, car, home, back_time)
        _head_for(cars, car, sectors[_period_at(back_time, sectors, times), car], back_time, between)
    cars[car].busy_minutes += _duty_overlap(car, now, cars[car].free_time, period, sectors, times)
    return True


@inlined
def _find_nearest(
    call: int, now: float, period: int, driving: FloatArray, sectors: IntArray, cars: Records
) -> tuple[int, float]:
    """Return the nearest available car and its minutes; -1: there is none that can reach the call."""
    nearest, least_minutes = -1, np.inf
    for car in range(len(cars)):
        if cars[car].free_time > now or sectors[period, car] < 0:
            continue
        minutes = driving[call, TO, cars[car].to]
        if cars[car].arrival_time > now:
            over_via = abs(now - cars[car].via_time) + driving[call, TO, cars[car].via]
            minutes = min(minutes + (cars[car].arrival_time - now), over_via)
        if minutes < least_minutes:
            nearest, least_minutes = car, minutes
    return nearest, least_minutes


@inlined
def _period_at(time: float, sectors: IntArray, times: Times) -> int:
    last = len(sectors) - 1
    return last if time >= last * times.period_minutes else int(time / times.period_minutes)


@inlined
def _duty_overlap(car: int, start: float, end: float, period: int, sectors: IntArray, times: Times) -> float:
    """Minutes of [start, end) within the span in which the car is on duty; `start` lies in `period`."""
    end = min(end, times.span_minutes)
    minutes = 0.0
    while start < end:
        period_end = min(end, _next_turn(period, sectors, times))
        if sectors[period, car] >= 0:
            minutes += period_end - start
        start = period_end
        period += 1
    return minutes
