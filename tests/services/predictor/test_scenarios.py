from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import chi2, kstest

from services.predictor.call_counts import Sampling
from services.predictor.call_tables import call_tables
from services.predictor.calls import SCHEMA, Calls, Span, calls_table
from services.predictor.dispersion import CountDispersion
from services.predictor.placement import PlaceTable
from services.predictor.scenarios import CallSource, IntensityMaps, local_hours_of_day, sample_calls
from services.predictor.sector_map import SectorMap
from services.predictor.servicer import SCENARIOS_REVISION
from services.predictor.type_mix import TypeMix, recent_type_mix
from serving.errors import InvalidArgument

START = datetime(2015, 3, 13, 12, tzinfo=UTC)
SPAN = Span(START, 180)


@pytest.fixture(scope="module")
def places(imported):
    return PlaceTable.of_cells(imported.area.grid, SectorMap.of(imported.area.sectors).geometries)


@pytest.fixture(scope="module")
def source(imported, incidents, places):
    return CallSource(imported.area, places, call_tables(imported.area, incidents))


@pytest.fixture(scope="module")
def intensities(imported):
    grid = imported.area.grid
    generator = np.random.default_rng(5)
    values = generator.gamma(1.0, 0.1, (3, grid.row_count, grid.column_count))
    return IntensityMaps(START, values.astype(np.float32))


@pytest.fixture(scope="module")
def sample(source, intensities):
    def draw(span=SPAN, scenario_count=4000, seed=1, given=intensities, sampling=Sampling.INDEPENDENT, **changes):
        return sample_calls(replace(source, **changes), given, span, scenario_count, seed, sampling)

    return draw


def _same(left: Calls, right: Calls) -> bool:
    return all(np.array_equal(getattr(left, field.name), getattr(right, field.name)) for field in fields(Calls))


def test_one_seed_one_set(sample):
    assert _same(sample(scenario_count=50), sample(scenario_count=50))
    assert not _same(sample(scenario_count=50), sample(scenario_count=50, seed=2))
    assert _same(sample(scenario_count=50, seed=-3), sample(scenario_count=50, seed=-3))


def test_other_draws_go_with_another_revision(sample):
    # Scenarios are remembered by request and revision: those drawn before a change must not be taken for new ones.
    calls = sample(scenario_count=200)
    drawn = (len(calls.type), int(calls.type.sum()), int(calls.sector.sum()), round(float(calls.service_minutes.sum())))
    assert {SCENARIOS_REVISION: drawn} == {"3": (546, 396, 692, 22500)}


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


