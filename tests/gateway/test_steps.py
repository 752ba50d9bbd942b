from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.plan_orders import make_order, options_from_text, staffing_from_text
from gateway.shift_times import Span
from gateway.steps.optimize_demand import demand_request
from gateway.steps.plan_routes import day_window, routes_request
from gateway.steps.sample_scenarios import intensity_request, scenarios_request
from gateway.steps.sequence import STEPS, start_fraction
from gateway.steps.simulate import simulation_request
from gateway.steps.solve_schedule import check_schedule
from gateway.steps.step import StepWork
from gateway.testing.area import make_area
from officers.area.v1.area_pb2 import Area, Grid
from officers.demand.v1.demand_pb2 import QUEUE_URGENT_FIRST, DispatchRules, Timetable
from officers.gateway.v1.gateway_pb2 import CreatePlanRequest, CrewStart, PlanOptions, Staffing
from officers.predictor.v1.predictor_pb2 import PredictIntensityResponse
from officers.routes.v1.routes_pb2 import DayWindow
from officers.scheduler.v1.scheduler_pb2 import (
    STATUS_CANCELLED,
    STATUS_FEASIBLE,
    STATUS_INFEASIBLE,
    CarAssignment,
    MinuteSpan,
    Schedule,
)
from serving.errors import FailedPrecondition


def make_work(shift: str = "day", **options: Any) -> StepWork:
    request = CreatePlanRequest(parent="areas/t", shift=shift, date="2015-01-01", options=PlanOptions(**options))
    return work_of(request, make_area())


def work_of(request: CreatePlanRequest, area: Area) -> StepWork:
    order = make_order(request, "t", "a" * 64, area)
    parts = options_from_text(order.options), staffing_from_text(order.staffing)
    nothing: Any = SimpleNamespace()
    return StepWork(order, *parts, "", area, {}, nothing, nothing, nothing)


def test_intensities_cover_a_shift_that_begins_on_the_half_hour() -> None:
    work = make_work("evening", period_minutes=30, model="models/m/versions/3")
    request = intensity_request(work)
    assert request.start_time.ToDatetime(UTC) == datetime(2015, 1, 1, 21, tzinfo=UTC)  # 16:00 local
    assert (request.hours, request.model) == (8, "models/m/versions/3")  # 16:00 to 24:00
    assert request.as_of_time == request.start_time  # nothing from within the first hour
    scenarios = scenarios_request(work, "test", "models/m/versions/3")
    assert scenarios.start_time.ToDatetime(UTC) == work.order.start_time
    assert (scenarios.minutes, scenarios.scenario_count) == (450, 200)


def test_demand_respects_the_most_cars_per_sector() -> None:
    request = demand_request(make_work(max_per_sector=2), "b" * 64, "c" * 64)
    assert list(request.maximum_cars) == [2, 2, 2]
    assert (request.cars, request.shift_minutes, request.block_minutes, request.period_minutes) == (4, 480, 120, 60)
    assert list(demand_request(make_work(), "b" * 64, "c" * 64).maximum_cars) == []


def test_demand_of_plain_staffing_says_nothing_of_hours_or_teams() -> None:
    given = {field.name for field, _ in demand_request(make_work(), "b" * 64, "c" * 64).ListFields()}
    assert not given & {"on_duty_cars", "on_break_cars", "team_cars", "team_staffing", "standing_plan"}


def test_demand_counts_on_no_more_cars_than_a_schedule_can_place() -> None:
    crews = [CrewStart(cars=1, breaks=[MinuteSpan(start_minute=start, minutes=15)]) for start in (0, 15, 30)]
    request = CreatePlanRequest(parent="areas/t", shift="day", date="2015-01-01", staffing=Staffing(crews=crews))
    demand = demand_request(work_of(request, make_area()), "b" * 64, "c" * 64)
    assert (demand.cars, list(demand.on_duty_cars)) == (3, [3] * 32)
    assert list(demand.on_break_cars) == [2] * 4 + [0] * 28  # only a pair of them covers a sector in the first hour


def test_the_replay_is_of_the_plans_own_cars() -> None:
    rules = DispatchRules(queue=QUEUE_URGENT_FIRST)
    request = simulation_request(make_work(rules=rules, seed=5), "b" * 64, Timetable(period_minutes=15))
    assert [entry.name for entry in request.deployments] == ["plan", "one per sector", "proportional"]
    assert request.baselines_with_same_cars
    assert (request.rules.queue, request.baseline_cars) == (QUEUE_URGENT_FIRST, 0)
    assert request.seed > 0


def test_routes_of_a_sector_see_no_later_incidents() -> None:
    work = make_work(routes_per_sector=3, route_budget_minutes=20)
    request = routes_request(work, "B", PredictIntensityResponse())
    assert (request.sector.sector_id, request.sector.history_until_date) == ("B", "2015-01-01")
    assert (request.route_count, request.budget_minutes) == (3, 20)


def test_routes_follow_what_is_expected_during_the_shift() -> None:
    grid = Grid(row_count=1, column_count=3, cell_height_degrees=0.1, cell_width_degrees=0.1)
    intensity = PredictIntensityResponse(hour_count=2, grid=grid, intensities=[1, 2, 3, 0.5, 0, 4])
    sector = routes_request(make_work("evening", period_minutes=30), "B", intensity).sector
    assert (sector.expected_calls.grid, list(sector.expected_calls.calls)) == (grid, [1.5, 2, 7])
    window = sector.likelihood.window
    assert (window.start_minute, window.end_minute) == (16 * 60 + 30, 0)  # to midnight


def test_a_day_has_no_window() -> None:
    start = datetime(2015, 1, 1, 12, tzinfo=UTC)
    assert day_window(Span(start, start + timedelta(hours=24)), "America/New_York") is None
    night = day_window(Span(start, start + timedelta(hours=20)), "America/New_York")
    assert night == DayWindow(start_minute=7 * 60, end_minute=3 * 60)


def test_only_a_schedule_is_good_enough() -> None:
    check_schedule(Schedule(status=STATUS_FEASIBLE, assignments=[CarAssignment(car_id="C01")]))
    for status, reason in ((STATUS_INFEASIBLE, "SCHEDULE_INFEASIBLE"), (STATUS_CANCELLED, "SCHEDULE_NOT_FOUND")):
        with pytest.raises(FailedPrecondition) as raised:
            check_schedule(Schedule(status=status))
        assert raised.value.reason == reason


def test_the_steps_make_up_the_whole_plan() -> None:
    assert sum(step.weight for step in STEPS) == pytest.approx(1.0)
    starts = [start_fraction(step.name) for step in STEPS]
    assert starts == sorted(starts)
    assert starts[0] == 0.0
