"""What a bench computes: plans of single shifts, plans from the past, rosters. Each job runs by itself.

Optimisation is imported where it runs: OR-Tools and HiGHS, which other commands use, do not bear each other in one
process.
"""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cli.backtest.jobs import Result
from cli.demand_bench.data import BenchData, OpenData, ShiftCalls, open_data
from services.demand.allotment import share_in_proportion
from services.demand.optimiser.objective import Objective
from services.demand.optimiser.score import Scorer
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.roster.conform import conform
from services.demand.roster.crews import CrewRules, Roster, place_roster, plain_clock
from services.demand.roster.search import RosterBudget, first_roster, improve_roster, improve_sectors
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules
from serving.work import never_stop

if TYPE_CHECKING:
    from services.demand.optimiser.optimise import OptimiseResult

TIME_LIMIT_SECONDS = 3600.0
"""Counts of scored calls end the searches, so that results do not depend on the machine; this is behind them."""
ROSTER_CALLS = 240_000_000
"""How many calls the search for a roster may score; searches for sectors end where no move gains."""
Cars = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ShiftPlan:
    """Chooses the cars of one shift on the scenarios drawn for it."""

    data: BenchData
    shift: ShiftCalls
    rules: DispatchRules
    cars: int
    block_minutes: int
    standing: Cars | None
    seed: int
    uses_programs: bool = True

    def run(self) -> Result:
        """Return cars per block, and every candidate's failure rate on the validation scenarios."""
        from services.demand.optimiser.optimise import OptimiseProblem, optimise

        opened = open_data(self.data)
        training, validation = (opened.scenarios(each) for each in (self.shift.training, self.shift.validation))
        result = optimise(
            OptimiseProblem(
                training=training,
                validation=validation,
                staffing=_staffing(opened, self.cars, self.shift.minutes, self.block_minutes),
                past_calls=opened.past_calls(self.shift.start_minute, self.shift.minutes),
                seed=self.seed,
                time_limit_seconds=TIME_LIMIT_SECONDS,
                rules=self.rules,
                standing=None if self.standing is None else np.array(self.standing),
                uses_programs=self.uses_programs,
            ),
            never_stop,
        )
        return _result(result)


@dataclass(frozen=True)
class PastPlan:
    """Chooses the cars of a shift on its recorded past: one plan kept still, and one by block.

    Parameters
    ----------
    varies
        Takes the past with heaped times spread and weeks laid over each other in several ways: more calls to learn
        from, without bursts that only come from how times were noted. Otherwise it is as the replayed days are.
    """

    data: BenchData
    start_minute: int
    minutes: int
    rules: DispatchRules
    cars: int
    block_minutes: int
    seed: int
    varies: bool

    def run(self) -> Result:
        """Return cars per block of both plans."""
        from services.demand.optimiser.optimise import OptimiseProblem, optimise

        opened = open_data(self.data)
        past = (opened.varied_past_shifts if self.varies else opened.past_shifts)(self.start_minute, self.minutes)
        result = optimise(
            OptimiseProblem(
                training=past,
                validation=past,
                staffing=_staffing(opened, self.cars, self.minutes, self.block_minutes),
                past_calls=opened.past_calls(self.start_minute, self.minutes),
                seed=self.seed,
                time_limit_seconds=TIME_LIMIT_SECONDS,
                rules=self.rules,
            ),
            never_stop,
        )
        still = [each for each in result.candidates if (each.cars == each.cars[0]).all()]
        return _result(result) | {"static": still[0].cars.tolist(), "static_name": still[0].name}


@dataclass(frozen=True)
class CrewsPlan:
    """Finds when crews should begin and where they should wait, on the recorded past.

    Parameters
    ----------
    shifts
        The crews as they are: start minute of the day, minutes, cars.
    """

    data: BenchData
    shifts: tuple[tuple[int, int, int], ...]
    rules: DispatchRules
    seed: int

    def run(self) -> Result:
        """Return the crews as they are, in the best sectors found for them, and as they should be."""
        opened = open_data(self.data)
        past = opened.timeline(past=True)
        scorer = roster_scorer(past, self.rules)
        limit = TimeLimit(TIME_LIMIT_SECONDS, never_stop)
        starts, minutes, cars = (np.array(column) for column in zip(*self.shifts, strict=True))
        start = first_roster(starts, minutes, cars, self._shares(opened))
        sector_count = opened.area.sector_count
        until_no_gain = RosterBudget(sys.maxsize, limit)
        present = improve_sectors(start, sector_count, scorer, until_no_gain)
        crew_rules = CrewRules(tuple(sorted({int(each) for each in minutes})))
        budget = RosterBudget(scorer.scored_calls + ROSTER_CALLS, limit)
        planned = improve_roster(conform(present, crew_rules), crew_rules, sector_count, scorer, self.seed, budget)
        planned = improve_sectors(planned, sector_count, scorer, until_no_gain)
        return {"present": roster_to_lists(present), "planned": roster_to_lists(planned)}

    def _shares(self, opened: OpenData) -> np.ndarray:
        none = np.zeros(opened.area.sector_count, np.int64)
        return np.array(
            [
                share_in_proportion(cars, opened.past_calls(start, minutes) + 0.5, none, none + cars)
                for start, minutes, cars in self.shifts
            ]
        )


def roster_scorer(case: DispatchCase, rules: DispatchRules) -> Scorer[Roster]:
    """Return who scores rosters on a timeline that begins at midnight."""
    return Scorer(
        case, lambda roster: place_roster(roster, plain_clock(case.calls.span_minutes, 0)), rules, Objective()
    )


def roster_to_lists(roster: Roster) -> list[list[int]]:
    """Return a roster as JSON can hold it."""
    return [roster.start_minutes.tolist(), roster.minutes.tolist(), roster.sectors.tolist()]


def roster_of_lists(columns: list[list[int]]) -> Roster:
    """Read what `roster_to_lists` wrote."""
    return Roster(*(np.array(column, np.int64) for column in columns))


def _staffing(opened: OpenData, cars: int, minutes: int, block_minutes: int) -> Staffing:
    none = np.zeros(opened.area.sector_count, np.int64)
    return Staffing.steady(cars, minutes, block_minutes, none, none + cars)


def _result(result: "OptimiseResult") -> Result:
    return {
        "cars": result.chosen.cars.tolist(),
        "chosen": result.chosen.name,
        "candidates": [
            {"name": each.name, "penalty": each.validation.penalty, "failure_rate": each.validation.failure_rate}
            for each in result.candidates
        ],
        "seconds": result.wall_seconds,
    }
