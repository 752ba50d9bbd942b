import json
import re

import numpy as np
import pytest

from cli.predict_evaluate import evaluation_json, match_table, score_table, spread_table
from cli.predict_report.page import headline, render_evaluation
from cli.predict_report.plots import deviance_plot, reliability_plot
from officers.area.v1 import area_pb2
from officers.predictor.v1 import predictor_pb2 as pb

WINDOWS = ((1000, 10), (2000, 10), (2000, 30), (2000, 60))


def _estimate(value: float) -> pb.Estimate:
    return pb.Estimate(value=value, low=value - 0.004, high=value + 0.004)


def _matches(f1: float) -> list[pb.MatchScore]:
    return [
        pb.MatchScore(distance_m=d, minutes=m, precision=f1, recall=f1, f1=f1 * k)
        for k, (d, m) in enumerate(WINDOWS, 1)
    ]


def _score(name: str, relative: float, cells: list[float]) -> pb.PredictorScore:
    return pb.PredictorScore(
        predictor=name,
        mean_poisson_deviance=0.13 * (1 + relative),
        relative_deviance=_estimate(relative),
        rmse=0.18,
        predicted_count=sum(cells),
        match_scores=_matches(0.06),
        spread_match_scores=_matches(0.063),
        self_match_scores=_matches(0.065),
        likely_match_scores=_matches(0.2) if name == "model" else [],
        horizons=[pb.HorizonScore(lead_hours=12, mean_poisson_deviance=0.13, relative_deviance=_estimate(-0.01))],
        hot_spots=[pb.HotSpotScore(area_share=0.1, hit_rate=0.4, pai=4.0, pei=0.8)],
        coverages=[
            pb.Coverage(total=total, nominal=nominal, covered=nominal - 0.01, total_count=90)
            for total in ("sector hour", "day")
            for nominal in (0.5, 0.9)
        ],
        dispersions=[pb.DispersionScore(total="day", recorded=1.5, sampled=1.45)],
        reliability=[
            pb.ReliabilityBin(predicted=x, recorded=1.1 * x, standard_error=0.1 * x, count=1000)
            for x in (0.002, 0.03, 0.2)
        ],
        sectors=[pb.GroupScore(name="S<1>", actual_count=40, predicted_count=42.0, relative_deviance=-0.01)],
        types=[pb.GroupScore(name="theft", actual_count=0, predicted_count=1.0, relative_deviance=0.02)],
        predicted_by_cell=cells,
        predicted_by_day=[20.0, 22.0, 19.0],
    )


@pytest.fixture
def area() -> area_pb2.Area:
    square = '{"type":"Polygon","coordinates":[[[-74,40.7],[-73.96,40.7],[-73.96,40.73],[-74,40.73],[-74,40.7]]]}'
    return area_pb2.Area(name="Tiny & Town", sectors=[area_pb2.Sector(id="S1", name="One", geometry_geojson=square)])


@pytest.fixture
def answer() -> pb.EvaluateModelResponse:
    grid = area_pb2.Grid(
        south_latitude=40.7,
        west_longitude=-74.0,
        cell_height_degrees=0.01,
        cell_width_degrees=0.01,
        row_count=3,
        column_count=4,
    )
    cells = np.linspace(0, 11, 12).tolist()
    return pb.EvaluateModelResponse(
        model="models/tiny/versions/1",
        actual_count=61,
        scores=[_score("model", -0.012, cells), _score("separable", 0.0, cells), _score("low_rank", -0.009, cells)],
        from_date="2015-04-01",
        to_date="2015-04-03",
        grid=grid,
        actual_by_cell=cells[::-1],
        actual_by_day=[21.0, 18.0, 22.0],
        frame_minutes=60,
    )


def test_the_page_holds_every_figure_and_is_escaped(area, answer):
    page = render_evaluation(area, answer)
    assert "Tiny &amp; Town" in page
    assert "S&lt;1&gt;" in page
    assert "−1.20%" in page
    assert "0.200" in page
    assert "0.063" in page
    assert "12 hours before the shift" in page
    assert page.count('<rect class="cell') == 22  # two maps; the empty cell of each is not drawn
    assert "http" not in re.sub(r"xmlns=\S+", "", page)


def test_the_page_does_without_optional_parts(area, answer):
    del answer.scores[0].horizons[:], answer.scores[0].likely_match_scores[:]
    page = render_evaluation(area, answer)
    assert "Whole shifts" not in page
    assert "–" in page


def test_the_headline_says_whether_the_difference_is_sure(answer):
    assert headline(answer).startswith("The model's deviance is 1.20% lower")
    assert "excludes" in headline(answer)
    answer.scores[0].relative_deviance.high = 0.001
    assert "includes" in headline(answer)


def test_predictors_are_drawn_best_first(answer):
    bars = deviance_plot(answer.scores).bars
    assert [bar.name for bar in bars] == ["model", "low rank", "separable"]
    assert bars[0].mark.x_px < bars[1].mark.x_px < bars[2].mark.x_px
    assert all(bar.mark.low_px < bar.mark.x_px < bar.mark.high_px for bar in bars)


def test_reliable_groups_lie_on_the_diagonal():
    groups = [pb.ReliabilityBin(predicted=x, recorded=x, standard_error=x / 10, count=10) for x in (0.01, 0.1, 1.0)]
    plot = reliability_plot(groups)
    for mark in plot.marks:
        across = (mark.x_px - plot.margin_px) / (plot.width_px - 2 * plot.margin_px)
        up = (plot.height_px - plot.margin_px - mark.y_px) / (plot.height_px - 2 * plot.margin_px)
        assert across == pytest.approx(up, abs=0.002)
    assert reliability_plot([]).marks == ()


def test_tables_have_a_row_for_each(answer):
    assert score_table(answer).row_count == 3
    assert match_table(answer).row_count == 4
    assert spread_table(answer).row_count == 2


def test_without_an_interval_every_view_says_so(area, answer):
    for score in answer.scores:
        for figure in (score.relative_deviance, *(horizon.relative_deviance for horizon in score.horizons)):
            figure.ClearField("low")
            figure.ClearField("high")
    page = render_evaluation(area, answer)
    assert page.count("<td>none: less than two weeks</td>") == 4  # three predictors, one horizon
    assert headline(answer).endswith(
        "(90 % interval none: less than two weeks). There is no saying whether that is chance."
    )
    assert list(score_table(answer).columns[3].cells) == ["none: less than two weeks"] * 3
    first = json.loads(evaluation_json(answer))["scores"][0]
    for part in (first, first["horizons"][0]):
        assert (part["relativeDeviance"]["low"], part["relativeDeviance"]["high"]) == (None, None)
    bar = deviance_plot(answer.scores).bars[0]
    assert bar.mark.low_px == bar.mark.x_px == bar.mark.high_px


def test_intervals_are_written_as_json(answer):
    answer.scores[1].relative_deviance.low = 0.0
    scores = json.loads(evaluation_json(answer))["scores"]
    assert scores[0]["relativeDeviance"] == {"value": -0.012, "low": -0.016, "high": pytest.approx(-0.008)}
    assert scores[1]["relativeDeviance"]["low"] == 0.0
