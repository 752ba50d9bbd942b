"""One conformance run over every model of the folder, and oracles for the baselines."""

from dataclasses import replace

import numpy as np
import pytest

from services.predictor.models import load_model, model_names
from services.predictor.models.separable import weekly_profile
from services.predictor.scores import mean_poisson_deviance
from services.predictor.training_set import Watch, training_set
from serving.errors import Cancelled, FailedPrecondition, InvalidArgument
from tests.services.predictor.fakes import QUIET, SMALL_SPEC


@pytest.fixture(scope="module")
def validation(training):
    return training.reader.read(training.frames, training.validation_frames)


def test_the_folder_holds_the_models():
    assert model_names() == ("climatology", "separable", "st_resnet", "st_resnet_poisson")
    with pytest.raises(InvalidArgument, match="Expected one of climatology, separable"):
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


@pytest.mark.parametrize("name", model_names())
def test_one_seed_one_model(name, fitted, validation, training):
    again = load_model(name).fit(training, QUIET)
    np.testing.assert_allclose(again.predict(validation), fitted[name].predict(validation), rtol=1e-6)


@pytest.mark.parametrize("name", ["climatology", "separable"])
def test_baselines_do_not_look_at_validation_hours(name, fitted, training, validation):
    start = training.validation_frames[0] - training.frames.first_frame
    counts = training.frames.counts.copy()
    counts[start:] += 50
    changed = replace(training, frames=replace(training.frames, counts=counts))
    np.testing.assert_array_equal(
        load_model(name).fit(changed, QUIET).predict(validation), fitted[name].predict(validation)
    )


def test_the_poisson_network_is_no_worse_than_its_baseline_on_validation(fitted, training, validation):
    recorded = training.frames.at(training.validation_frames)
    deviances = {name: mean_poisson_deviance(recorded, model.predict(validation)) for name, model in fitted.items()}
    assert deviances["st_resnet_poisson"] <= deviances["separable"] + 1e-7


def test_the_separable_baseline_is_cell_mean_times_profile(fitted, training):
    counts = training.frames.at(training.window_frames).astype(float)
    model = fitted["separable"]
    np.testing.assert_allclose(model.cell_means.sum(), counts.sum() / len(counts))
    busy = np.unravel_index(counts.sum(axis=0).argmax(), counts.shape[1:])
    assert model.cell_means[busy] == pytest.approx(counts[:, *busy].mean(), rel=0.01)


def test_the_weekly_profile_follows_the_data_and_is_that_of_the_day_without_much(generator):
    true = np.tile(np.where(np.arange(24) >= 16, 2.0, 0.5), 7) * np.repeat([1, 1, 1, 1, 1, 1.5, 0.5], 24)
    true /= true.mean()
    for weeks, reference in ((4000, true), (1, np.tile(true.reshape(7, 24).mean(axis=0), 7))):
        hours_of_week = np.tile(np.arange(168), weeks).astype(np.int32)
        counts = generator.poisson(20.0 * true[hours_of_week] * (1 if weeks > 1 else 5)).astype(float)
        profile = weekly_profile(counts, hours_of_week)
        assert np.corrcoef(profile, reference)[0, 1] > (0.999 if weeks > 1 else 0.8)
    np.testing.assert_array_equal(weekly_profile(np.zeros(168), np.arange(168, dtype=np.int32)), np.ones(168))


def test_the_climatology_is_a_mean_per_cell_and_hour_of_the_week(fitted, training):
    counts = training.frames.at(training.window_frames).astype(float)
    hours = training.reader.calendar.hours_of_week(training.window_frames)
    means = fitted["climatology"].means
    own = counts[hours == 20]
    pull = 8.0 * fitted["separable"].cell_means
    np.testing.assert_allclose(means[20], (own.sum(axis=0) + pull) / (len(own) + 8.0))


@pytest.mark.parametrize("name", ["st_resnet", "st_resnet_poisson"])
def test_a_training_can_be_stopped(name, training):
    with pytest.raises(Cancelled):
        load_model(name).fit(training, Watch(QUIET.report, lambda: True))


def test_a_window_without_complete_features_is_refused(imported, incidents):
    with pytest.raises(FailedPrecondition, match="Training needs incidents of at least 13 days"):
        training_set(imported.area, incidents, SMALL_SPEC, 1, incidents["time"].iloc[0].date())
