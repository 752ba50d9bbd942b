import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from services.predictor.dispersion import CountDispersion, Stretches, draw_factors
from services.predictor.dispersion_fit import fit_dispersion, lost_days, model_dispersion
from services.predictor.dispersion_totals import log_likelihoods
from services.predictor.models import load_model
from services.predictor.season_fit import fit_season
from services.predictor.training_set import training_set
from tests.services.predictor.fakes import QUIET, SMALL_SPEC

DAYS, CELLS = 400, 60
TRUE = CountDispersion(day_variance=0.02, block_variance=0.04, hour_variance=0.06, repeat_excess=0.08)
PARTS = [0.12, 0.04, 0.02, 0.02]
SEASONAL = replace(TRUE, season_cosine=0.7, season_sine=-0.2, block_parts=(4.0, 1.0, 0.5, 0.5))


@pytest.fixture(scope="module")
def process():
    """Intensities and counts of 400 days with known dispersion, and which days, blocks and hours they belong to."""
    generator = np.random.default_rng(11)
    hours = np.arange(24 * DAYS)
    cells = generator.gamma(1.0, 0.1, CELLS)
    means = (1 + 0.5 * np.sin(hours * 2 * np.pi / 24))[:, None] * cells
    factors = np.repeat(generator.gamma(1 / 0.02, 0.02, DAYS), 24) * generator.gamma(1 / 0.06, 0.06, len(hours))
    factors *= np.repeat(generator.gamma(1 / 0.04, 0.04, 4 * DAYS), 6)
    groups = generator.poisson(means * factors[:, None] / TRUE.mean_group_size)
    counts = np.zeros_like(means)
    sizes = generator.logseries(TRUE.group_share, int(groups.sum()))
    np.add.at(counts.reshape(-1), np.repeat(np.arange(means.size), groups.ravel()), sizes)
    return counts.reshape(-1, 6, 10), means.reshape(-1, 6, 10), Stretches(hours // 24, hours // 6, hours)


def test_a_known_dispersion_is_found(process):
    found = fit_dispersion(*process)
    assert found.day_variance == pytest.approx(TRUE.day_variance, rel=0.25)
    assert found.block_variance == pytest.approx(TRUE.block_variance, rel=0.25)
    assert found.hour_variance == pytest.approx(TRUE.hour_variance, rel=0.25)
    assert found.repeat_excess == pytest.approx(TRUE.repeat_excess, rel=0.1)
    assert found.day_count == DAYS


def seasonal_process(amplitude, peak_day, years=2):
    """Intensities and counts of days whose shared factor varies more around one day of the year."""
    generator = np.random.default_rng(5)
    days = np.arange(366 * years)
    variances = 0.05 * np.exp(amplitude * np.cos(2 * np.pi * (days - peak_day) / 365.25))
    hours = np.arange(24 * len(days))
    means = np.full((len(hours), CELLS), 6.0 / CELLS)
    counts = generator.poisson(means * np.repeat(generator.gamma(1 / variances, variances), 24)[:, None]).astype(float)
    return counts[:, None], means[:, None], Stretches(hours // 24, hours // 6, hours)


def amplitude(dispersion):
    return np.hypot(dispersion.season_cosine, dispersion.season_sine)


def test_the_season_that_varies_more_is_found():
    process = seasonal_process(1.2, peak_day=20)
    found = fit_dispersion(*process, seasonal_frames=len(process[0]))
    peak_day = np.arctan2(found.season_sine, found.season_cosine) * 365.25 / (2 * np.pi)
    assert 0.7 < amplitude(found) < 1.3  # of 1.2, drawn towards none
    assert peak_day == pytest.approx(20, abs=12)
    assert found.day_variance + found.block_variance / 4 == pytest.approx(0.05, rel=0.2)
    seasons = found.season(np.array([20, 203]))
    assert seasons[0] > 4 * seasons[1]


def test_seasons_are_alike_where_nothing_tells_them_apart():
    process = seasonal_process(0.0, peak_day=0)
    found = fit_dispersion(*process, seasonal_frames=len(process[0]))
    assert amplitude(found) < 0.25
    assert fit_dispersion(*process).season(np.arange(366)).tolist() == [1.0] * 366


@pytest.mark.parametrize("days", [1, 3])
def test_a_few_days_whose_records_are_lost_make_no_season(days):
    counts, means, stretches = seasonal_process(0.0, peak_day=0)
    counts[24 * 40 : 24 * (40 + days)] *= 0.1
    assert amplitude(fit_dispersion(counts, means, stretches, seasonal_frames=len(counts))) < 0.5


def test_days_after_the_seasonal_frames_tell_nothing_of_seasons():
    counts, means, stretches = seasonal_process(0.0, peak_day=0)
    summer = 24 * (366 + np.arange(120, 240))
    counts[summer[::2, None] + np.arange(24)] *= 1.6
    counts[summer[1::2, None] + np.arange(24)] *= 0.4
    few = fit_dispersion(counts, means, stretches, seasonal_frames=24 * 366)
    all_days = fit_dispersion(counts, means, stretches, seasonal_frames=len(counts))
    assert amplitude(few) < 0.3
    assert all_days.season_cosine < -0.6


def test_a_wrong_level_is_no_season():
    counts, means, stretches = seasonal_process(1.2, peak_day=20)
    totals = counts.sum(axis=(1, 2)), means.sum(axis=(1, 2))
    found = fit_season(*totals, stretches, 0.0)
    assert fit_season(totals[0], 1.4 * totals[1], stretches, 0.0) == pytest.approx(found, abs=1e-3)
    assert fit_season(0 * totals[0], totals[1], stretches, 0.0) == (0.0, 0.0)


def process_of_parts(calls_per_hour, seasons=0.0, days=300):
    """Intensities and counts of days, quiet by night, with factors of days, blocks and hours; nights vary most."""
    generator = np.random.default_rng(9)
    hours = np.arange(24 * days)
    season = np.exp(seasons * np.cos(2 * np.pi * np.arange(days) / 365.25))
    spreads = (0.03 * season, np.repeat(season, 4) * np.tile(PARTS, days), 0.02 * np.repeat(season, 24))
    shared = [np.repeat(generator.gamma(1 / each, each), len(hours) // len(each)) for each in spreads]
    means = np.repeat(np.tile([0.4, 1.0, 1.4, 1.2], days), 6)[:, None] * np.full(CELLS, calls_per_hour / CELLS)
    counts = generator.poisson(means * np.prod(shared, axis=0)[:, None]).astype(float)
    return counts[:, None], means[:, None], Stretches(hours // 24, hours // 6, hours)


@pytest.mark.parametrize(("calls_per_hour", "seasons"), [(12, 0.0), (100, 0.0), (100, 1.0)])
def test_the_part_of_the_day_that_varies_more_is_found(calls_per_hour, seasons):
    process = process_of_parts(calls_per_hour, seasons)
    found = fit_dispersion(*process, seasonal_frames=len(process[0]) if seasons else 0)
    assert found.block_variance * found.block_factors(np.arange(4)) == pytest.approx(PARTS, rel=0.5)  # drawn together
    assert found.day_variance == pytest.approx(0.03, rel=0.2)
    assert found.hour_variance == pytest.approx(0.02, rel=0.2)
    assert np.prod(found.block_parts) == pytest.approx(1.0)


def test_a_few_days_hardly_tell_parts_of_the_day_apart():
    counts, means, stretches = process_of_parts(12, days=300)
    few = slice(24 * 5)
    found = fit_dispersion(counts[few], means[few], stretches.first(24 * 5))
    whole = fit_dispersion(counts, means, stretches)
    assert 1 < found.block_parts[0] < 0.7 * whole.block_parts[0]


def test_parts_of_the_day_are_alike_where_nothing_tells_them_apart(process):
    counts, means, stretches = process
    assert fit_dispersion(*process).block_parts == pytest.approx(np.ones(4), rel=0.25)
    assert fit_dispersion(0 * counts, means, stretches).block_parts == pytest.approx(np.ones(4))


def test_one_wild_night_is_no_rule_about_nights(process):
    counts, means, stretches = process
    counts = counts.copy()
    before = fit_dispersion(counts, means, stretches).block_parts[0]
    counts[24 * 100 : 24 * 100 + 6] *= 6
    assert fit_dispersion(counts, means, stretches).block_parts[0] < 1.4 * before


def test_days_without_a_record_where_many_are_expected_are_lost():
    days = np.repeat([100, 101, 102], [24, 23, 24])
    recorded = np.where(days == 101, 0.0, 1.0)
    assert lost_days(recorded, np.full(71, 2.0), days).tolist() == (days == 101).tolist()
    assert not lost_days(recorded, np.full(71, 0.5), days).any()


def year_of_storms(area):
    """A training set of 428 days, more variable in winter, two of them without records, and its separable model."""
    generator = np.random.default_rng(8)
    days = np.arange(16071, 16071 + 430)  # from 2014-01-01 on
    variances = 0.12 * np.exp(0.9 * np.cos(2 * np.pi * days / 365.25))
    counts = generator.poisson(72 * generator.gamma(1 / variances, variances))
    counts[[200, 300]] = 0
    midnights = pd.to_datetime(np.repeat(days, counts), unit="D").tz_localize(area.time_zone)
    times = (midnights + pd.to_timedelta(generator.integers(0, 23 * 60, counts.sum()), unit="min")).tz_convert("UTC")
    incidents = pd.DataFrame({"time": times.as_unit("us"), "latitude": 40.705, "longitude": -73.995})
    spec = replace(SMALL_SPEC, train_days=428, validation_days=14)
    training = training_set(area, incidents.sort_values("time"), spec, 1, date(2015, 3, 5))
    return training, load_model("separable").fit(training, QUIET)


def test_a_model_of_a_year_has_a_season_and_passes_lost_days_over(imported):
    training, model = year_of_storms(imported.area)
    found = model_dispersion(training, model)
    winter, summer = found.season(np.array([0, 182]))
    assert winter > 2 * summer
    frames = np.concatenate([training.sample_frames, training.validation_frames])
    local = training.reader.calendar.clock.local_times(frames)
    assert found.day_count == len(local.normalize().unique()) - 2


def test_a_model_of_less_than_a_year_has_no_season(training, fitted):
    assert amplitude(model_dispersion(training, fitted["separable"])) == 0


def test_a_wrong_level_is_no_dispersion(process):
    counts, means, stretches = process
    found, shifted = fit_dispersion(counts, means, stretches), fit_dispersion(counts, 1.3 * means, stretches)
    assert shifted.day_variance == pytest.approx(found.day_variance, rel=1e-3)


def test_half_hours_count_as_their_hour(process):
    counts, means, stretches = process
    generator = np.random.default_rng(2)
    first = generator.binomial(counts.astype(int), 0.5)
    halves = np.stack([first, counts - first], axis=1).reshape(-1, 6, 10)
    half_means = np.repeat(means / 2, 2, axis=0)
    twice = Stretches(*(np.repeat(kind, 2) for kind in (stretches.days, stretches.blocks, stretches.hours)))
    found, of_hours = (fit_dispersion(*given).to_dict() for given in ((halves, half_means, twice), process))
    assert found.pop("block_parts") == pytest.approx(of_hours.pop("block_parts"), rel=0.01)
    assert found == pytest.approx(of_hours, rel=0.01)


def test_poisson_counts_are_not_dispersed(process):
    _, means, stretches = process
    counts = np.random.default_rng(3).poisson(means)
    found = fit_dispersion(counts.astype(float), means, stretches)
    assert max(found.day_variance, found.block_variance, found.hour_variance, found.repeat_excess) < 0.01


def test_the_likelihood_is_the_negative_binomial_one(generator):
    counts, means = generator.integers(0, 9, 50).astype(float), generator.gamma(2.0, 1.0, 50)
    spread = 0.3 + 0.1 * means
    exact = nbinom.logpmf(counts, means / spread, 1 / (1 + spread)).sum()
    other = nbinom.logpmf(counts, means / 0.5, 1 / 1.5).sum()
    difference = (log_likelihoods(counts, means, 0.3, 0.1) - log_likelihoods(counts, means, 0.5, 0.0)).sum()
    assert difference == pytest.approx(exact - other)


def test_factors_have_mean_one_and_the_given_variance(generator):
    factors = draw_factors(0.05, generator.random(100_000))
    assert factors.mean() == pytest.approx(1.0, abs=0.003)
    assert factors.var() == pytest.approx(0.05, rel=0.03)
    assert (draw_factors(0.0, generator.random(5)) == 1).all()
    several = draw_factors(np.array([0.02, 0.0, 0.3]), generator.random((100_000, 3)))
    assert several.var(axis=0) == pytest.approx([0.02, 0.0, 0.3], rel=0.03)


def test_group_sizes_have_the_stated_mean_and_excess(generator):
    sizes = generator.logseries(TRUE.group_share, 400_000)
    assert sizes.mean() == pytest.approx(TRUE.mean_group_size, rel=0.005)
    assert (sizes.astype(float) ** 2).mean() / sizes.mean() == pytest.approx(1 + TRUE.repeat_excess, rel=0.01)
    assert CountDispersion().mean_group_size == 1.0


def test_it_is_stored_as_plain_figures():
    assert CountDispersion.from_dict(json.loads(json.dumps(SEASONAL.to_dict()))) == SEASONAL
    assert CountDispersion.from_dict(TRUE.to_dict() | {"block_parts": []}) == TRUE
    with pytest.raises(ValueError, match="4 block_parts of at least 0"):
        CountDispersion(block_parts=(1.0, 1.0, 1.0))
    later = ("season_cosine", "season_sine", "block_parts")
    older = {name: value for name, value in TRUE.to_dict().items() if name not in later}
    assert CountDispersion.from_dict(older) == TRUE


def test_a_model_is_measured_over_its_window(training, fitted):
    found = model_dispersion(training, fitted["separable"])
    assert found.day_count == (len(training.sample_frames) + len(training.validation_frames)) // 24 + 1
    assert 0 <= found.day_variance < 0.05


def test_frames_without_weight_do_not_count(process):
    counts, means, stretches = process
    first = np.arange(len(counts)) < 24 * 200
    wild = np.where(first[:, None, None], 3 * counts, counts)
    halves = Stretches(*(kind[~first] for kind in (stretches.days, stretches.blocks, stretches.hours)))
    weighted = fit_dispersion(counts, means, stretches, np.where(first, 0.0, 1.0))
    alone = fit_dispersion(counts[~first], means[~first] * counts.sum() / means.sum(), halves)
    assert weighted.day_variance == pytest.approx(alone.day_variance, rel=0.1)  # parts of the day: all frames
    assert fit_dispersion(wild, means, stretches).repeat_excess > 2 * alone.repeat_excess
