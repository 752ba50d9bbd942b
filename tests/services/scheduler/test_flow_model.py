from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from services.scheduler import rules
from services.scheduler.annealing import SEARCH as LONG
from services.scheduler.annealing import breaches, random_rows, search
from services.scheduler.budget import Budget
from services.scheduler.car_classes import cars_on_duty_together_are_alike, group_cars
from services.scheduler.flow_model import FlowModel, build_flow_model
from services.scheduler.highs import MipStart, ProgramStatus, run_mip
from services.scheduler.instance import Instance, compile_instance
from services.scheduler.measure import measure
from services.scheduler.paths import flow_paths, path_flow
from services.scheduler.pricing import solve_by_pricing
from services.scheduler.problem import MinuteSpan, PresenceRule
from services.scheduler.relaxation import solve_relaxation
from tests.services.scheduler.problems import random_problem

RULES = (PresenceRule.NO_RETURN_WITHIN_TWO, PresenceRule.MAX_CONSECUTIVE)


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


def model_of(rule: PresenceRule, seed: int) -> tuple[Instance, FlowModel]:
    instance = compile_instance(random_problem(7, 12, 8, seed, rule))
    return instance, build_flow_model(instance, group_cars(instance), instance.costs, rules.CONSTRAINTS)


def scipy_optimum(model: FlowModel) -> float:
    program = model.program
    constraint = optimize.LinearConstraint(program.matrix(), *program.row_bounds)
    bounds = optimize.Bounds(0, program.uppers)
    result = optimize.milp(
        program.costs, integrality=program.integers, constraints=constraint, bounds=bounds, options={"mip_rel_gap": 0}
    )
    return float(result.fun)


@pytest.mark.parametrize("rule", RULES)
def test_pricing_finds_the_optimum_that_the_whole_program_has(rule: PresenceRule) -> None:
    for seed in range(4):
        _, model = model_of(rule, seed)
        result = solve_by_pricing(model.program, plenty(), 0, None, lambda _incumbent, _bound: None)
        assert result.status is ProgramStatus.OPTIMAL
        assert result.cost == pytest.approx(scipy_optimum(model))
        assert result.bound == pytest.approx(result.cost)


@pytest.mark.parametrize("rule", RULES)
def test_flows_become_paths_of_the_same_cost_and_back(rule: PresenceRule) -> None:
    instance, model = model_of(rule, 1)
    result = solve_by_pricing(model.program, plenty(), 0, None, lambda _incumbent, _bound: None)
    assert result.values is not None
    rows = flow_paths(model, result.values)
    assert measure(instance, rows).objective == pytest.approx(result.cost)
    assert breaches(instance, rows) == 0
    assert path_flow(model, rows) == pytest.approx(result.values)


def test_a_start_is_kept_when_there_is_no_time_to_better_it() -> None:
    instance, model = model_of(RULES[0], 0)
    found = search(instance, random_rows(instance, 0), LONG, plenty(), 0)
    assert found.rows is not None
    start = MipStart(path_flow(model, found.rows), found.objective)
    spent = Budget.of_seconds(0, lambda: False)
    result = solve_by_pricing(model.program, spent, 0, start, lambda _incumbent, _bound: None)
    assert result.status is ProgramStatus.STOPPED
    assert result.values is start.values
    assert result.bound <= scipy_optimum(model)


def test_a_start_is_bettered_when_there_is_time() -> None:
    instance, model = model_of(RULES[0], 0)
    found = search(instance, random_rows(instance, 0), LONG, plenty(), 0)
    assert found.rows is not None
    start = MipStart(path_flow(model, found.rows), found.objective)
    result = solve_by_pricing(model.program, plenty(), 0, start, lambda _incumbent, _bound: None)
    assert result.cost == pytest.approx(scipy_optimum(model))


def test_the_linear_program_bounds_the_optimum_and_progress_is_told() -> None:
    _, model = model_of(RULES[0], 2)
    seen: list[tuple[float | None, float | None]] = []
    relaxed = solve_relaxation(model.program, plenty(), 0, lambda _bound: None)
    whole = run_mip(model.program, model.program.uppers, plenty(), 0, None, lambda *step: seen.append(step))
    assert relaxed.bound <= whole.cost + 1e-6
    assert whole.cost == pytest.approx(scipy_optimum(model))
    assert seen


def test_only_cars_that_differ_while_on_duty_together_are_of_many_kinds() -> None:
    problem = random_problem(7, 12, 8, 0, RULES[0])
    first, *others = problem.cars
    for car, weight, alike in (
        (first, 0.0, True),
        (first, 1.0, False),
        (replace(first, start_sector=problem.sectors[0]), 0.0, True),
        (replace(first, on_duty=MinuteSpan(0, 4 * problem.period_minutes)), 0.0, True),
        (replace(first, breaks=(MinuteSpan(0, 15),)), 0.0, False),
    ):
        changed = replace(problem, cars=(car, *others), fairness_weight=weight)
        assert cars_on_duty_together_are_alike(compile_instance(changed)) == alike


def test_a_model_fault_is_an_error() -> None:
    _, model = model_of(RULES[0], 0)
    model.program.add_rows(np.nan, np.nan, (1,))
    with pytest.raises(RuntimeError, match="HiGHS"):
        solve_relaxation(model.program, plenty(), 0, lambda _bound: None)
