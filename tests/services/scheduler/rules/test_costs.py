"""Homes, squares and fairness."""

from services.scheduler.problem import Car
from services.scheduler.solution import Status
from tests.services.scheduler.rules.solved import line, paths, problem_of, solved


def test_the_home_factor_counts_for_travel_into_a_sector_outside() -> None:
    problem = problem_of((Car("C1", "A", ("A",)),), ((0, 0, 1), (0, 0, 1), (1, 0, 0)), home_cost_factor=3.0)
    schedule = solved(problem)
    assert schedule.travel_minutes == 20
    assert schedule.objective == 10 * 3 + 10
    assert line(problem, "Home") == "Home: 2 car periods are outside a home; travel into them counts 3-fold."


def test_cars_are_sent_that_are_at_home() -> None:
    cars = (Car("C1", "A", ("A", "B")), Car("C2", "A", ("A", "C")))
    problem = problem_of(cars, ((0, 1, 1),), home_cost_factor=5.0)
    assert paths(problem) == {"C1": "B", "C2": "C"}


def test_squares_prefer_two_short_drives_to_a_long_one() -> None:
    cars = (Car("C1", "A"), Car("C2", "B"))
    problem = problem_of(cars, ((0, 1, 1),), square_travel=True)
    assert solved(problem).objective == 5**2 + 5**2
    assert paths(problem) == {"C1": "B", "C2": "C"}


def test_the_square_is_taken_after_the_factor() -> None:
    problem = problem_of((Car("C1", "A", ("A",)),), ((0, 1, 0),), square_travel=True, home_cost_factor=3.0)
    assert solved(problem).objective == (3 * 5) ** 2


def test_fairness_breaks_ties() -> None:
    cars = (Car("C1", "A"), Car("C2", "B"))
    schedule = solved(problem_of(cars, ((0, 1, 1),)))
    assert schedule.travel_minutes == 10
    assert paths(problem_of(cars, ((0, 1, 1),))) == {"C1": "B", "C2": "C"}


def test_a_weight_buys_fairness_with_travel() -> None:
    """One car could drive all 20 minutes; a second one drives 10 of them if the largest travel weighs enough."""
    cars = (Car("C1", "A"), Car("C2", "A"))
    demand = ((0, 0, 1), (1, 0, 0))
    cheap, fair = (solved(problem_of(cars, demand, fairness_weight=weight)) for weight in (0.0, 4.0))
    assert cheap.status is fair.status is Status.OPTIMAL
    assert fair.objective == fair.travel_minutes + 4 * 10
    assert "its weight in the objective is 4" in line(problem_of(cars, demand, fairness_weight=4.0), "Fairness")


def test_the_line_of_squares_tells_the_longest_drive() -> None:
    problem = problem_of((Car("C1", "A"), Car("C2", "B")), ((0, 1, 1),), square_travel=True)
    assert line(problem, "Squares") == "Squares: drives count squared; the longest takes 5.0 min, of 2 in all."
    assert line(problem_of((Car("C1", "A"),), ((0, 1, 0),)), "Squares") == ""
