import numpy as np

from cli.demand_report.heat_table import heat_table, timetable_heat, without_repeats
from cli.demand_report.plan_rows import load_rows, response_rows, sector_rows, styles
from cli.demand_report.response_maps import LEAST_CALLS, response_maps
from officers.demand.v1.demand_pb2 import Deployment


def test_maps_share_a_scale(simulate_plans):
    simulation = simulate_plans()
    maps = response_maps(simulation.area, simulation.answer.results)
    assert maps.measure == "calls late or never answered"
    assert (maps.bottom_text, maps.top_text) == ("0%", "60%")
    darkest = [max(sector.shade or 0 for sector in each.sectors) for each in maps.maps]
    assert darkest == [6, 3, 8]  # 40, 20 and 60 % of the calls of half of the sectors are late
    assert maps.maps[0].summary == "20.0% late, mean 6.5 min"


def test_the_worst_sector_is_drawn_last_and_named(simulate_plans):
    simulation = simulate_plans()
    sectors = response_maps(simulation.area, simulation.answer.results).maps[0].sectors
    assert [sector.is_worst for sector in sectors] == [False] * 15 + [True]
    assert sectors[-1].title == "Bay Street Corridor: 25 calls, 40.0% late or never, mean response 5.2 min"


def test_few_calls_are_not_shaded(simulate_plans):
    simulation = simulate_plans(calls=4)
    maps = response_maps(simulation.area, simulation.answer.results)
    assert simulation.answer.results[0].sectors[0].calls < LEAST_CALLS
    assert maps.has_few
    assert all(sector.shade is None for sector in maps.maps[0].sectors)


def test_where_nothing_is_late_maps_show_the_mean(simulate_plans):
    simulation = simulate_plans({"proportional": [0] * 40, "demand": [0] * 40})
    maps = response_maps(simulation.area, simulation.answer.results)
    assert (maps.measure, maps.top_text) == ("mean response", "10 min")


def test_moves_are_dashed_in_the_colour_of_their_plan():
    names = ["a", "b", "a, moving freely", "b, moving freely"]
    deployments = [Deployment(name=name, moves_freely=name.endswith("freely")) for name in names]
    assert styles(deployments) == ["c1", "c2", "c1 free", "c2 free"]
    assert styles([Deployment(name=str(number)) for number in range(7)])[-1] == "c1"


def test_rows_hold_every_figure(simulate_plans):
    simulation = simulate_plans()
    responses, loads = response_rows(simulation), load_rows(simulation)
    assert [row.is_yardstick for row in responses] == [True, False, False]
    assert responses[1].cells[0] == "10.0%"
    assert responses[1].cells[2].startswith("−50%")
    assert loads[0].cells[-1] == "Bay Street Corridor, 40% late"
    sectors = sector_rows(simulation.area, simulation.answer.results)
    assert len(sectors) == 16
    assert sectors[0].cells == ("40.0% · 5.0", "20.0% · 5.0", "60.0% · 5.0")


def test_cars_by_sector_and_period(simulate_plans):
    simulation = simulate_plans()
    timetable = simulation.deployments[1].timetable
    table = timetable_heat("demand", simulation.area, timetable, "08:00")
    assert [row.name for row in table.rows] == ["Waterfront Communities"]
    assert len(table.empty) == 15
    assert (table.periods[0], table.periods[-1]) == ("08:00", "19:00")
    assert table.totals == (1,) * 12
    assert without_repeats([table, table]) == [table]


def test_many_periods_are_thinned_out(simulate_plans):
    area = simulate_plans().area
    cars = np.zeros((96, 16), np.int64)
    cars[:, 0] = np.arange(96)
    table = heat_table("cars", area, cars, "00:00", 15)
    assert len(table.periods) == 24
    assert table.periods[:2] == ("0", "1")
    assert [cell.cars for cell in table.rows[0].cells][:3] == [0, 4, 8]
    assert table.rows[0].cells[0].shade == 0
    assert max(cell.shade for cell in table.rows[0].cells) == 6
