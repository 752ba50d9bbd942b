"""Presence: a car is in the same sector in at most L periods in a row."""

from dataclasses import replace

import numpy as np

from services.scheduler.flow_model import ClassColumns, FlowModel
from services.scheduler.instance import NOWHERE
from services.scheduler.problem import PresenceRule, Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "presence"


def constrain(model: FlowModel) -> None:
    r"""Add ``Σ_{s=t-L+1..t} arrivals_s(b) ≥ present_t(b)``, arrivals from other sectors.

    Cars of a class are interchangeable, so those that came first may always leave first; then a car stays longer than
    L periods only if more cars are present than came in the last L periods. For L = 2 this is METHODS' inequality
    ``move_{t-1}(b, b) + move_t(b, b) ≤ present_t(b)``. Arrivals before the first period come from the history.
    """
    if model.instance.max_consecutive:
        for columns in model.classes:
            for period in range(columns.car_class.first_period, columns.car_class.last_period + 1):
                _limit_stay(model, columns, period)


def _limit_stay(model: FlowModel, columns: ClassColumns, period: int) -> None:
    first = columns.car_class.first_period
    earliest = period - model.instance.max_consecutive + 1
    if earliest <= first and model.instance.before.shape[1] == 0:
        return
    program = model.program
    rows = program.add_rows(0, np.inf, columns.present[period].shape)
    program.add_entries(rows, columns.present[period], -1)
    for arrival in range(max(earliest, first + 1), period + 1):
        program.add_entries(rows, columns.present[arrival], 1)
        program.add_entries(rows, np.diagonal(columns.move[arrival - 1]), -1)
    _add_entry_arrivals(model, columns, rows, earliest)


def _add_entry_arrivals(model: FlowModel, columns: ClassColumns, rows: np.ndarray, earliest: int) -> None:
    """Count cars at their first period: those that go on in a sector came there before."""
    first = columns.car_class.first_period
    sectors = np.arange(columns.present.shape[1])
    for origin, entry in zip(columns.car_class.origins, columns.entry, strict=True):
        goes_on = sectors == origin.sector_ago(1)
        arrival = np.where(goes_on, first - origin.run_length, first)
        model.program.add_entries(rows, entry, (arrival >= earliest).astype(np.float64))


def clashes(problem: Problem) -> list[Clash]:
    """Return the rule, where it is on."""
    if problem.presence_rule is not PresenceRule.MAX_CONSECUTIVE:
        return []
    periods = "1 period" if problem.max_consecutive == 1 else f"{problem.max_consecutive} periods in a row"
    description = f"Presence rule: no car may be in the same sector for more than {periods}."
    return [Clash(NAME, description, (), lambda relaxed: replace(relaxed, presence_rule=PresenceRule.NONE))]


def explain(outcome: Outcome) -> str | None:
    """Say what the longest stay is."""
    limit = outcome.instance.max_consecutive
    if not limit:
        return None
    run = longest = np.zeros(len(outcome.rows), dtype=np.int64)
    previous = np.full(len(outcome.rows), NOWHERE)
    for sectors in np.column_stack([outcome.instance.before, outcome.rows]).T:
        run = np.where(sectors == NOWHERE, 0, np.where(sectors == previous, run + 1, 1))
        longest, previous = np.maximum(longest, run), sectors
    return f"Presence: the longest stay is {longest.max()} of at most {limit} periods in a row."
