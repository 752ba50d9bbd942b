"""Cover: in every quarter hour the cars in a sector that are on duty and not on break are at least the demand."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from services.scheduler.flow_model import FlowModel
from services.scheduler.problem import QUARTER_MINUTES, Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "cover"


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
    begin = period * problem.period_minutes
    counts = [
        sum(_counts(problem, index, minute) for index in range(len(problem.cars)))
        for minute in range(begin, begin + problem.period_minutes, QUARTER_MINUTES)
    ]
    leanest = begin + counts.index(min(counts)) * QUARTER_MINUTES
    needed = sum(problem.demand[period])
    description = (
        f"Period {period} needs {needed} cars; {min(counts)} are on duty and not on break at minute {leanest}."
    )

    def relax(relaxed: Problem) -> Problem:
        nothing = (0,) * len(relaxed.sectors)
        return replace(relaxed, demand=(*relaxed.demand[:period], nothing, *relaxed.demand[period + 1 :]))

    return Clash(NAME, description, (period,), relax)


def _counts(problem: Problem, index: int, minute: int) -> bool:
    car = problem.cars[index]
    duty = problem.duty(car)
    on_break = any(span.start_minute <= minute < span.end_minute for span in car.breaks)
    return duty.start_minute <= minute < duty.end_minute and not on_break


def explain(outcome: Outcome) -> str:
    """Say that demand is met and how many cars are spare."""
    spare = int(outcome.instance.active.sum() - outcome.instance.demand.sum())
    needed = int(outcome.instance.demand.sum())
    words = "no car is spare" if spare <= 0 else f"{spare} car periods are spare"
    return f"Cover: all {needed} car periods of demand are met in every quarter hour; {words}."
