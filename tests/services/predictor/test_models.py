"""One conformance run over every model of the folder, and oracles for the baselines."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from services.predictor.correction_features import FEATURES
from services.predictor.correction_rows import WARM_UP_DAYS, correction_rows
from services.predictor.features import LEVEL_WEEKS
from services.predictor.level_factor import LevelFactor
from services.predictor.models import load_model, model_names
from services.predictor.models.climatology import PSEUDO_FRAMES, SMOOTHING_HOURS, best_smoothing, smoothed_table
from services.predictor.models.ensemble import choose_pool, pool_weights
from services.predictor.models.kernel_density import best_bandwidth_cells
from services.predictor.models.kriging import NO_FIELD, best_prior, climb, common_table, prior_table
from services.predictor.models.log_linear import poisson_regression
from services.predictor.models.low_rank import PRIOR_INCIDENTS, best_prior_incidents, low_rank_table
from services.predictor.models.separable import cell_means, separable_table, weekly_profile
from services.predictor.residual_network import FittedNetwork
from services.predictor.rhythm_field import FieldPrior
from services.predictor.saved_model import SIGNATURE, write_saved_model
from services.predictor.scores import mean_poisson_deviance
from services.predictor.served_models import ServedModels
from services.predictor.training_set import Watch, training_set
from services.predictor.week_counts import WeekCounts
from services.predictor.weekly_table import weekly_table
from serving.errors import Cancelled, FailedPrecondition, InvalidArgument
from serving.work import never_stop
from tests.services.predictor.fakes import QUIET, SMALL_SPEC

WATCH_VALIDATION = ("ensemble", "st_resnet", "st_resnet_poisson")
"""Models for which validation decides when to stop or how much each member counts."""


@pytest.fixture(scope="module")
def validation(training):
    return training.reader.read(training.frames, training.validation_frames)


def test_unknown_models_are_refused_with_those_there_are():
    with pytest.raises(InvalidArgument, match=r"Expected one of .*climatology"):
        load_model("oracle")


@pytest.mark.parametrize("name", model_names())
def test_intensities_are_positive_and_of_the_right_shape(name, fitted, validation, training):
    predicted = fitted[name].predict(validation)
    assert predicted.shape == (len(training.validation_frames), *training.frames.counts.shape[1:])
    assert predicted.dtype == np.float32
    assert (predicted > 0).all()
    assert np.isfinite(predicted).all()


@pytest.mark.parametrize("name", model_names())
def test_the_level_is_about_right(name, fitted, validation, training):
    recorded = training.frames.at(training.validation_frames).sum()
    assert fitted[name].predict(validation).sum() == pytest.approx(recorded, rel=0.35)


@pytest.mark.parametrize("name", WATCH_VALIDATION)
def test_one_seed_one_model(name, fitted, validation, training):
    again = load_model(name).fit(training, QUIET)
    np.testing.assert_allclose(again.predict(validation), fitted[name].predict(validation), rtol=1e-6)


@pytest.mark.parametrize("name", [name for name in model_names() if name not in WATCH_VALIDATION])
def test_one_seed_one_model_whatever_the_validation_frames_hold(name, fitted, training, validation):
    start = training.validation_frames[0] - training.frames.first_frame
    counts = training.frames.counts.copy()
    counts[start:] += 50
    changed = replace(training, frames=replace(training.frames, counts=counts))
    again = load_model(name).fit(changed, QUIET)
    np.testing.assert_allclose(again.predict(validation), fitted[name].predict(validation), rtol=1e-6)


@pytest.mark.parametrize("name", model_names())
def test_nothing_at_or_after_the_predicted_frame_is_looked_at(name, fitted, training):
    frame = int(training.validation_frames[30])
    counts = training.frames.counts.copy()
    counts[frame - training.frames.first_frame :] += 7
    changed = replace(training.frames, counts=counts)
    before, after = (
        fitted[name].predict(training.reader.read(frames, np.array([frame]))) for frames in (training.frames, changed)
    )
    np.testing.assert_array_equal(before, after)


# Keras reads stored weights through h5py, which numpy 2 warns about.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", [name for name in model_names() if load_model(name).can_win])
def test_models_that_can_win_are_networks_that_can_be_stored_and_exported(name, fitted, validation, tmp_path):
    expected = fitted[name].predict(validation)
    fitted[name].keras_model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(FittedNetwork(loaded).predict(validation), expected)
    folder = tmp_path / "small-town" / "1"
    folder.mkdir(parents=True)
    write_saved_model(fitted[name], folder)
    served = ServedModels(tmp_path).get("small-town", 1).run(SIGNATURE, validation.named(fitted[name].input_names))
    np.testing.assert_allclose(served["intensity"], expected, rtol=1e-5)


def test_the_poisson_network_is_no_worse_than_its_baseline_on_validation(fitted, training, validation):
    recorded = training.frames.at(training.validation_frames)
    deviances = {name: mean_poisson_deviance(recorded, model.predict(validation)) for name, model in fitted.items()}
    assert deviances["st_resnet_poisson"] <= deviances["separable"] + 1e-7


def test_the_separable_baseline_is_cell_mean_times_profile(training):
    counts = training.frames.at(training.window_frames).astype(float)
    table = separable_table(WeekCounts.of_window(training))
    means = table.mean(axis=0)
    np.testing.assert_allclose(table, means * (table.sum(axis=(1, 2)) / means.sum())[:, None, None])
    busy = np.unravel_index(counts.sum(axis=0).argmax(), counts.shape[1:])
    assert means[busy] == pytest.approx(counts[:, *busy].mean(), rel=0.02)
    np.testing.assert_allclose(cell_means(counts.sum(axis=0), len(counts)).sum(), counts.sum() / len(counts))


def test_the_weekly_profile_follows_the_data_and_is_that_of_the_day_without_much(generator):
    true = np.tile(np.where(np.arange(24) >= 16, 2.0, 0.5), 7) * np.repeat([1, 1, 1, 1, 1, 1.5, 0.5], 24)
    true /= true.mean()
    for weeks, reference in ((4000, true), (1, np.tile(true.reshape(7, 24).mean(axis=0), 7))):
        counts = generator.poisson(20.0 * np.tile(true, (weeks, 1)) * (1 if weeks > 1 else 5)).sum(axis=0)
        profile = weekly_profile(counts.astype(float), np.full(168, float(weeks)))
        assert np.corrcoef(profile, reference)[0, 1] > (0.999 if weeks > 1 else 0.8)
    np.testing.assert_array_equal(weekly_profile(np.zeros(168), np.ones(168)), np.ones(168))


def test_the_climatology_draws_means_to_the_separable_ones(training):
    counts = training.frames.at(training.window_frames).astype(float)
    hours = training.reader.calendar.hours_of_week(training.window_frames)
    week = WeekCounts.of_window(training)
    own = counts[hours == 20]
    np.testing.assert_allclose(
        smoothed_table(week, 8.0)[20], (own.sum(axis=0) + 8.0 * separable_table(week)[20]) / (len(own) + 8.0)
    )


def week_of(means, weeks, generator):
    """Counts of some weeks with the given means, shape (168, 1, n_cells)."""
    return WeekCounts(generator.poisson(weeks * means).astype(float)[:, None, :], np.full(168, float(weeks)))


def day_and_night(generator, cell_count=30):
    """Cells that are busy by day and cells that are busy by night; means of shape (168, n_cells)."""
    hours = np.arange(168) % 24
    rhythms = np.stack([np.where((hours > 7) & (hours < 20), 1.6, 0.4), np.where((hours > 7) & (hours < 20), 0.4, 1.6)])
    return generator.uniform(0.05, 0.3, cell_count) * rhythms[np.arange(cell_count) % 2].T


def test_low_rank_rhythms_are_recovered(generator):
    true = day_and_night(generator)
    week = week_of(true, 52, generator)

    def error(table):
        return mean_poisson_deviance(true.ravel(), table.reshape(true.shape).ravel())

    low_rank = error(low_rank_table(week, PRIOR_INCIDENTS[0], 1))
    assert low_rank < 0.2 * error(separable_table(week))
    assert low_rank < 0.5 * error(week.recorded / 52)


def test_kriging_tells_the_rhythm_of_quarters(generator):
    quarters = np.sort(np.arange(30) % 2)  # neighbours are alike: the west lives by day, the east by night
    true = day_and_night(generator)[:, np.argsort(np.arange(30) % 2, kind="stable")]
    assert quarters.tolist() == [0] * 15 + [1] * 15
    week = week_of(0.1 * true, 52, generator)

    def error(table):
        return mean_poisson_deviance(0.1 * true.ravel(), table.reshape(true.shape).ravel())

    alone, together = (error(prior_table(week, FieldPrior(0.5, share, 3.0))) for share in (0.0, 0.9))
    assert together < alone < error(separable_table(week))
    assert together < 0.3 * error(separable_table(week))


def test_cells_that_share_one_rhythm_stay_close_to_it(generator):
    true = np.full((168, 1), 1.0) * generator.uniform(0.002, 0.01, 40)
    week = week_of(true, 52, generator)
    tables = (
        low_rank_table(week, PRIOR_INCIDENTS[0], 1),
        prior_table(week, FieldPrior(0.03, 0.5, 3.0)),
        smoothed_table(week, PSEUDO_FRAMES[1]),
        week.recorded / 52,
    )
    low_rank, kriged, climatology, raw = (mean_poisson_deviance(true.ravel(), table.ravel()) for table in tables)
    assert max(low_rank, kriged) < climatology
    assert max(low_rank, kriged) < 0.05 * raw


def with_means(training, means, generator):
    """The same training with made-up counts before validation; means of shape (168, n_cells)."""
    counts = training.frames.counts.copy()
    hours = training.reader.calendar.hours_of_week(training.window_frames)
    positions = training.window_frames - training.frames.first_frame
    counts[positions] = generator.poisson(means[hours].reshape(-1, *counts.shape[1:]))
    return replace(training, frames=replace(training.frames, counts=counts))


def test_a_smoothing_strength_is_chosen_by_what_the_cells_are_like(training, generator):
    cells = int(np.prod(training.frames.counts.shape[1:]))
    busy = best_smoothing(with_means(training, 8 * day_and_night(generator, cells), generator))
    assert busy[1] == PSEUDO_FRAMES[0]
    assert busy[0] < SMOOTHING_HOURS[-1]
    assert best_smoothing(with_means(training, np.full((168, cells), 0.1), generator))[1] > PSEUDO_FRAMES[0]


def test_a_prior_is_chosen_by_what_the_cells_are_like(training, generator):
    cells = int(np.prod(training.frames.counts.shape[1:]))
    unlike = with_means(training, 8 * day_and_night(generator, cells), generator)
    alike = with_means(training, np.full((168, cells), 0.3), generator)
    assert best_prior(unlike).variance > 5 * best_prior(alike).variance
    assert best_prior_incidents(unlike) < best_prior_incidents(alike)
    one_day = replace(training, window_frames=training.window_frames[:10])
    assert best_prior(one_day) == NO_FIELD
    assert best_prior_incidents(one_day) == PRIOR_INCIDENTS[-1]


def test_climbing_ends_on_the_top_and_asks_once_for_each_point():
    asked = []

    def height(point):
        asked.append(point)
        return -sum((place - top) ** 2 for place, top in zip(point, (6, 0, 3), strict=True))

    assert climb(height, (2, 2, 2), (9, 5, 4)) == (6, 0, 3)
    assert len(asked) == len(set(asked))
    assert all(0 <= place < size for point in asked for place, size in zip(point, (9, 5, 4), strict=True))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.floats(1.0, 500.0))
def test_the_regression_is_at_the_maximum_of_its_penalised_likelihood(seed, penalty):
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(400, 3)) * [1.0, 0.1, 0.0]
    weights = generator.uniform(0.1, 2.0, 400)
    targets = generator.poisson(weights * np.exp(0.2 + features @ [0.5, -2.0, 0.0])) / weights
    intercept, coefficients = poisson_regression(features, targets, weights, penalty)
    assert coefficients[2] == 0
    means = np.average(features, axis=0, weights=weights)
    deviation = np.sqrt(np.average(np.square(features - means), axis=0, weights=weights))

    def objective(parameters):
        logs = parameters[0] + features[:, :2] @ parameters[1:]
        shrinkage = penalty / 2 * np.sum(np.square(parameters[1:] * deviation[:2]))
        return shrinkage - np.sum(weights * (targets * logs - np.exp(logs)))

    best = minimize(objective, np.zeros(3), tol=1e-10)
    assert objective([intercept, *coefficients[:2]]) <= best.fun + 1e-6 * abs(best.fun)


@pytest.mark.parametrize("name", ["st_resnet", "st_resnet_poisson"])
def test_a_training_can_be_stopped(name, training):
    with pytest.raises(Cancelled):
        load_model(name).fit(training, Watch(QUIET.report, lambda: True))


def test_a_window_without_complete_features_is_refused(imported, incidents):
    with pytest.raises(FailedPrecondition, match="Training needs incidents of at least 13 days"):
        training_set(imported.area, incidents, SMALL_SPEC, 1, incidents["time"].iloc[0].date())


def test_a_kernel_is_as_wide_as_the_incidents_ask_for(generator):
    rows, columns = np.meshgrid(np.arange(20), np.arange(20), indexing="ij")
    hill = np.exp(-0.5 * ((rows - 10) ** 2 + (columns - 10) ** 2) / 9)
    scattered = generator.permutation(400).reshape(20, 20) < 40
    assert best_bandwidth_cells(generator.poisson(0.6 * hill).astype(float)) >= 1.0
    assert best_bandwidth_cells(generator.poisson(20.0 * scattered).astype(float)) <= 0.4


def test_a_pool_finds_the_members_that_tell_the_truth(generator):
    true = generator.uniform(0.5, 2.0, (300, 4, 4))
    recorded = generator.poisson(true).astype(np.float32)
    members = np.log([true, np.full(true.shape, true.mean()), true[::-1]]).astype(np.float32)
    weights = pool_weights(members, recorded)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()
    assert weights[0] > 0.85
    np.testing.assert_allclose(
        pool_weights(members[[1, 0]], recorded)[1], pool_weights(members[:2], recorded)[0], atol=1e-3
    )
    for member in members:
        pooled = np.exp(np.tensordot(weights, members, axes=1))
        assert mean_poisson_deviance(recorded, pooled) <= mean_poisson_deviance(recorded, np.exp(member)) + 1e-3


def test_a_pool_takes_in_only_members_that_gain_more_than_chance_would(generator):
    places, hours = np.exp(generator.normal(0, 0.5, (2, 400)))
    true = np.sqrt(np.outer(places, hours))[:, :, None]
    recorded = generator.poisson(true).astype(np.float32)
    noise = generator.normal(0, 0.01, true.shape)
    halves = [np.log(np.broadcast_to(part, true.shape)) for part in (places[:, None, None], hours[:, None])]
    weights = choose_pool(np.stack([*halves, halves[0] + noise]).astype(np.float32), recorded)
    assert weights[1] == pytest.approx(0.5, abs=0.1)
    assert np.count_nonzero(weights) == 2
    assert weights.sum() == pytest.approx(1.0)
    alone = choose_pool(np.log([true, true * np.exp(5 * noise)]).astype(np.float32), recorded)
    np.testing.assert_allclose(alone, [1.0, 0.0])


def test_the_level_follows_the_last_weeks_and_few_incidents_say_little():
    def factor(usual, recorded):
        level = np.full((1, len(LEVEL_WEEKS)), recorded, dtype=np.float32)
        return float(np.asarray(LevelFactor(usual, 24)(level)).item())

    assert factor(2.0, 2.0) == pytest.approx(1.0)
    assert factor(20.0, 16.0) == pytest.approx(0.8, abs=0.01)
    assert factor(0.01, 0.02) == pytest.approx(1.0, abs=0.06)


def test_correction_rows_weigh_as_much_as_was_expected(training):
    rows = correction_rows(training, QUIET)
    warm = training.frames.first_frame + WARM_UP_DAYS * training.frames.frames_per_day
    recorded = training.frames.at(training.sample_frames[training.sample_frames >= warm]).sum()
    assert (rows.targets * rows.weights).sum() == pytest.approx(recorded, rel=1e-6)
    assert rows.weights.sum() == pytest.approx(recorded, rel=0.1)
    assert np.isfinite(rows.features).all()
    assert rows.features.shape[1] == len(FEATURES)


@pytest.mark.parametrize("name", ["log_linear", "boosted"])
def test_without_an_incident_to_learn_from_the_weekly_table_is_not_corrected(name, training, validation):
    counts = training.frames.counts.copy()
    counts[training.sample_frames - training.frames.first_frame] = 0
    empty = replace(training, frames=replace(training.frames, counts=counts))
    said = []
    model = load_model(name).fit(empty, Watch(lambda _fraction, message: said.append(message), never_stop))
    table = weekly_table(empty, empty.window_frames)
    np.testing.assert_allclose(model.predict(validation), table[validation.hour_of_week], rtol=1e-5)
    assert said == ["no incident in the frames to learn from, no correction of the weekly table"]


def test_hours_of_the_week_that_were_never_looked_at_keep_the_common_rhythm(generator):
    true = day_and_night(generator)
    week = week_of(true, 52, generator)
    days = np.repeat(np.arange(7) < 4, 24)  # Monday to Thursday
    short = WeekCounts(week.recorded * days[:, None, None], week.frame_counts * days)
    table, common = low_rank_table(short, PRIOR_INCIDENTS[0], 1), common_table(short)
    weekend = slice(121, 167)  # but for the hours beside Friday and Monday
    np.testing.assert_array_equal(table[weekend], common[weekend])
    friday, monday = ((table / common)[hours] for hours in (slice(97, 119), slice(1, 23)))
    np.testing.assert_allclose(friday, monday, rtol=0.2)


def test_rows_of_a_few_days_are_compared_with_a_whole_week(training):
    start = training.window_frames[-8 * 24]
    week = replace(
        training,
        window_frames=training.window_frames[training.window_frames >= start],
        sample_frames=training.sample_frames[training.sample_frames >= start],
    )
    rows = correction_rows(week, QUIET)
    recorded = (rows.targets * rows.weights).sum()
    assert recorded == training.frames.at(week.sample_frames).sum()
    assert rows.weights.sum() == pytest.approx(recorded, rel=0.2)
