import numpy as np
import pytest

from cli.outcome import Outcome
from cli.report.demand_table import draw_demand
from cli.report.page import render_report
from cli.report.routes_map import draw_routes
from cli.report.sector_map import draw_map, heat_cube, label_lines
from cli.report.timetable import draw_timetable, sector_colours


def test_the_map_shows_every_cell_sector_and_call(outcome: Outcome) -> None:
    shift = outcome.shifts[0]
    drawn = draw_map(outcome, shift)
    heat = heat_cube(shift.plan.result.intensity)
    assert len(drawn.cells) == int((heat.sum(axis=0) > 0).sum())
    assert all(len(cell.classes) == 1 + len(drawn.hours) for cell in drawn.cells)
    assert drawn.sectors[0].name == "Waterfront Communities"
    assert len(drawn.calls) == 43
    assert drawn.hours[0] == "08:00"
    assert drawn.hours[-1] == "19:00"


def test_cars_on_the_map_are_those_of_the_schedule(outcome: Outcome) -> None:
    drawn = draw_map(outcome, outcome.shifts[0])
    hourly = np.array([[int(count) for count in sector.cars.split()[1:]] for sector in drawn.sectors])
    demand = outcome.shifts[0].plan.result.demand.plan
    assert hourly.T.tolist() == [list(period.cars) for period in demand.periods]


def test_a_shift_on_the_half_hour_keeps_hours_apart(outcome: Outcome) -> None:
    shift = outcome.shifts[0]
    shift.plan.start_time.seconds += 1800
    drawn = draw_map(outcome, shift)
    assert drawn.hours[0] == "08:00"
    first = min(shift.replay.calls, key=lambda call: call.minute)
    assert drawn.calls[shift.replay.calls.index(first)].hour == int((first.minute + 30) // 60)


def test_names_break_into_short_lines() -> None:
    assert label_lines("Waterfront Communities-The Island (77)") == ("Waterfront", "Communities-", "The Island")
    assert label_lines("Annex") == ("Annex",)


def test_stays_cover_the_shift_and_travel_adds_up(outcome: Outcome) -> None:
    shift = outcome.shifts[0]
    chart = draw_timetable(outcome, shift)
    problem, schedule = shift.plan.result.schedule_problem, shift.plan.result.schedule
    assert all(sum(stay.span for stay in row.stays) == len(chart.periods) for row in chart.rows)
    position = {sector: index for index, sector in enumerate(problem.sectors)}
    for row, assignment in zip(chart.rows, schedule.assignments, strict=True):
        steps = zip(assignment.sectors, assignment.sectors[1:], strict=False)
        minutes = sum(problem.travel_minutes[position[a]].minutes[position[b]] for a, b in steps)
        assert row.travel_minutes == pytest.approx(minutes)


def test_time_off_duty_is_a_stay_without_a_drive(outcome: Outcome) -> None:
    shift = outcome.shifts[0]
    sectors = shift.plan.result.schedule.assignments[0].sectors
    sectors[0] = sectors[1] = ""
    row = draw_timetable(outcome, shift).rows[0]
    assert row.stays[0].sector is None
    assert row.stays[1].drive_minutes is None


def test_colours_run_from_west_to_east(outcome: Outcome) -> None:
    longitudes = {sector.id: sector.centre.longitude for sector in outcome.area.sectors}
    ordered = [longitudes[identifier] for identifier in sector_colours(outcome.area)]
    assert ordered == sorted(ordered)


def test_colours_of_a_tall_area_run_from_south_to_north(outcome: Outcome) -> None:
    for sector in outcome.area.sectors:
        sector.centre.latitude = 40 + 10 * (sector.centre.latitude - 40)
    chart = draw_timetable(outcome, outcome.shifts[0])
    assert (chart.ramp_from, chart.ramp_to) == ("south", "north")
    latitudes = {sector.id: sector.centre.latitude for sector in outcome.area.sectors}
    ordered = [latitudes[sector.id] for sector in chart.legend]
    assert ordered == sorted(ordered)


def test_the_demand_table_adds_up(outcome: Outcome) -> None:
    codes = [sector.id for sector in outcome.area.sectors]
    table = draw_demand(outcome, outcome.shifts[0], codes)
    assert table.totals == (20,) * 12
    assert sum(row.recorded_calls for row in table.rows) == 43
    assert sum(row.mean_cars for row in table.rows) == pytest.approx(20)
    assert table.rows[0].expected_calls == pytest.approx(2.5)


def test_the_example_network_is_marked_as_elsewhere(outcome: Outcome) -> None:
    drawn = draw_routes(outcome, outcome.shifts[0])
    assert drawn is not None
    assert drawn.is_example_elsewhere
    assert len(drawn.routes) == 3
    assert sum(street.path.count("M") for street in drawn.streets) == 112


def test_routes_in_sectors_are_drawn_one_per_sector(outcome: Outcome) -> None:
    routes = outcome.shifts[0].plan.result.routes
    routes[0].sector_id = "S01"
    routes.add().CopyFrom(routes[0])
    routes[1].sector_id = "S02"
    drawn = draw_routes(outcome, outcome.shifts[0])
    assert drawn is not None
    assert not drawn.is_example_elsewhere
    assert len(drawn.routes) == 2
    assert [row.title for row in drawn.networks] == ["Waterfront Communities", "Bay Street Corridor"]


def test_a_sector_without_streets_is_listed_without_routes(outcome: Outcome) -> None:
    routes = outcome.shifts[0].plan.result.routes
    routes[0].sector_id = "S01"
    routes.add(sector_id="S02")
    drawn = draw_routes(outcome, outcome.shifts[0])
    assert drawn is not None
    assert [row.segments for row in drawn.networks] == [112, 0]
    assert "no streets, or no incidents near them" in render_report(outcome)


def test_a_plan_without_routes_has_no_map_of_them(outcome: Outcome) -> None:
    del outcome.shifts[0].plan.result.routes[:]
    assert draw_routes(outcome, outcome.shifts[0]) is None
