"""Faults of the cars: names, sectors, duty and breaks."""

from collections.abc import Iterator

from services.scheduler.problem import QUARTER_MINUTES, Car, MinuteSpan, Problem
from services.scheduler.validation.sectors import Fault, name_faults, sector_faults


def faults(problem: Problem) -> Iterator[Fault]:
    """Yield the faults of ``cars``."""
    if not problem.cars:
        yield "cars", "Expected at least one car."
    yield from name_faults("cars", tuple(car.id for car in problem.cars), ".id")
    for index, car in enumerate(problem.cars):
        field = f"cars[{index}]"
        if car.start_sector is not None:
            yield from sector_faults(problem, f"{field}.start_sector", car.start_sector)
        for place, sector in enumerate(car.home_sectors):
            yield from sector_faults(problem, f"{field}.home_sectors[{place}]", sector)
        yield from _duty_faults(problem, car, f"{field}.on_duty")
        yield from _break_faults(problem, car, f"{field}.breaks")


def _duty_faults(problem: Problem, car: Car, field: str) -> Iterator[Fault]:
    if car.on_duty is not None:
        shift = MinuteSpan(0, problem.shift_minutes)
        yield from _span_faults(car.on_duty, shift, field, "the shift")


def _break_faults(problem: Problem, car: Car, field: str) -> Iterator[Fault]:
    for index, span in enumerate(car.breaks):
        yield from _span_faults(span, problem.duty(car), f"{field}[{index}]", f"the duty of car {car.id!r}")
        for earlier, other in enumerate(car.breaks[:index]):
            if span.start_minute < other.end_minute and other.start_minute < span.end_minute:
                yield f"{field}[{index}]", f"Expected breaks that do not overlap, but this one meets breaks[{earlier}]."


def _span_faults(span: MinuteSpan, around: MinuteSpan, field: str, around_name: str) -> Iterator[Fault]:
    if span.start_minute % QUARTER_MINUTES:
        yield f"{field}.start_minute", f"Expected a multiple of {QUARTER_MINUTES}, got {span.start_minute}."
    if span.minutes <= 0 or span.minutes % QUARTER_MINUTES:
        yield f"{field}.minutes", f"Expected a positive multiple of {QUARTER_MINUTES}, got {span.minutes}."
    if span.start_minute < around.start_minute or span.end_minute > around.end_minute:
        yield (
            field,
            f"Expected a span within {around_name}, minutes {around.start_minute} to {around.end_minute}, "
            f"got {span.start_minute} to {span.end_minute}.",
        )
