"""Cover: in every quarter hour the cars in a sector that are on duty and not on break are at least the demand."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from services.scheduler.flow_model import FlowModel
from services.scheduler.problem import QUARTER_MINUTES, Car, Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "cover"

MOST_NAMED = 3
"""Sectors that are named where a period clashes; the others are added up."""


def constrain(model: FlowModel) -> None:
    """Add a row per period, leanest quarter hours and sector: the cars that count are at least the demand."""
    demand = model.instance.demand
    available = np.stack([columns.car_class.available for columns in model.classes])
    for period, sectors in enumerate(demand):
        for counts in leanest_quarters(available[:, period]):
            rows = model.program.add_rows(sectors, np.inf, sectors.shape)
            for columns, count in zip(model.classes, counts, strict=True):
                model.program.add_entries(rows, columns.present[period], float(count))


def leanest_quarters(available: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the quarter hours whose cover implies that of all others.

    Parameters
    ----------
    available
        Whether each car (or class) counts in each quarter hour of a period, shape (n, Q).

    Returns
    -------
    npt.NDArray[np.bool_]
        Shape (number of leanest quarter hours, n).
    """
    patterns = np.unique(available.T, axis=0)
    subset: npt.NDArray[np.bool_] = np.all(patterns[:, np.newaxis] <= patterns[np.newaxis, :], axis=2)
    np.fill_diagonal(subset, False)
    lean: npt.NDArray[np.bool_] = patterns[~subset.any(axis=0)]
    return lean


def clashes(problem: Problem) -> list[Clash]:
    """Return one candidate per period with demand."""
    return [_clash(problem, period) for period, sectors in enumerate(problem.demand) if any(sectors)]


def _clash(problem: Problem, period: int) -> Clash:
    def relax(relaxed: Problem) -> Problem:
        nothing = (0,) * len(relaxed.sectors)
        return replace(relaxed, demand=(*relaxed.demand[:period], nothing, *relaxed.demand[period + 1 :]))

    return Clash(NAME, f"{_need(problem, period)}; {_supply(problem, period)}.", (period,), relax)


def _need(problem: Problem, period: int) -> str:
    """Say which sectors need cars, the neediest first."""
    begin, demand = period * problem.period_minutes, problem.demand[period]
    needed = sorted(
        ((cars, sector) for cars, sector in zip(demand, problem.sectors, strict=True) if cars),
        key=lambda entry: -entry[0],
    )
    named = ", ".join(f"{cars} in {sector}" for cars, sector in needed[:MOST_NAMED])
    others = sum(cars for cars, _ in needed[MOST_NAMED:])
    more = f" and {others} elsewhere" if others else ""
    return f"Period {period} (minutes {begin}-{begin + problem.period_minutes}) needs {named}{more}"


def _supply(problem: Problem, period: int) -> str:
    """Say how many cars count in the leanest quarter hour, and what the others do."""
    begin = period * problem.period_minutes
    minutes = range(begin, begin + problem.period_minutes, QUARTER_MINUTES)
    counts = [sum(_counts(problem, car, minute) for car in problem.cars) for minute in minutes]
    leanest = minutes[counts.index(min(counts))]
    off_duty = sum(not _on_duty(problem, car, leanest) for car in problem.cars)
    on_break = len(problem.cars) - min(counts) - off_duty
    absent = [f"{count} {words}" for count, words in ((on_break, "on break"), (off_duty, "off duty")) if count]
    total = f"{min(counts)} of the {len(problem.cars)} cars can cover it"
    return f"{total}, at minute {leanest} with {' and '.join(absent)}" if absent else total


def _on_duty(problem: Problem, car: Car, minute: int) -> bool:
    duty = problem.duty(car)
    return duty.start_minute <= minute < duty.end_minute


def _counts(problem: Problem, car: Car, minute: int) -> bool:
    on_break = any(span.start_minute <= minute < span.end_minute for span in car.breaks)
    return _on_duty(problem, car, minute) and not on_break


def explain(outcome: Outcome) -> str:
    """Say that demand is met and how many cars are spare."""
    spare = int(outcome.instance.active.sum() - outcome.instance.demand.sum())
    needed = int(outcome.instance.demand.sum())
    words = "no car is spare" if spare <= 0 else f"{spare} car periods are spare"
    return f"Cover: all {needed} car periods of demand are met in every quarter hour; {words}."
