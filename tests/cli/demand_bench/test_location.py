import numpy as np
import pytest

from cli.demand_bench.location import (
    ONE,
    PLAN,
    PROPORTIONAL,
    STANDING,
    STATIC,
    STATIC_VARIED,
    LocationStudy,
    Pasts,
    best_baseline,
    kinds_of_shifts,
    parts_of_the_week,
)
from cli.demand_bench.timeline import Measured
from services.demand.simulator.rules import DispatchRules


class FakeData:
    """The data of a bench, with three past calls in the first sector and one in the second."""

    def __init__(self, data) -> None:
        self.data = data
        self.asked_for: list[tuple[int, int]] = []

    def past_calls(self, start_minute: int, minutes: int) -> np.ndarray:
        self.asked_for.append((start_minute, minutes))
        return np.array([3, 1])


def study(cars: int = 4, block_minutes: int = 360) -> LocationStudy:
    return LocationStudy("Location", DispatchRules(), cars, block_minutes, 1)


def measured(failures: float) -> Measured:
    return Measured(np.array([failures]), np.array([100.0]), 6.5, 0.4, 0.0)


def past(static: list[int], first: list[int], second: list[int]) -> dict:
    return {"static": [static, static], "static_name": "greedy", "cars": [first, second]}


@pytest.mark.parametrize(
    ("minute", "start", "parts"),
    [
        (0, "2015-04-01", {"night"}),  # a Wednesday
        (479.9, "2015-04-01", {"night"}),
        (480, "2015-04-01", {"day"}),
        (1199.9, "2015-04-01", {"day"}),
        (1200, "2015-04-01", {"night"}),
        (3 * 1440 - 1, "2015-04-01", {"night"}),  # the end of Friday
        (3 * 1440, "2015-04-01", {"night", "weekend"}),
        (4 * 1440 + 600, "2015-04-01", {"day", "weekend"}),
        (5 * 1440 + 600, "2015-04-01", {"day"}),  # Monday
        (10 * 1440, "2015-04-01", {"night", "weekend"}),  # Saturday of the second week
        (600, "2015-04-05", {"day", "weekend"}),
    ],
)
def test_calls_belong_to_parts_of_the_week(build_case, minute: float, start: str, parts: set[str]) -> None:
    found = parts_of_the_week(build_case([minute], weeks=2), start)
    assert {name for name, chosen in found.items() if chosen.tolist() == [True]} == parts


def test_shifts_are_alike_by_time_of_day_and_length(bench_data) -> None:
    data = bench_data(-240, 480, 1200, 1920, 2640)
    assert kinds_of_shifts(data) == [(480, 720), (1200, 720)]


def test_the_best_simple_rule_is_the_reference_whatever_plans_reach() -> None:
    rates = {ONE: 30.0, PROPORTIONAL: 20.0, STATIC: 25.0, STATIC_VARIED: 3.0, STANDING: 2.0, PLAN: 1.0}
    assert best_baseline({name: measured(rate) for name, rate in rates.items()}) == PROPORTIONAL


def test_jobs_are_one_per_kind_and_one_per_shift(bench_data) -> None:
    data = bench_data(-240, 480, 1200)
    jobs = study().past_jobs(data, varies=True)
    assert [(job.start_minute, job.minutes, job.varies) for job in jobs] == [(480, 720, True), (1200, 720, True)]
    plans = study().plan_jobs(data, [past([4, 0], [4, 0], [3, 1]), past([0, 4], [0, 4], [1, 3])])
    assert [plan.shift for plan in plans] == list(data.shifts)
    assert [plan.standing for plan in plans] == [((0, 4), (1, 3)), ((4, 0), (3, 1)), ((0, 4), (1, 3))]


def test_simple_rules_keep_cars_still_through_a_shift(bench_data) -> None:
    opened = FakeData(bench_data(480, 1200))
    found = study().still_shifts(opened, [past([2, 2], [4, 0], [3, 1]), past([1, 3], [0, 4], [1, 3])])
    assert {name: [shift.cars.tolist() for shift in shifts] for name, shifts in found.items()} == {
        ONE: [[[2, 2]], [[2, 2]]],
        PROPORTIONAL: [[[3, 1]], [[3, 1]]],
        STATIC: [[[2, 2]], [[1, 3]]],
    }
    assert {(shift.minutes, shift.block_minutes) for shifts in found.values() for shift in shifts} == {(720, 720)}
    assert set(opened.asked_for) == {(480, 720), (1200, 720)}


def test_deployments_are_replayed_side_by_side(bench_data, build_case) -> None:
    # Four cars; calls of the second sector in the second block of the first shift: only the plan has cars there.
    case = build_case([480 + 400], [1])
    opened, known = FakeData(bench_data(480, 1200)), past([4, 0], [4, 0], [4, 0])
    plan = {"cars": [[4, 0], [0, 4]]}
    varied = past([3, 1], [4, 0], [4, 0])
    outcomes = study().outcomes(opened, case, Pasts([known, known], [varied, varied]), [plan, plan])
    responses = {name: outcome.response_minutes.tolist() for name, outcome in outcomes.items()}
    expected = {ONE: [0], PROPORTIONAL: [0], STATIC: [10], STATIC_VARIED: [0], STANDING: [10], PLAN: [0]}
    assert list(responses.items()) == list(expected.items())
