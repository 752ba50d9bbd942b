import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from services.scheduler import rules
from services.scheduler.budget import Budget
from services.scheduler.car_classes import group_cars
from services.scheduler.flow_model import FlowModel, build_flow_model
from services.scheduler.highs import ProgramStatus
from services.scheduler.instance import compile_instance
from services.scheduler.linear_program import LinearProgram
from services.scheduler.problem import PresenceRule
from services.scheduler.relaxation import solve_relaxation
from tests.services.scheduler.problems import random_problem


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


def model_of(rule: PresenceRule, seed: int) -> FlowModel:
    instance = compile_instance(random_problem(14, 20, 6, seed, rule))
    return build_flow_model(instance, group_cars(instance), instance.costs, rules.CONSTRAINTS)


def scipy_optimum(program: LinearProgram) -> float:
    constraint = optimize.LinearConstraint(program.matrix(), *program.row_bounds)
    result = optimize.milp(program.costs, constraints=constraint, bounds=optimize.Bounds(0, program.uppers))
    return float(result.fun)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(rule=st.sampled_from(PresenceRule), seed=st.integers(0, 1000))
def test_the_optimum_of_growing_programs_is_that_of_the_whole(rule: PresenceRule, seed: int) -> None:
    program = model_of(rule, seed).program
    bounds: list[float] = []
    relaxed = solve_relaxation(program, plenty(), 0, bounds.append)
    assert relaxed.status is ProgramStatus.OPTIMAL
    assert relaxed.bound == pytest.approx(scipy_optimum(program))
    assert bounds == sorted(bounds)
    assert bounds[-1] == relaxed.bound


def test_reduced_costs_bound_what_a_column_costs() -> None:
    program = model_of(PresenceRule.NO_RETURN_WITHIN_TWO, 3).program
    relaxed = solve_relaxation(program, plenty(), 0, lambda _bound: None)
    assert relaxed.values is not None
    assert relaxed.reduced_costs is not None
    assert program.costs @ relaxed.values == pytest.approx(relaxed.bound)
    assert (relaxed.reduced_costs[relaxed.values == 0] >= -1e-6).all()


def test_a_program_without_solution_is_infeasible_although_it_starts_small() -> None:
    program = LinearProgram()
    columns = program.add_columns(np.arange(30.0), 1.0, np.ones(30, dtype=np.bool_))
    program.add_entries(program.add_rows(25, np.inf, (1,)), columns, 1)
    relaxed = solve_relaxation(program, plenty(), 0, lambda _bound: None)
    assert relaxed.bound == pytest.approx(np.arange(25).sum())
    program.add_entries(program.add_rows(-np.inf, 24, (1,)), columns, 1)
    assert solve_relaxation(program, plenty(), 0, lambda _bound: None).status is ProgramStatus.INFEASIBLE


def test_a_stop_proves_nothing() -> None:
    program = model_of(PresenceRule.NONE, 0).program
    stopped = solve_relaxation(program, Budget.of_seconds(60, lambda: True), 0, lambda _bound: None)
    assert stopped.status is ProgramStatus.STOPPED
    assert stopped.values is None
