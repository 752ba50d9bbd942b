"""Presence: a car is never in the same sector in periods t-1 and t+1 (A-B-A and A-A-A alike)."""

from dataclasses import replace

import numpy as np

from services.scheduler.flow_model import ClassColumns, FlowModel, exists
from services.scheduler.instance import NOWHERE
from services.scheduler.linear_program import NO_COLUMN, Indices
from services.scheduler.problem import PresenceRule, Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "presence"


def constrain(model: FlowModel) -> None:
    r"""Add ``move_{t-1}(a, b) + move_t(b, a) ≤ present_t(b)``.

    It is exact by Hall's theorem: a car that came to b from a may leave to anywhere but a, so cars and onward drives
    can be matched if and only if no sector a has more of both than there are cars. Arrivals in the first period come
    from the history.
    """
    if not model.instance.no_return:
        return
    for columns in model.classes:
        _forbid_return_at_entry(model, columns)
        first, last = columns.car_class.first_period, columns.car_class.last_period
        for period in range(first, last):
            _separate(model, columns, period)


def _forbid_return_at_entry(model: FlowModel, columns: ClassColumns) -> None:
    for origin, entry in zip(columns.car_class.origins, columns.entry, strict=True):
        if origin.sector_ago(2) != NOWHERE:
            row = model.program.add_rows(0, 0, (1,))
            model.program.add_entries(row, entry[origin.sector_ago(2)], 1)


def _separate(model: FlowModel, columns: ClassColumns, period: int) -> None:
    """Match arrivals with departures in one period, for every sector b (first axis) and sector a (second axis)."""
    departures, present = columns.move[period], columns.present[period]
    arrivals = _arrivals(columns, period)
    arrives = np.any([exists(part) for part in arrivals], axis=0)
    b, a = np.nonzero(arrives & exists(departures))
    rows = model.program.add_rows(-np.inf, 0, b.shape, lazy=True)
    for part in arrivals:
        model.program.add_entries(rows, part[b, a], 1)
    model.program.add_entries(rows, departures[b, a], 1)
    model.program.add_entries(rows, present[b], -1)


def _arrivals(columns: ClassColumns, period: int) -> list[Indices]:
    """Return columns of cars that are in b now and were in a before, each part of shape (m, m)."""
    if period > columns.car_class.first_period:
        return [columns.move[period - 1].T]
    size = columns.present.shape[1]
    parts = [np.full((size, size), NO_COLUMN)]
    for origin, entry in zip(columns.car_class.origins, columns.entry, strict=True):
        if origin.sector_ago(1) != NOWHERE:
            parts.append(np.full((size, size), NO_COLUMN))
            parts[-1][:, origin.sector_ago(1)] = entry
    return parts


def clashes(problem: Problem) -> list[Clash]:
    """Return the rule, where it is on."""
    if problem.presence_rule is not PresenceRule.NO_RETURN_WITHIN_TWO:
        return []
    description = "Presence rule: no car may be in the same sector again two periods later."
    return [Clash(NAME, description, (), lambda relaxed: replace(relaxed, presence_rule=PresenceRule.NONE))]


def explain(outcome: Outcome) -> str | None:
    """Say that no car returns within two periods."""
    if not outcome.instance.no_return:
        return None
    stays = int(((outcome.rows[:, 1:] == outcome.rows[:, :-1]) & (outcome.rows[:, 1:] != NOWHERE)).sum())
    return f"Presence: no car returns to a sector within two periods; cars stay a second period {stays} times."
