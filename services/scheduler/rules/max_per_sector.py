"""Most cars: in every period, at most `maxPerSector` cars are in a sector, or its demand if that is larger."""

from dataclasses import replace

import numpy as np

from services.scheduler.flow_model import FlowModel
from services.scheduler.problem import Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "max_per_sector"


def constrain(model: FlowModel) -> None:
    """Add a row per period and sector where the limit can bind."""
    instance = model.instance
    binds = instance.cap < instance.active.sum(axis=0)[:, np.newaxis]
    periods, sectors = np.nonzero(binds)
    rows = model.program.add_rows(-np.inf, instance.cap[binds], periods.shape)
    for columns in model.classes:
        model.program.add_entries(rows, columns.present[periods, sectors], 1)


def clashes(problem: Problem) -> list[Clash]:
    """Return the limit, where there is one."""
    if not problem.max_per_sector:
        return []
    cars = "1 car" if problem.max_per_sector == 1 else f"{problem.max_per_sector} cars"
    description = f"At most {cars} (or the demand, if larger) may be in one sector."
    return [Clash(NAME, description, (), lambda relaxed: replace(relaxed, max_per_sector=0))]


def explain(outcome: Outcome) -> str | None:
    """Say how often a sector is full."""
    if not outcome.problem.max_per_sector:
        return None
    sectors = np.arange(outcome.instance.sector_count)
    load = (outcome.rows[:, :, np.newaxis] == sectors).sum(axis=0)
    full = int(((load == outcome.instance.cap) & (load > outcome.instance.demand)).sum())
    return f"Most cars: at most {outcome.problem.max_per_sector} in a sector; {full} times spare cars fill one."
