"""When the cars of a schedule work, and their timetable to the quarter hour."""

import math
from collections.abc import Iterable, Sequence

from officers.demand.v1.demand_pb2 import CarBreak, CarTimetable, Timetable
from officers.scheduler.v1.scheduler_pb2 import Car, CarAssignment, MinuteSpan, Schedule, ScheduleProblem


def is_on_duty(car: Car, minute: float) -> bool:
    """Return whether a car works at a minute of the shift; one without hours of its own works throughout."""
    return not car.HasField("on_duty") or _lies_in(minute, car.on_duty)


def is_on_break(car: Car, minute: float) -> bool:
    """Return whether a car is on a break at a minute of the shift."""
    return any(_lies_in(minute, span) for span in car.breaks)


def make_timetable(problem: ScheduleProblem, schedule: Schedule, capabilities: Sequence[str]) -> Timetable:
    """Return where every car of a schedule is and when it takes calls.

    A schedule places a car for the whole of a period in which it works for some part. A timetable says of each of its
    periods whether a car works: they are those of the schedule, cut where cars come on duty or go off within one.

    Parameters
    ----------
    capabilities
        What every car can do: plans do not tell cars apart by that.
    """
    minutes = _common_minutes(problem)
    starts = range(0, problem.period_minutes * len(problem.demand), minutes)
    return Timetable(
        period_minutes=minutes,
        cars=[
            CarTimetable(
                car_id=car.id,
                sectors=[_sector_at(car, entry, start, problem.period_minutes) for start in starts],
                breaks=[CarBreak(start_minute=span.start_minute, minutes=span.minutes) for span in car.breaks],
                capabilities=capabilities,
            )
            for car, entry in zip(problem.cars, schedule.assignments, strict=True)
        ],
    )


def _common_minutes(problem: ScheduleProblem) -> int:
    """Return the longest period at whose turns all cars come on duty and go off."""
    return math.gcd(problem.period_minutes, *_turns(car.on_duty for car in problem.cars if car.HasField("on_duty")))


def _turns(spans: Iterable[MinuteSpan]) -> Iterable[int]:
    for span in spans:
        yield from (span.start_minute, span.start_minute + span.minutes)


def _sector_at(car: Car, entry: CarAssignment, minute: int, period_minutes: int) -> str:
    return entry.sectors[minute // period_minutes] if is_on_duty(car, minute) else ""


def _lies_in(minute: float, span: MinuteSpan) -> bool:
    return span.start_minute <= minute < span.start_minute + span.minutes
