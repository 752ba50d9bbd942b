"""Whether plans are worse than cars kept still where there is little to gain: even demand, calls of a single sector."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cli.backtest.jobs import Result
from cli.demand_bench.data import BenchData, open_data
from services.demand.arrays import IntArray
from services.demand.calls import CallSet
from services.demand.optimiser.staffing import Staffing
from services.demand.simulator.case import DispatchCase, measure_travel
from services.demand.superpose import superpose_scenarios
from serving.work import never_stop

EVEN, SINGLE = "even demand", "calls of a single sector"
CARS_OF_A_SECTOR = 3
TIME_LIMIT_SECONDS = 3600.0
DAYS = 7


@dataclass(frozen=True)
class SteadyPlan:
    """Plans a shift for calls of which every sector has the same share, or all are of the busiest of two sectors.

    Parameters
    ----------
    training, validation
        Artifacts of scenarios of the shift: to optimise on; to choose on (the first half of it) and to report on.
    """

    data: BenchData
    kind: str
    training: str
    validation: str
    cars: int
    block_minutes: int
    seed: int

    def run(self) -> Result:
        """Return failures and calls of each scenario to report on, under the plan and under one car per sector."""
        from services.demand.optimiser.optimise import OptimiseProblem, optimise  # as in jobs.py

        training, kept_aside = self._case(self.training), self._case(self.validation)
        chosen_on = kept_aside.calls.scenario_count // 2
        none = np.zeros(training.sector_count, np.int64)
        minutes = int(training.calls.span_minutes)
        problem = OptimiseProblem(
            training=training,
            validation=kept_aside.first_scenarios(chosen_on),
            staffing=Staffing.steady(self.cars, minutes, self.block_minutes, none, none + self.cars),
            past_calls=np.bincount(training.calls.sector, minlength=training.sector_count),
            seed=self.seed,
            time_limit_seconds=TIME_LIMIT_SECONDS,
        )
        result, scorer = optimise(problem, never_stop), problem.scorer(kept_aside)
        still = next(each for each in result.candidates if each.name == "one per sector")
        plan, kept = scorer.score(result.chosen.cars), scorer.score(still.cars)
        return {
            "chosen": result.chosen.name,
            "plan": plan.scenario_failures[chosen_on:].tolist(),
            "still": kept.scenario_failures[chosen_on:].tolist(),
            "calls": plan.scenario_calls[chosen_on:].tolist(),
        }

    def _case(self, artifact: str) -> DispatchCase:
        opened = open_data(self.data)
        calls = superpose_scenarios(opened.library.read_calls(artifact, "calls", opened.area), self.data.copies)
        if self.kind == SINGLE:
            busiest = int(np.bincount(calls.sector).argmax())
            nearest = np.argsort(opened.travel.between_sectors(urgent=False)[busiest], kind="stable")
            pair: IntArray = np.sort([busiest, nearest[nearest != busiest][0]])
            return measure_travel(calls.take(calls.sector == busiest), opened.area, opened.travel, pair)
        return measure_travel(_evened(calls, self.seed), opened.area, opened.travel)


def _evened(calls: CallSet, seed: int) -> CallSet:
    """Move every call to the place of a random call of a random sector."""
    generator = np.random.default_rng([seed, calls.call_count])
    by_sector = [np.flatnonzero(calls.sector == sector) for sector in np.unique(calls.sector)]
    rows = np.array(
        [generator.choice(by_sector[number]) for number in generator.integers(len(by_sector), size=calls.call_count)]
    )
    return replace(calls, latitude=calls.latitude[rows], longitude=calls.longitude[rows], sector=calls.sector[rows])


def steady_jobs(data: BenchData, cars: int, block_minutes: int, seed: int) -> Iterator[SteadyPlan]:
    """Yield plans of the first kind of shift on a week's days for both kinds of calls."""
    kind = data.shifts[0].shift
    for shift in [shift for shift in data.shifts if shift.shift == kind][:DAYS]:
        sets = (shift.training, shift.validation)
        yield SteadyPlan(data, EVEN, *sets, cars, block_minutes, seed)
        yield SteadyPlan(data, SINGLE, *sets, CARS_OF_A_SECTOR, block_minutes, seed)