def _hourly(calls: Calls, scenario_count: int = 4000) -> np.ndarray:
    """Calls per scenario and hour, shape (scenario_count, 3)."""
    hours = (calls.minute // 60).astype(int)
    return np.bincount(calls.scenario * 3 + hours, minlength=3 * scenario_count).reshape(-1, 3)


@pytest.mark.parametrize("sampling", Sampling)
def test_counts_have_the_given_dispersion(sample, intensities, sampling):
    dispersion = CountDispersion(day_variance=0.05, hour_variance=0.15, repeat_excess=0.3)
    counts = _hourly(sample(dispersion=dispersion, sampling=sampling))
    means = intensities.values.reshape(3, -1).sum(axis=1, dtype=float)
    np.testing.assert_allclose(counts.mean(axis=0), means, rtol=0.05)
    variances = 1.3 * means + (1.05 * 1.15 - 1) * means**2
    np.testing.assert_allclose(counts.var(axis=0), variances, rtol=0.12)
    covariance = 0.05 * means[0] * means[1]
    error = np.sqrt(variances[0] * variances[1] / 4000)
    assert np.cov(counts[:, 0], counts[:, 1])[0, 1] == pytest.approx(covariance, abs=4 * error)


def test_a_block_of_six_hours_has_a_factor_of_its_own(sample, intensities):
    start = datetime(2015, 3, 13, 15, tzinfo=UTC)  # 11:00 local; blocks begin at 0, 6, 12 and 18 o'clock
    busy = IntensityMaps(start, 20 * intensities.values)
    counts = _hourly(sample(span=Span(start, 180), given=busy, dispersion=CountDispersion(block_variance=0.5)))
    correlations = np.corrcoef(counts.T)
    assert correlations[1, 2] > 0.7
    assert abs(correlations[0, 1]) < 0.08


def test_a_span_over_midnight_has_a_factor_for_each_day(sample, intensities):
    midnight = datetime(2015, 3, 14, 4, tzinfo=UTC)  # 00:00 local
    start = midnight - timedelta(hours=1)
    busy = IntensityMaps(start, 20 * intensities.values)
    dispersion = CountDispersion(day_variance=0.5)
    counts = _hourly(sample(span=Span(start, 180), given=busy, dispersion=dispersion))
    correlations = np.corrcoef(counts.T)
    assert correlations[1, 2] > 0.7
    assert abs(correlations[0, 1]) < 0.08


def test_the_season_of_the_day_widens_the_factors(sample):
    wide = CountDispersion(day_variance=0.1, block_variance=0.04, hour_variance=0.02, season_cosine=0.9)
    day = (datetime(2015, 3, 13, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    factor = float(wide.season(np.array([day]))[0])
    assert factor > 1.2
    scaled = CountDispersion(day_variance=0.1 * factor, block_variance=0.04 * factor, hour_variance=0.02 * factor)
    assert _same(sample(scenario_count=300, dispersion=wide), sample(scenario_count=300, dispersion=scaled))


def test_the_part_of_the_day_widens_the_factor_of_a_block(sample, intensities):
    start = datetime(2015, 3, 13, 15, tzinfo=UTC)  # 11:00 local: an hour of the morning, then two of the afternoon
    busy = IntensityMaps(start, 20 * intensities.values)
    uneven = CountDispersion(block_variance=0.1, block_parts=(1.0, 0.0, 5.0, 1.0))
    even = CountDispersion(block_variance=0.5)
    counts, wide = (_hourly(sample(span=Span(start, 180), given=busy, dispersion=each)) for each in (uneven, even))
    means = busy.values.reshape(3, -1).sum(axis=1, dtype=float)
    assert counts[:, 0].var() == pytest.approx(means[0], rel=0.15)  # a Poisson count
    assert np.cov(counts[:, 1:].T)[0, 1] == pytest.approx(np.cov(wide[:, 1:].T)[0, 1], rel=0.15)


def test_groups_share_place_and_minute(sample):
    calls = sample(scenario_count=500, dispersion=CountDispersion(repeat_excess=0.5))
    events = np.column_stack([calls.scenario, calls.minute, calls.latitude, calls.longitude, calls.type])
    alone = len(np.unique(events, axis=0)) / len(events)
    assert alone == pytest.approx(1 / CountDispersion(repeat_excess=0.5).mean_group_size, rel=0.05)


def test_stratified_sets_are_unbiased_and_vary_less_around_the_mean(sample, intensities):
    dispersion = CountDispersion(day_variance=0.05, hour_variance=0.05)
    total = float(intensities.values.sum(dtype=float))

    def set_means(sampling):
        sets = (sample(scenario_count=40, seed=seed, dispersion=dispersion, sampling=sampling) for seed in range(150))
        return np.array([len(calls.minute) / 40 for calls in sets])

    independent, stratified = set_means(Sampling.INDEPENDENT), set_means(Sampling.STRATIFIED)
    assert stratified.mean() == pytest.approx(total, abs=4 * stratified.std() / np.sqrt(150))
    assert stratified.var() < 0.25 * independent.var()


def test_half_hour_maps_fill_their_half_hours(sample, intensities):
    halves = np.zeros((6, *intensities.values.shape[1:]), np.float32)
    halves[::2] = intensities.values
    calls = sample(given=IntensityMaps(START, halves, frame_minutes=30))
    assert (calls.minute % 60 < 30).all()
    assert len(calls.minute) / 4000 == pytest.approx(float(intensities.values.sum()), rel=0.05)


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
    mix = TypeMix(np.tile([0.2, 0.0, 0.8], (24, 1)), np.array([[1.0, 1.0, 1.0], [3.0, 1.0, 0.5]]))
    for sector, shares in enumerate(([0.2, 0.0, 0.8], [0.6, 0.0, 0.4])):
        drawn = mix.draw(np.full(20_000, 5), np.full(20_000, sector), generator)
        assert np.bincount(drawn, minlength=3) / 20_000 == pytest.approx(shares, abs=0.02)


def test_types_come_in_the_sectors_where_they_came(imported, incidents, generator):
    first = imported.area.sectors[0].id
    skewed = incidents.assign(type=np.where(incidents["sector"] == first, "fight", "theft"))
    mix, fight = recent_type_mix(imported.area, skewed), imported.area.type_positions["fight"]
    shares = [(mix.draw(np.full(2000, 12), np.full(2000, sector), generator) == fight).mean() for sector in (0, 1)]
    assert shares[0] > 2 * shares[1]


def test_local_hours_follow_the_clocks(imported):
    span = Span(datetime(2015, 3, 8, 6, 30, tzinfo=UTC), 120)  # 01:30 local, the clocks skip 02:00
    assert local_hours_of_day(imported.area, span, np.array([0.0, 29.9, 30.0, 90.0])).tolist() == [1, 1, 3, 4]
