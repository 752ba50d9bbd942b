import pytest

from cli.demand_report.dot_chart import DotValue, dot_chart, shorten
from cli.demand_report.duty_chart import duty_chart
from cli.demand_report.line_chart import ChartText, Series, line_chart
from cli.demand_report.response_charts import failure_chart, hour_charts, hourly_parts, priority_charts
from officers.demand.v1.demand_pb2 import PartResult, Roster

TEXT = ChartText("label", "hours", in_percent=False)


def dot(name: str, value: float, low: float, high: float) -> DotValue:
    return DotValue(name, value, low, high, f"{value}", name, "c1")


def test_dots_lie_within_their_lines_on_one_axis():
    chart = dot_chart("late", [dot("a", 0.1, 0.08, 0.13), dot("b", 0.2, 0.1, 0.3)], in_percent=True)
    assert all(one.low_px < one.at_px < one.high_px for one in chart.dots)
    assert chart.ticks[0].label == "0%"
    assert chart.dots[0].y_px < chart.dots[1].y_px < chart.height_px
    far = dot_chart("late", [dot("a", 9.0, 8.9, 9.1), dot("b", 9.5, 9.2, 9.6)], in_percent=False)
    assert float(far.ticks[0].label) > 8


def test_long_names_keep_their_end():
    assert shorten("short") == "short"
    assert shorten("x" * 40 + "/plan.json").endswith("/plan.json")
    assert len(shorten("x" * 40)) == 29


def test_lines_have_gaps_where_there_is_nothing():
    series = Series("a", "c1", [1.0, None, 3.0, 4.0], ["t"] * 4)
    chart = line_chart(TEXT, [series], ["08:00", "09:00", "10:00", "11:00"], counts=[3, 0, 6, 1])
    (line,) = chart.lines
    assert line.path.count("M") == 2
    assert line.path.count("L") == 1
    assert len(line.marks) == 3
    assert [bar.title for bar in chart.bars] == ["3 calls", "0 calls", "6 calls", "1 calls"]
    assert max(chart.bars, key=lambda bar: bar.height_px).title == "6 calls"


def test_bands_and_levels():
    series = Series("a", "c1", [0.1, 0.05], ["t"] * 2, low=[0.08, 0.04], high=[0.12, 0.06])
    chart = line_chart(TEXT, [series], ["10", "11"], level=(0.05, "5% late"))
    assert chart.lines[0].band.count("L") == 3
    assert chart.rule is not None
    assert chart.rule.y_px == chart.lines[0].marks[1].y_px
    assert line_chart(TEXT, [Series("a", "c1", [None], [""])], ["10"]).lines[0].path == ""


def test_labels_leave_room_for_each_other():
    labels = [f"{hour:02d}:00" for hour in range(24)]
    chart = line_chart(TEXT, [Series("a", "c1", [1.0] * 24, ["t"] * 24)], labels)
    gaps = [b.at_px - a.at_px for a, b in zip(chart.x_ticks, chart.x_ticks[1:], strict=False)]
    assert min(gaps) > 40


def test_cars_on_duty_are_steps():
    chart = duty_chart(Roster(on_duty_cars=[2] * 24 + [4] * 24), Roster(on_duty_cars=[3] * 48))
    assert len(chart.steps) == 48
    assert chart.steps[24].title == "12:00: 4 planned, 3 at present"
    assert [tick.label for tick in chart.x_ticks][-2:] == ["22:00", "00:00"]
    assert chart.area.endswith("Z")


def test_every_deployment_is_drawn(simulate_plans):
    simulation = simulate_plans()
    failures = failure_chart(simulation)
    assert [one.full_name for one in failures.dots] == ["proportional", "demand", "one per sector"]
    assert "90% interval 16.0% to 24.0%" in failures.dots[0].title
    assert [len(chart.lines) for _, chart in hour_charts(simulation)] == [3, 3]
    assert [title for title, _ in priority_charts(simulation)] == ["Urgent calls", "Other calls"]
    single = failure_chart(simulate_plans({"proportional": [2], "demand": [1]}))
    assert "interval" not in single.dots[0].title


def test_hours_have_the_times_of_the_clock(simulate_plans):
    simulation = simulate_plans(warm_up_minutes=120)
    parts = hourly_parts(simulation, simulation.answer.results[0])
    assert [part.label for part in parts][:3] == ["10:00", "11:00", "12:00"]


def test_hours_of_several_days_come_together(simulate_plans):
    simulation = simulate_plans()
    result = simulation.answer.results[0]
    del result.hours[:]
    for day in range(2):
        for _ in range(24):
            result.hours.add().CopyFrom(
                PartResult(calls=10 * (day + 1), within_target=9, mean_response_minutes=3.0 * (day + 1))
            )
    parts = hourly_parts(simulation, result)
    assert [part.label for part in parts] == [f"{hour:02d}:00" for hour in range(24)]
    assert parts[0].calls == 30
    assert parts[0].late_share == pytest.approx(12 / 30)
    assert parts[0].mean_minutes == pytest.approx((10 * 3 + 20 * 6) / 30)
