import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.scheduler.annealing import breaches
from services.scheduler.checker import broken_rules, objective_of, travel_of
from services.scheduler.instance import compile_instance
from services.scheduler.measure import measure
from services.scheduler.problem import Problem
from tests.services.scheduler.problems import rows_of, tiny_problems


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems(), data=st.data())
def test_arrays_and_names_agree_on_any_schedule(problem: Problem, data: st.DataObject) -> None:
    sector = st.sampled_from(problem.sectors)
    sectors = {
        car.id: tuple(
            data.draw(sector) if period in problem.periods_on_duty(car) else "" for period in range(len(problem.demand))
        )
        for car in problem.cars
    }
    instance, rows = compile_instance(problem), rows_of(problem, sectors)
    measured = measure(instance, rows)
    assert measured.objective == pytest.approx(objective_of(problem, sectors))
    assert measured.travel_minutes == pytest.approx([travel_of(problem, car, sectors[car.id]) for car in problem.cars])
    kept = [text for text in broken_rules(problem, sectors) if "must" not in text]
    assert (breaches(instance, rows) == 0) is (not kept)
