from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from services.scheduler.annealers import load_annealer
from services.scheduler.budget import Budget
from services.scheduler.checker import broken_rules
from services.scheduler.instance import compile_instance
from services.scheduler.penalties import PenaltySuggestions, best_trial
from services.scheduler.problem import Car, MinuteSpan, PresenceRule, Problem
from services.scheduler.qubo import Qubo
from services.scheduler.qubo_engine import QuboOptions, solve_qubo
from services.scheduler.reporter import Reporter, SolveProgress, emit_nothing
from services.scheduler.sampling import SampleOptions
from services.scheduler.solution import PenaltyTrial, Status
from services.scheduler.solve import Engine, SolveOptions, solve
from services.scheduler.testing.fake_annealer import Annealer as Fake
from services.scheduler.trial import Subject
from services.scheduler.trial_pool import LocalPool
from serving.errors import Cancelled, InvalidArgument
from tests.services.scheduler.problems import random_problem, sectors_of

QUBO = SolveOptions(Engine.QUBO, time_limit_seconds=20, trial_count=4)


@pytest.mark.parametrize("rule", PresenceRule)
def test_the_answer_meets_every_rule_and_carries_the_exact_bound(rule: PresenceRule) -> None:
    problem = random_problem(4, 5, 4, seed=1, rule=rule)
    schedule = solve(problem, QUBO, stop=lambda: False)
    exact = solve(problem, replace(QUBO, engine=Engine.EXACT), stop=lambda: False)
    assert not broken_rules(problem, sectors_of(schedule))
    assert schedule.best_bound == pytest.approx(exact.objective)
    assert schedule.objective >= exact.objective - 1e-6
    assert schedule.gap == pytest.approx((schedule.objective - exact.objective) / exact.objective)
    assert (schedule.engine, schedule.annealer) == ("qubo", "neal")
    assert len(schedule.penalty_trials) == 5
    assert all(0 <= trial.feasible_sample_count <= trial.sample_count for trial in schedule.penalty_trials)


def test_spare_cars_and_breaks() -> None:
    problem = random_problem(4, 4, 4, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    cars = (*(replace(car, breaks=(MinuteSpan(60, 15),)) for car in problem.cars[:1]), *problem.cars[1:], Car("C4"))
    problem = replace(problem, cars=(*cars, Car("C5")), max_per_sector=2)
    schedule = solve(problem, QUBO, stop=lambda: False)
    assert schedule.assignments
    assert not broken_rules(problem, sectors_of(schedule))


def test_same_seed_same_schedule() -> None:
    problem = random_problem(3, 4, 4, seed=1, rule=PresenceRule.NONE)
    first, second = (solve(problem, replace(QUBO, seed=11), stop=lambda: False) for _ in range(2))
    assert first.assignments == second.assignments
    assert first.penalty_trials == second.penalty_trials


class Zeros:
    """An annealer whose samples say nothing."""

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        return np.zeros((options.num_reads, qubo.variable_count), dtype=np.int8)


def hopeless() -> Problem:
    """Demand that only one chain of placements meets, out of reach of repair in no time."""
    return random_problem(6, 8, 8, seed=0, rule=PresenceRule.NO_RETURN_WITHIN_TWO)


def test_the_exact_schedule_steps_in_and_says_so_when_no_sample_can_be_repaired() -> None:
    reference_done: list[SolveProgress] = []
    reporter = Reporter(reference_done.append, 20)
    budget = Budget.of_seconds(20, lambda: any(step.trials_done for step in reference_done))

    class Last(Zeros):
        def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
            reporter.report("annealing", trials_done=1)  # from here on the budget is over: no time to repair
            return super().sample(qubo, options, budget)

    solution = solve_qubo(Subject(hopeless(), "last", Last()), QuboOptions(LocalPool(1), 3), budget, 0, reporter)
    assert solution.engine == "exact"
    assert solution.rows is not None
    assert any("this is the exact engine's schedule" in note for note in solution.notes)


def test_samples_that_say_nothing_are_repaired() -> None:
    problem = hopeless()
    options, budget = QuboOptions(LocalPool(2), 2), Budget.of_seconds(30, lambda: False)
    solution = solve_qubo(Subject(problem, "zeros", Zeros()), options, budget, 0, Reporter(emit_nothing, 30))
    assert solution.rows is not None
    assert solution.annealer == "zeros"
    assert sum(trial.feasible_sample_count for trial in solution.trials) == 0


def test_an_annealer_without_an_answer_in_time_leaves_the_exact_schedule() -> None:
    none_in_time = Fake(errors=[Cancelled("no answer in time")] * 99)
    options, budget = QuboOptions(LocalPool(1), 2), Budget.of_seconds(30, lambda: False)
    subject = Subject(hopeless(), "far", none_in_time)
    solution = solve_qubo(subject, options, budget, 0, Reporter(emit_nothing, 30))
    assert solution.engine == "exact"
    assert solution.rows is not None
    assert [trial.sample_count for trial in solution.trials] == [0, 0, 0]
    assert any("this is the exact engine's schedule" in note for note in solution.notes)


def test_an_infeasible_problem_is_proved_so() -> None:
    problem = Problem(("A",), (Car("C1", breaks=(MinuteSpan(0, 15),)),), 60, ((0,),), ((1,),))
    assert solve(problem, QUBO, stop=lambda: False).status is Status.INFEASIBLE


def test_an_unknown_annealer_is_bad_input() -> None:
    with pytest.raises(InvalidArgument, match="neal"):
        solve(hopeless(), replace(QUBO, annealer="magic"), stop=lambda: False)


def test_auto_is_exact_where_there_is_a_proof() -> None:
    schedule = solve(hopeless(), replace(QUBO, engine=Engine.AUTO), stop=lambda: False)
    assert (schedule.status, schedule.engine, schedule.annealer) == (Status.OPTIMAL, "exact", "")


def test_auto_anneals_where_there_is_none() -> None:
    problem = replace(random_problem(4, 5, 5, seed=0, rule=PresenceRule.NONE), fairness_weight=3.0)
    seen: list[SolveProgress] = []
    options = SolveOptions(Engine.AUTO, time_limit_seconds=4, trial_count=2)
    schedule = solve(problem, options, stop=lambda: False, emit=seen.append)
    assert not broken_rules(problem, sectors_of(schedule))
    assert schedule.status is Status.OPTIMAL or seen[-1].trials_done > 0


def test_the_penalty_search_learns_from_its_trials() -> None:
    """The estimator comes near the best weights of a known loss, and the best trial is the one with the least."""
    instance = compile_instance(hopeless())
    scale = instance.costs.max()

    def attempt(weights: tuple[float, float, float], seed: int) -> PenaltyTrial:
        loss = 100 + sum(abs(np.log(weight / (0.4 * scale))) for weight in weights)
        return PenaltyTrial(*weights, 2, 1, 0.0, loss if seed % 5 else None)

    suggestions = PenaltySuggestions(instance, 40, seed=1)
    for number in range(40):
        weights = suggestions.ask()
        assert weights is not None
        suggestions.tell(attempt(weights, seed=1 + number))
    trials = suggestions.trials
    assert len(trials) == 40
    best = best_trial(trials)
    assert best.best_objective == min(trial.best_objective for trial in trials if trial.best_objective is not None)
    assert best.best_objective < 101.5
    assert load_annealer("") is not None
