from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from services.predictor.call_tables import call_tables
from services.predictor.calls import Span
from services.predictor.likely_set import _step_minutes, most_likely_set
from services.predictor.matching import WINDOWS, Events, Window, match_score
from services.predictor.placement import PlaceTable
from services.predictor.plane import LocalPlane
from services.predictor.scenarios import CallSource, IntensityMaps, sample_calls

START = datetime(2015, 3, 13, 4, tzinfo=UTC)
HOURS = 24 * 5


@pytest.fixture(scope="module")
def maps(imported):
    grid = imported.area.grid
    generator = np.random.default_rng(5)
    values = generator.gamma(0.3, 0.08, (1, grid.row_count, grid.column_count)).repeat(HOURS, axis=0)
    return IntensityMaps(START, values.astype(np.float32))


def _events(area, minutes, latitudes, longitudes):
    return Events(LocalPlane.of_grid(area.grid).to_metres(latitudes, longitudes), minutes)


@pytest.mark.parametrize("window", WINDOWS[:3])
def test_it_matches_better_than_a_sample_and_as_well_as_expected(imported, incidents, maps, window):
    area = imported.area
    uniform = PlaceTable.of_cells(area.grid, [shapely.box(-75.0, 40.0, -73.0, 41.0)])
    source = CallSource(area, uniform, call_tables(area, incidents))
    drawn = [sample_calls(source, maps, Span(START, 60 * HOURS), 1, seed) for seed in range(24)]
    step = _step_minutes(window)  # recorded to the step: what lies between two steps may be out of reach of both
    truths = [_events(area, np.rint(calls.minute / step) * step, calls.latitude, calls.longitude) for calls in drawn]
    likely = most_likely_set(area, incidents.iloc[:0], maps, window)  # no past: even within cells and hours
    points = _events(area, likely.minutes, likely.latitudes, likely.longitudes)
    f1 = np.mean([match_score(points, truth, window).f1 for truth in truths])
    sampled = np.mean([match_score(truths[0], truth, window).f1 for truth in truths[1:]])
    assert f1 > 1.03 * sampled
    assert f1 == pytest.approx(likely.expected_f1, rel=0.12)


def test_points_come_at_the_minutes_that_are_recorded(imported, incidents, maps):
    heaped = incidents.assign(time=incidents["time"].dt.floor("h") + np.timedelta64(30, "m"))
    likely = most_likely_set(imported.area, heaped, maps, Window(2000.0, 10.0))
    assert (np.abs(likely.minutes % 60 - 30) <= 10).mean() > 0.9


@pytest.mark.parametrize("frame_minutes", [30, 20, 15])
@pytest.mark.parametrize("window", [*WINDOWS[1:], Window(2000.0, 45.0)])
def test_maps_of_shorter_frames_give_nearly_the_same(imported, incidents, maps, frame_minutes, window):
    parts = 60 // frame_minutes
    shorter = replace(maps, values=maps.values.repeat(parts, axis=0) / parts, frame_minutes=frame_minutes)
    whole, part = (most_likely_set(imported.area, incidents, given, window) for given in (maps, shorter))
    assert part.expected_f1 == pytest.approx(whole.expected_f1, rel=0.03)
    assert set(part.minutes // 1440) == set(whole.minutes // 1440)


def test_maps_may_end_within_the_hour(imported, incidents, maps):
    values = maps.values[:11].repeat(4, axis=0)[:-1] / 4
    likely = most_likely_set(imported.area, incidents, replace(maps, values=values, frame_minutes=15), WINDOWS[3])
    assert 0 <= likely.minutes.min() <= likely.minutes.max() <= 15 * len(values) + 15


def test_points_are_in_order_of_time_and_inside_the_grid(imported, incidents, maps):
    likely = most_likely_set(imported.area, incidents, maps, WINDOWS[2])
    assert (np.diff(likely.minutes) >= 0).all()
    assert 0 <= likely.minutes.min() <= likely.minutes.max() <= 60 * HOURS
    assert (imported.area.grid.cells(likely.latitudes, likely.longitudes) >= 0).all()


def test_no_intensity_no_points(imported, incidents, maps):
    quiet = replace(maps, values=np.zeros_like(maps.values))
    likely = most_likely_set(imported.area, incidents, quiet, WINDOWS[0])
    assert len(likely.minutes) == 0
    assert likely.expected_f1 == 0.0
