import pytest
from hypothesis import HealthCheck, given, settings

from services.scheduler.checker import broken_rules, objective_of
from services.scheduler.problem import Problem
from services.scheduler.solution import Schedule, Status
from services.scheduler.solve import Engine, SolveOptions, solve
from services.scheduler.validation import validate
from tests.services.scheduler.problems import brute_force, tiny_problems

EXACT = SolveOptions(Engine.EXACT, time_limit_seconds=30)


def sectors_of(schedule: Schedule) -> dict[str, tuple[str, ...]]:
    return {assignment.car_id: assignment.sectors for assignment in schedule.assignments}


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_the_optimum_equals_that_of_all_schedules_with_any_rules(problem: Problem) -> None:
    validate(problem)
    least = brute_force(problem)
    schedule = solve(problem, EXACT, stop=lambda: False)
    if least == float("inf"):
        assert schedule.status is Status.INFEASIBLE
        assert schedule.infeasible_rules
        return
    assert schedule.status is Status.OPTIMAL
    assert schedule.gap == 0
    assert schedule.objective == pytest.approx(least, abs=1e-6)
    assert not broken_rules(problem, sectors_of(schedule))
    assert objective_of(problem, sectors_of(schedule)) == pytest.approx(schedule.objective)
