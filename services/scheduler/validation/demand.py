"""Faults of the demand."""

from collections.abc import Iterator

from services.scheduler.problem import Problem
from services.scheduler.validation.sectors import Fault


def faults(problem: Problem) -> Iterator[Fault]:
    """Yield the faults of ``demand``: shape, negative numbers, and more cars than are on duty."""
    if not problem.demand:
        yield "demand", "Expected at least one row, one per period."
    for period, row in enumerate(problem.demand):
        if len(row) != len(problem.sectors):
            yield (
                f"demand[{period}].cars",
                f"Expected {len(problem.sectors)} numbers, one per sector, got {len(row)}.",
            )
        for sector, cars in enumerate(row):
            if cars < 0:
                yield f"demand[{period}].cars[{sector}]", f"Expected at least 0 cars, got {cars}."
    yield from _sum_faults(problem)


def _sum_faults(problem: Problem) -> Iterator[Fault]:
    if problem.period_minutes <= 0:
        return  # reported as a fault of the period; duty cannot be counted
    duties = [problem.periods_on_duty(car) for car in problem.cars]
    for period, row in enumerate(problem.demand):
        cars = sum(period in duty for duty in duties)
        if sum(row) > cars:
            yield f"demand[{period}]", f"Expected at most {cars} cars, those on duty in the period, got {sum(row)}."
