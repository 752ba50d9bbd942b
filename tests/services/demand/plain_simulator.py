"""The rules of dispatch once more, plain and slow: one event after the other, every choice by looking at everything.

Written from the rules in words (`services.demand.simulator.kernel`); free stationing is in `plain_stationing`. It reads
timetables and breaks for itself, asks every car and every waiting call each time, and sums minutes on calls up at the
end.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import groupby, pairwise

import numpy as np

from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import Placement
from services.demand.simulator.records import OFF_DUTY, ON_BREAK
from services.demand.simulator.rules import DispatchRules, Queue, Territory

NEVER = float("inf")
Point = tuple[float, float]


class State(Enum):
    ABSENT = auto()
    RESTING = auto()
    FREE = auto()
    ON_CALL = auto()
    DRIVING_BACK = auto()


@dataclass
class Drive:
    """A drive on a straight line; from `arrive` on the car stands at its end."""

    start: Point
    end: Point
    depart: float
    arrive: float

    def is_over(self, now: float) -> bool:
        return self.arrive <= now

    def place(self, now: float) -> Point:
        if self.is_over(now):
            return self.end
        share = (self.arrive - now) / (self.arrive - self.depart)
        (x0, y0), (x1, y1) = self.start, self.end
        return x1 + share * (x0 - x1), y1 + share * (y0 - y1)


@dataclass
class PlainCar:
    number: int
    skills: int
    state: State = State.ABSENT
    planned: int = OFF_DUTY
    station: int = 0
    heading: int = 0
    drive: Drive | None = None
    due: float = NEVER
    sending: "Sending | None" = None


@dataclass(eq=False)
class PlainCall:
    number: int
    owed: int
    first_sent: float = NEVER
    sendings: "list[Sending]" = field(default_factory=list)
    """Those of cars that came or are on their way."""


@dataclass(eq=False)
class Sending:
    call: PlainCall
    sent: float
    arrives: float


class Timetable:
    """What the timetable says of each car at any minute, breaks included."""

    def __init__(self, placement: Placement) -> None:
        self.placement = placement
        self.turns = np.arange(placement.period_count) * placement.period_minutes
        ends = [minute for each in placement.breaks for minute in (each.start_minute, each.end_minute)]
        self.minutes = sorted({float(minute) for minute in (*self.turns, *ends) if minute > 0})

    def sector(self, car: int, now: float) -> int:
        return int(self.placement.sectors[int((self.turns <= now).sum()) - 1, car])

    def turns_at(self, car: int, now: float) -> bool:
        period = int(np.searchsorted(self.turns, now))
        is_turn = period < len(self.turns) and self.turns[period] == now
        return is_turn and (period == 0 or self.sector(car, now) != self.placement.sectors[period - 1, car])

    def is_on_duty(self, car: int, now: float) -> bool:
        return self.sector(car, now) != OFF_DUTY

    def planned(self, car: int, now: float) -> int:
        if not self.is_on_duty(car, now):
            return OFF_DUTY
        for each in self.placement.breaks:
            if each.car == car and each.start_minute <= now < each.end_minute:
                so_far = [each.start_minute, *self.turns[(self.turns > each.start_minute) & (self.turns <= now)]]
                was_there = all(self.is_on_duty(car, minute) for minute in so_far)
                return ON_BREAK if was_there else OFF_DUTY  # who is not there when a break begins comes after it
        return self.sector(car, now)


class PlainSimulator:
    """One scenario."""

    moves = 0

    def __init__(self, case: DispatchCase, placement: Placement, rules: DispatchRules, scenario: int) -> None:
        self.case, self.rules, self.timetable = case, rules, Timetable(placement)
        self.to = case.to_call_minutes.astype(np.float32).astype(float)
        self.back = case.from_call_minutes.astype(np.float32).astype(float)
        first, end = (int(call) for call in case.calls.first_call[scenario : scenario + 2])
        required = np.where(case.reachable, case.calls.cars_required, 0)
        self.calls = {call: PlainCall(call, int(required[call])) for call in range(first, end)}
        self.waiting: list[PlainCall] = []
        self.on_calls: list[tuple[int, float, float]] = []
        self.diversions = 0
        skills = np.zeros(placement.car_count, int) if placement.skills is None else placement.skills
        self.cars = [PlainCar(number, int(skills[number])) for number in range(placement.car_count)]
        for car in self.cars:
            self.follow_timetable(car, 0.0)

    # -- events

    def run(self) -> "PlainSimulator":
        """Cars that are due come first, one after the other; then the timetable; then the next call."""
        turns, calls = list(self.timetable.minutes), list(self.calls.values())
        while True:
            due = min(self.cars, key=lambda car: (car.due, car.number), default=None)
            events = [
                (due.due if due else NEVER, 0),
                (turns[0] if turns else NEVER, 1),
                (self.case.calls.minute[calls[0].number] if calls else NEVER, 2),
            ]
            now, kind = min(events)
            if now == NEVER:
                return self
            if kind == 0:
                self.end_call(due, now)
            elif kind == 1:
                self.turn(turns.pop(0))
            else:
                self.answer(calls.pop(0), now)

    def turn(self, now: float) -> None:
        for car in self.cars:
            if self.timetable.planned(car.number, now) != car.planned:
                self.follow_timetable(car, now)
        self.serve_waiting(now)

    def follow_timetable(self, car: PlainCar, now: float) -> None:
        car.planned = self.timetable.planned(car.number, now)
        if car.planned >= 0 or (car.planned == ON_BREAK and self.timetable.turns_at(car.number, now)):
            car.station = self.timetable.sector(car.number, now)
        if car.state in (State.ON_CALL, State.DRIVING_BACK):
            return
        if car.planned == OFF_DUTY:
            car.state = State.ABSENT
            return
        if car.state is State.ABSENT:
            self.stand(car, car.station, now)
        self.go_to_station(car, now)
        car.state = State.FREE if car.planned >= 0 else State.RESTING

    def answer(self, call: PlainCall, now: float) -> None:
        required, diversions = call.owed, self.diversions
        while call.owed:
            car, minutes = self.nearest(call, now)
            if self.rules.preempts and self.case.calls.urgent[call.number] and minutes > self.minutes_left(call, now):
                better, sooner = self.nearest_on_its_way(call, now)
                if sooner < minutes:
                    car, minutes = better, sooner
                    self.divert(car, now)
            if car is None:
                break
            self.send(car, call, minutes, now)
        if call.owed and (call.owed < required or self.rules.patience_minutes > 0):
            self.waiting.append(call)
        if self.diversions > diversions:
            self.serve_waiting(now)

    def end_call(self, car: PlainCar, now: float) -> None:
        car.due = NEVER
        if car.state is State.ON_CALL:
            self.leave_scene(car, now)
            if car.state is State.DRIVING_BACK:
                return
        else:
            self.stand(car, car.heading, now)
        self.on_calls.append((car.number, car.sending.sent, now))
        if car.planned == OFF_DUTY:
            car.state = State.ABSENT
            return
        self.go_to_station(car, now)
        car.state = State.FREE if car.planned >= 0 else State.RESTING
        if car.state is State.FREE:
            self.take_waiting(car, now)

    def leave_scene(self, car: PlainCar, now: float) -> None:
        """Drive back, to be sent on the way or not; a car that nothing leads back for is never back."""
        call = car.sending.call
        minutes = self.back[call.number, car.station]
        car.heading = car.station
        car.drive = Drive(self.call_km(call), self.sector_km(car.station), now, now + minutes)
        if car.planned != OFF_DUTY and (not self.rules.sends_returning or minutes == NEVER):
            car.state, car.due = State.DRIVING_BACK, now + minutes

    # -- where cars are

    def sector_km(self, sector: int) -> Point:
        x, y = self.case.sector_km[sector]
        return float(x), float(y)

    def call_km(self, call: PlainCall) -> Point:
        x, y = self.case.call_km[call.number]
        return float(x), float(y)

    def stand(self, car: PlainCar, sector: int, now: float) -> None:
        car.heading = sector
        car.drive = Drive(self.sector_km(sector), self.sector_km(sector), now, now)

    def go_to_station(self, car: PlainCar, now: float) -> None:
        if car.heading == car.station:
            return
        left = max(car.drive.arrive - now, 0.0)
        minutes = left + self.case.between_minutes[car.heading, car.station]
        here, there = car.drive.place(now), self.sector_km(car.station)
        if left > 0:
            minutes = min(minutes, distance(here, there) * self.case.normal_minutes_per_km)
        car.drive, car.heading = Drive(here, there, now, now + minutes), car.station

    # -- which car

    def is_own(self, car: PlainCar, call: PlainCall) -> bool:
        if self.rules.territory is Territory.WHOLE_AREA:
            return True
        return bool(self.case.adjacent[self.case.calls.sector[call.number], car.heading])

    def may_go(self, car: PlainCar, call: PlainCall) -> bool:
        is_skilled = self.case.calls.needs[call.number] & car.skills == self.case.calls.needs[call.number]
        is_allowed = self.rules.territory is not Territory.ADJACENT_ONLY or self.is_own(car, call)
        return bool(is_skilled and is_allowed and self.to[call.number, car.heading] < NEVER)

    def straight_minutes(self, car: PlainCar, call: PlainCall, now: float) -> float:
        apart = distance(car.drive.place(now), self.call_km(call))
        return apart * float(self.case.minutes_per_km[call.number])

    def minutes_to(self, car: PlainCar, call: PlainCall, now: float) -> float:
        over_sector = self.to[call.number, car.heading]
        if car.drive.is_over(now):
            return over_sector
        rest = car.drive.arrive - now + over_sector - self.case.mobilisation_minutes
        return min(self.straight_minutes(car, call, now), rest)

    def minutes_left(self, call: PlainCall, now: float) -> float:
        return self.case.calls.target_minutes[call.number] - (now - self.case.calls.minute[call.number])

    def nearest(self, call: PlainCall, now: float) -> tuple[PlainCar | None, float]:
        """Own territory first; then minutes; then standing cars, by sector and number; then driving ones by number."""

        def preference(car: PlainCar):
            is_driving = not car.drive.is_over(now)
            sector = 0 if is_driving else car.heading
            return not self.is_own(car, call), self.minutes_to(car, call, now), is_driving, sector, car.number

        free = [car for car in self.cars if car.state is State.FREE and self.may_go(car, call)]
        if not free:
            return None, NEVER
        car = min(free, key=preference)
        return car, self.minutes_to(car, call, now)

    def nearest_on_its_way(self, call: PlainCall, now: float) -> tuple[PlainCar | None, float]:
        there = [
            (self.straight_minutes(car, call, now), car.number)
            for car in self.cars
            if car.state is State.ON_CALL
            and not car.drive.is_over(now)
            and not self.case.calls.urgent[car.sending.call.number]
            and car.planned >= 0
            and self.may_go(car, call)
        ]
        if not there:
            return None, NEVER
        minutes, number = min(there)
        return self.cars[number], minutes

    def send(self, car: PlainCar, call: PlainCall, minutes: float, now: float) -> None:
        call.owed -= 1
        call.first_sent = min(call.first_sent, now)
        car.state, car.sending = State.ON_CALL, Sending(call, now, now + minutes)
        call.sendings.append(car.sending)
        car.drive = Drive(car.drive.place(now), self.call_km(call), now, now + minutes)
        car.due = now + minutes + self.case.calls.service_minutes[call.number]

    def divert(self, car: PlainCar, now: float) -> None:
        dropped = car.sending.call
        dropped.sendings.remove(car.sending)
        dropped.owed += 1
        if dropped not in self.waiting:
            self.waiting.append(dropped)
        self.on_calls.append((car.number, car.sending.sent, now))
        self.diversions += 1

    # -- who waits

    def rank(self, call: PlainCall) -> int:
        if self.rules.queue is Queue.FIRST_COME:
            return 0
        if call.sendings:
            return 2
        return 0 if self.case.calls.urgent[call.number] else 1

    def queue(self, now: float) -> list[PlainCall]:
        """Return who still waits, in order."""
        patience = self.rules.patience_minutes
        self.waiting = [
            call
            for call in self.waiting
            if call.first_sent < NEVER or now - self.case.calls.minute[call.number] <= patience
        ]
        return sorted(self.waiting, key=lambda call: (self.rank(call), call.number))

    def serve(self, car: PlainCar, call: PlainCall, minutes: float, now: float) -> None:
        self.send(car, call, minutes, now)
        if not call.owed:
            self.waiting.remove(call)

    def serve_waiting(self, now: float) -> None:
        """Let calls choose, one after the other, until no free car may go to any."""
        while True:
            for call in self.queue(now):
                car, minutes = self.nearest(call, now)
                if car:
                    self.serve(car, call, minutes, now)
                    break
            else:
                return

    def take_waiting(self, car: PlainCar, now: float) -> None:
        """Let a car choose: the first call of the first rank it may go to, of its own territory if there is one."""
        for _, rank in groupby(self.queue(now), key=self.rank):
            calls = [call for call in rank if self.may_go(car, call)]
            if calls:
                call = min(calls, key=lambda call: (not self.is_own(car, call), call.number))
                self.serve(car, call, self.minutes_to(car, call, now), now)
                return

    # -- what came of it

    def busy_minutes(self, car: int) -> float:
        """Minutes on calls, those off duty and those outside the span left out."""
        spells = [(start, end) for number, start, end in self.on_calls if number == car]
        if self.cars[car].state in (State.ON_CALL, State.DRIVING_BACK):
            spells.append((self.cars[car].sending.sent, NEVER))
        busy, bounds = 0.0, [0.0, *self.timetable.minutes, NEVER]
        for first, last in pairwise(bounds):
            if self.timetable.planned(car, first) != OFF_DUTY:
                until = min(last, self.case.calls.span_minutes)
                busy += sum(max(min(end, until) - max(start, first), 0.0) for start, end in spells)
        return busy


def distance(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


@dataclass
class PlainOutcome:
    response_minutes: list[float]
    waiting_minutes: list[float]
    car_busy_minutes: list[float]
    diversions: int
    moves: int


def sum_up(runs: list[PlainSimulator]) -> PlainOutcome:
    """Put the outcomes of all scenarios together."""
    answers = [(call, float(run.case.calls.minute[call.number])) for run in runs for call in run.calls.values()]
    return PlainOutcome(
        [min((each.arrives for each in call.sendings), default=NEVER) - minute for call, minute in answers],
        [call.first_sent - minute for call, minute in answers],
        [sum(run.busy_minutes(car.number) for run in runs) for car in runs[0].cars],
        sum(run.diversions for run in runs),
        sum(run.moves for run in runs),
    )
