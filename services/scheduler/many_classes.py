"""Problems of many kinds of cars: prices settle, dives give schedules, column generation the bound, a flow model proof.

The work goes in rounds of two tasks side by side: dives from the best schedule, and rounds of column generation until
its optimum, then other dives. A round's tasks depend on its beginning only, so that the answer does not depend on the
number of cores, nor on time, as long as that does not run out.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from services.scheduler.budget import Budget
from services.scheduler.column_generation import ColumnGeneration
from services.scheduler.dives import Dived, Diver
from services.scheduler.highs import ProgramStatus
from services.scheduler.instance import Instance, compile_instance
from services.scheduler.measure import measure
from services.scheduler.paths import flow_paths
from services.scheduler.prices import Pricer
from services.scheduler.problem import QUARTER_MINUTES, Car, Problem
from services.scheduler.proof import Proof
from services.scheduler.reporter import Reporter, emit_nothing
from services.scheduler.shift_kinds import gather_crew
from services.scheduler.soft_cars import COOLING, SoftCars, settle
from services.scheduler.solution import Solution, best_of

DIVES_PER_ROUND = 25
MENDING_ROUNDS = 10
"""Before column generation, as long as a schedule lacks cars or has too many."""

MENDING_DIVES = 8
"""In such a round; a schedule comes soon that way."""

COLUMN_ROUNDS = 8
"""Of column generation, in a round."""

LEAST_ROUNDS = 4
"""Before a proof is tried."""

MOST_PROOF_DRIVES = 10_000
"""Drives of which a flow model is solved in reasonable time."""

MOST_DRIVES = 2_000_000
"""Drives of which a flow model is built to find out whether there is a schedule at all."""

PROOF_SHARE = 0.6
"""Most of the time left for a proof."""

PROOF_AGAIN = 0.5
"""A proof that ran out of time is tried again when so small a share of its drives is left."""

LEAST_OBJECTIVE = 0.0
"""No schedule costs less: all terms of the objective are at least zero."""


def solve_many_classes(instance: Instance, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    """Return the best schedule that the budget allows, with a proved bound."""
    search = _Search(instance, budget, seed, reporter)
    while not search.best.proved and not budget.over:
        search.look_for_clash()
        if not search.best.infeasible:
            search.do_round()
            search.try_proof()
    return search.best


def quick_bound(instance: Instance, budget: Budget) -> float:
    """Return a bound that takes a moment, at prices that have hardly settled; infinite if a car has no shift."""
    crew = gather_crew(instance)
    bound = Pricer(crew).price(settle(SoftCars(crew), crew, ((0.2, 5), (0.1, 10)), budget)).bound
    return max(bound, LEAST_OBJECTIVE)


def compile_many_classes() -> None:
    """Compile the kernels of prices and soft cars, or load them from the cache, so that no solve waits for it."""
    travel, demand = ((0.0, 1.0), (1.0, 0.0)), ((1, 1), (1, 1))
    instance = compile_instance(Problem(("A", "B"), (Car("1"), Car("2")), QUARTER_MINUTES, travel, demand))
    reporter = Reporter(emit_nothing, 600)
    solve_many_classes(instance, Budget.of_seconds(600, lambda: False), 0, reporter)


class _Search:
    """Where a solve stands, from round to round."""

    def __init__(self, instance: Instance, budget: Budget, seed: int, reporter: Reporter) -> None:
        self._instance, self._budget, self._seed, self._reporter = instance, budget, seed, reporter
        self._crew = gather_crew(instance)
        cars = SoftCars(self._crew)
        self._prices = settle(cars, self._crew, COOLING, budget)
        self._columns = ColumnGeneration(self._crew, self._prices, budget, seed)
        self._costless = ColumnGeneration(self._crew.costless, self._prices, budget, seed)
        self.best = Solution(None, float("inf"), LEAST_OBJECTIVE)
        self._take_bound(self._columns.bound)
        self._divers = [Diver(instance, self._crew) for _ in range(2)]
        for columns in (self._columns, self._costless):
            columns.add_drawn(cars, seed)
        self._dived = self._divers[0].dive(self._prices, budget)
        self._take_schedule()
        self._rounds, self._most_drives = 0, MOST_PROOF_DRIVES

    def look_for_clash(self) -> None:
        """While there is no schedule, generate columns without costs: a bound above zero proves that there is none."""
        if self.best.rows is None and not self.best.infeasible:
            if not self._costless.clashes:
                self._costless.advance(COLUMN_ROUNDS, self._budget)
            if self._costless.clashes:
                self._take_bound(np.inf)

    def do_round(self) -> None:
        """Run two tasks side by side and take in what they found."""
        bounding = not self._columns.done and not self._mends
        with ThreadPoolExecutor(2, thread_name_prefix="round") as pool:
            second = pool.submit(self._bound_on) if bounding else pool.submit(self._dive_on, 1)
            dives = [self._dive_on(0), second.result()]
        self._rounds += 1
        for dived in dives:
            if dived is not None and (self._dived is None or dived.better_than(self._dived)):
                self._dived = dived
        if bounding:
            self._take_bound(self._columns.bound)
        self._take_schedule()

    def try_proof(self) -> None:
        """Solve the flow model of what a better schedule may have, once the bound is settled and little is left."""
        if (
            not self._columns.done
            or self._mends
            or self._rounds < LEAST_ROUNDS
            or self.best.proved
            or self._budget.over
        ):
            return
        proof = Proof(self._instance, self._crew, self._columns.prices, self.best)
        if proof.drive_count > (self._most_drives if self.best.rows is not None else MOST_DRIVES):
            return
        self._most_drives = int(proof.drive_count * PROOF_AGAIN)
        best = self.best.objective
        self._reporter.report("flow model")
        model, result = proof.run(
            self._budget.share(PROOF_SHARE), self._seed, lambda found, bound: self._report(found, bound, best)
        )
        if result.status is ProgramStatus.INFEASIBLE and self.best.rows is None:
            self.best = Solution(None, float("inf"), float("inf"), infeasible=True)
            return
        if result.values is not None:
            rows = flow_paths(model, result.values)
            self.best = best_of(self.best, Solution(rows, measure(self._instance, rows).objective, LEAST_OBJECTIVE))
        proved = result.status is not ProgramStatus.STOPPED
        self._take_bound(self.best.objective if proved else min(result.bound, best))

    @property
    def _mends(self) -> bool:
        """Whether this is a round that only mends."""
        return self._dived is not None and self._dived.missing > 0 and self._rounds < MENDING_ROUNDS

    def _bound_on(self) -> None:
        self._columns.advance(COLUMN_ROUNDS, self._budget)

    def _dive_on(self, place: int) -> Dived | None:
        diver, seed = self._divers[place], [self._seed, self._rounds, place]
        if self._dived is None:
            return diver.dive(self._prices, self._budget)
        count = MENDING_DIVES if self._mends else DIVES_PER_ROUND
        return diver.improve(self._dived, self._prices, count, seed, self._budget)

    def _take_bound(self, bound: float) -> None:
        if bound == np.inf:
            self.best = Solution(None, float("inf"), float("inf"), infeasible=True)
            return
        self.best = best_of(self.best, Solution(None, float("inf"), bound))
        self._reporter.report("column generation", bound=self.best.bound)

    def _take_schedule(self) -> None:
        dived = self._dived
        if dived is not None and not dived.missing and dived.objective < self.best.objective:
            self.best = best_of(self.best, Solution(dived.rows, dived.objective, LEAST_OBJECTIVE))
            self._columns.add_schedule(dived.rows)
            self._reporter.report("dives", incumbent=dived.objective)

    def _report(self, found: float | None, bound: float | None, best: float) -> None:
        known = None if bound is None else max(min(bound, best), LEAST_OBJECTIVE)
        self._reporter.report("flow model", incumbent=found, bound=known)
