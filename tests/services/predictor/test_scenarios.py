from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.stats import chi2, kstest

from services.predictor.calls import SCHEMA, Calls, Span, calls_table
from services.predictor.placement import PlaceTable
from services.predictor.scenarios import HourlyIntensities, local_hours_of_day, sample_calls
from services.predictor.sector_map import SectorMap
from services.predictor.type_mix import TypeMix, recent_type_mix
from serving.errors import InvalidArgument

START = datetime(2015, 3, 13, 12, tzinfo=UTC)
SPAN = Span(START, 180)


@pytest.fixture(scope="module")
def places(imported):
    return PlaceTable.of_cells(imported.area.grid, SectorMap.of(imported.area.sectors).geometries)


@pytest.fixture(scope="module")
def mix(imported, incidents):
    return recent_type_mix(imported.area, incidents)


@pytest.fixture(scope="module")
def intensities(imported):
    grid = imported.area.grid
    generator = np.random.default_rng(5)
    values = generator.gamma(1.0, 0.1, (3, grid.row_count, grid.column_count))
    return HourlyIntensities(START, values.astype(np.float32))


@pytest.fixture(scope="module")
def sample(imported, places, mix, intensities):
    def draw(span=SPAN, scenario_count=4000, seed=1, given=intensities):
        return sample_calls(imported.area, places, mix, given, span, scenario_count, seed)

    return draw


def _same(left: Calls, right: Calls) -> bool:
    return all(np.array_equal(getattr(left, field.name), getattr(right, field.name)) for field in fields(Calls))


def test_one_seed_one_set(sample):
    assert _same(sample(scenario_count=50), sample(scenario_count=50))
    assert not _same(sample(scenario_count=50), sample(scenario_count=50, seed=2))
    assert _same(sample(scenario_count=50, seed=-3), sample(scenario_count=50, seed=-3))


def test_counts_are_poisson_with_the_given_intensities(imported, sample, intensities):
    calls = sample()
    total = float(intensities.values.sum())
    counts = np.bincount(calls.scenario, minlength=4000)
    assert counts.mean() == pytest.approx(total, abs=5 * np.sqrt(total / 4000))
    assert counts.var() == pytest.approx(total, rel=0.1)
    cells = imported.area.grid.cells(calls.latitude, calls.longitude)
    hours = (calls.minute // 60).astype(int)
    observed = np.bincount(hours * imported.area.grid.cell_count + cells, minlength=intensities.values.size)
    expected = 4000.0 * intensities.values.ravel()
    statistic = ((observed - expected) ** 2 / expected).sum()
    assert statistic < chi2.ppf(0.999, len(expected))


def test_sets_of_different_seeds_are_uncorrelated(sample):
    counts = [np.bincount(sample(seed=seed).scenario, minlength=4000) for seed in (1, 2)]
    assert abs(np.corrcoef(*counts)[0, 1]) < 0.06


def test_minutes_are_uniform_and_sorted_within_scenarios(sample):
    calls = sample()
    assert (np.diff(calls.scenario) >= 0).all()
    assert (np.diff(calls.minute)[np.diff(calls.scenario) == 0] >= 0).all()
    assert kstest((calls.minute % 60)[:3000] / 60, "uniform").pvalue > 0.001


def test_positions_lie_in_the_sector_that_they_name(imported, sample):
    calls = sample(scenario_count=200)
    located = SectorMap.of(imported.area.sectors).locate(calls.latitude, calls.longitude)
    covered = located >= 0
    assert (located[covered] == calls.sector[covered]).mean() > 0.999  # the rest lie on a common border
    touching = imported.area.grid.cells(calls.latitude, calls.longitude) % imported.area.grid.column_count < 3
    assert covered[touching & (calls.latitude < 40.72)].all()


def test_a_span_from_the_half_hour_counts_hours_in_part(sample, intensities):
    span = Span(START.replace(minute=30), 60)
    calls = sample(span=span, scenario_count=6000)
    first, second = (intensities.values[hour].sum(dtype=float) / 2 for hour in (0, 1))
    assert calls.minute.min() >= 0
    assert calls.minute.max() < 60
    assert (calls.minute < 30).sum() / 6000 == pytest.approx(first, rel=0.1)
    assert (calls.minute >= 30).sum() / 6000 == pytest.approx(second, rel=0.1)


def test_what_serving_takes_follows_the_type(imported, sample):
    calls = sample(scenario_count=500)
    fights = calls.type == 0
    assert calls.urgent[fights].all()
    assert not calls.urgent[~fights].any()
    assert set(calls.cars_required[fights]) == {2}
    assert set(calls.target_minutes[~fights]) == {30.0}
    assert (calls.service_minutes > 0).all()
    assert (calls.service_minutes <= 240).all()
    assert fights.mean() == pytest.approx(0.3, abs=0.05)


def test_no_intensity_no_calls(sample, intensities):
    quiet = replace(intensities, values=np.zeros_like(intensities.values))
    assert len(sample(given=quiet).minute) == 0


def test_too_many_calls_are_refused(sample, intensities):
    busy = replace(intensities, values=intensities.values * 1e4)
    with pytest.raises(InvalidArgument, match="scenario_count: Expected at most 20000000 calls"):
        sample(given=busy)


def test_the_table_is_the_calls_artifact(sample):
    table = calls_table(sample(scenario_count=3), SPAN, 3)
    assert table.schema.remove_metadata().equals(SCHEMA)
    assert table.schema.metadata == {
        b"scenario_count": b"3",
        b"span_minutes": b"180",
        b"start_time": b"2015-03-13T12:00:00+00:00",
    }


def test_the_type_mix_follows_the_hour(imported, incidents):
    night = incidents["time"].dt.tz_convert(imported.area.time_zone).dt.hour == 3
    skewed = incidents.assign(type=np.where(night, "fight", "theft"))
    mix = recent_type_mix(imported.area, skewed)
    np.testing.assert_allclose(mix.shares.sum(axis=1), 1.0)
    assert mix.shares[3, 0] > mix.shares[12, 0]


def test_type_shares_are_drawn(generator):
    shares = np.tile([0.2, 0.0, 0.8], (24, 1))
    drawn = TypeMix(shares).draw(np.full(20_000, 5), generator)
    assert np.bincount(drawn, minlength=3) / 20_000 == pytest.approx([0.2, 0.0, 0.8], abs=0.02)


def test_local_hours_follow_the_clocks(imported):
    span = Span(datetime(2015, 3, 8, 6, 30, tzinfo=UTC), 120)  # 01:30 local, the clocks skip 02:00
    assert local_hours_of_day(imported.area, span, np.array([0.0, 29.9, 30.0, 90.0])).tolist() == [1, 1, 3, 4]
