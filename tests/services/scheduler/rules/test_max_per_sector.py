from services.scheduler.problem import Car, Placement
from tests.services.scheduler.rules.solved import line, paths, problem_of, solved

CARS = (Car("C1", "A"), Car("C2", "A"), Car("C3", "A"))


def test_spare_cars_stay_where_they_are_without_a_limit() -> None:
    assert set(paths(problem_of(CARS, ((1, 0, 0),))).values()) == {"A"}


def test_spare_cars_spread_under_a_limit() -> None:
    assert sorted(paths(problem_of(CARS, ((1, 0, 0),), max_per_sector=1)).values()) == ["A", "B", "C"]
    assert sorted(paths(problem_of(CARS, ((1, 0, 0),), max_per_sector=2)).values()) == ["A", "A", "B"]


def test_a_larger_demand_lifts_the_limit() -> None:
    assert sorted(paths(problem_of(CARS, ((2, 0, 0),), max_per_sector=1)).values()) == ["A", "A", "B"]


def test_pins_above_the_limit_clash() -> None:
    pins = tuple(Placement(car.id, 0, "B") for car in CARS[:2])
    schedule = solved(problem_of(CARS, ((0, 0, 0),), max_per_sector=1, pins=pins))
    assert sorted(clash.rule for clash in schedule.infeasible_rules) == ["max_per_sector", "pins", "pins"]


def test_the_line_tells_the_limit() -> None:
    assert "at most 1 in a sector" in line(problem_of(CARS, ((1, 0, 0),), max_per_sector=1), "Most cars")
    assert line(problem_of(CARS, ((1, 0, 0),)), "Most cars") == ""
