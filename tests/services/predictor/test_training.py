"""A whole training: what is published, what is refused, and that a training that was killed goes on."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from services.predictor.model_store import ModelStore
from services.predictor.training import TrainingRequest, train
from services.predictor.training_set import Watch
from serving.errors import Cancelled, FailedPrecondition, InvalidArgument
from serving.work import never_stop
from tests.services.predictor.fakes import QUIET, SMALL_SPEC
from tests.services.predictor.training_process import train_small_area

QUICK = ("separable", "climatology", "low_rank")
REPOSITORY = Path(__file__).resolve().parents[3]


def request(key="key", allow_worse=False, **changes):
    spec = replace(SMALL_SPEC, **changes)
    return TrainingRequest("0" * 64, spec, 1, key, allow_worse)


def test_the_best_candidate_is_published_with_its_card(imported, incidents, tmp_path):
    models = ModelStore(tmp_path)
    card = train(imported.area, incidents, request(models=QUICK, allow_worse=True), models, QUIET)
    assert models.cards() == (card,)
    deviances = {
        name.removeprefix("validation_mean_poisson_deviance_"): value
        for name, value in card.metrics
        if name.startswith("validation_mean_poisson_deviance_")
    }
    assert set(deviances) == set(QUICK)
    assert deviances[card.kind] == min(deviances.values()) == card.metric("validation_mean_poisson_deviance")
    assert card.trained_from_date == date(2015, 2, 1)
    assert card.validated_from_date == date(2015, 3, 8)
    assert card.trained_until_date == date(2015, 3, 12)
    assert card.incident_count > 0.9 * 0.8 * 24 * 40
    assert dict(card.libraries)["keras"]
    assert card.dispersion.day_count > 0
    assert any("recorded incidents" in sentence for sentence in card.limits)
    assert any("not a whole year" in sentence for sentence in card.limits)
    assert not list(tmp_path.glob(".trainings/*"))
    assert train(imported.area, incidents, request(models=QUICK, allow_worse=True), models, QUIET) == card


def test_a_model_asked_for_that_is_not_better_is_refused_unless_allowed(imported, incidents, tmp_path):
    models = ModelStore(tmp_path)
    with pytest.raises(FailedPrecondition, match="nothing is published"):
        train(imported.area, incidents, request(models=("st_resnet",), max_epochs=1), models, QUIET)
    assert models.cards() == ()
    fitted = []
    watch = Watch(lambda _fraction, message: fitted.append(message), never_stop)
    card = train(
        imported.area, incidents, request("other", models=("st_resnet",), max_epochs=1, allow_worse=True), models, watch
    )
    assert card.kind == "st_resnet"
    assert any("published on request" in sentence for sentence in card.limits)
    assert not any("epoch" in message for message in fitted)  # the fits of the refused training are taken up


def test_fits_of_another_revision_are_not_taken_up(imported, incidents, tmp_path, monkeypatch):
    models, told = ModelStore(tmp_path), []
    watch = Watch(lambda _fraction, message: told.append(message), never_stop)
    for revision in ("first", "second"):
        told.clear()
        monkeypatch.setattr("services.predictor.training.TRAINING_REVISION", revision)
        with pytest.raises(FailedPrecondition, match="nothing is published"):
            train(imported.area, incidents, request(models=("st_resnet",), max_epochs=1), models, watch)
        assert any("epoch 1 of" in message for message in told)
    assert len(list(tmp_path.glob(".trainings/*"))) == 2


def test_unknown_models_are_refused_before_anything_is_fitted(imported, incidents, tmp_path):
    with pytest.raises(InvalidArgument, match="Expected one of"):
        train(imported.area, incidents, request(models=("oracle",)), ModelStore(tmp_path), QUIET)
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_training_stores_nothing(imported, incidents, tmp_path):
    models = ModelStore(tmp_path)
    with pytest.raises(Cancelled):
        train(imported.area, incidents, request(models=("st_resnet",)), models, Watch(QUIET.report, lambda: True))
    assert models.cards() == ()


def variables_of(version: Path):
    """All variables of a SavedModel, in an order of their own: that of the file changes from one process to another."""
    reader = tf.train.load_checkpoint(str(version / "variables" / "variables"))
    names = [name for name in reader.get_variable_to_shape_map() if "GRAPH" not in name]
    return sorted((reader.get_tensor(name) for name in names), key=lambda value: (value.shape, value.tobytes()))


def test_a_training_killed_in_the_middle_comes_to_the_same_model(tmp_path):
    unbroken, killed = tmp_path / "unbroken", tmp_path / "killed"
    card = train_small_area(unbroken, QUIET)
    command = [sys.executable, "-m", "tests.services.predictor.training_process", str(killed)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as first:
        assert any("epoch 2 of" in line for line in first.stdout)
        first.kill()
    assert first.returncode == -9
    assert list(killed.glob(".trainings/*/fits/st_resnet/state.npz"))
    assert not list(killed.glob("small-town/*"))

    epochs = []
    resumed = train_small_area(killed, Watch(lambda _fraction, message: epochs.append(message), never_stop))
    assert not any("epoch 1 of" in message for message in epochs)  # it went on
    assert dict(resumed.metrics) == dict(card.metrics)
    expected, found = variables_of(unbroken / "small-town" / "1"), variables_of(killed / "small-town" / "1")
    assert len(found) == len(expected) > 10
    for value, same in zip(expected, found, strict=True):
        np.testing.assert_array_equal(same, value)


def test_a_training_killed_between_its_fits_and_publication_is_published_by_another_process(tmp_path):
    command = [sys.executable, "-m", "tests.services.predictor.training_process", str(tmp_path), "ensemble"]
    killed = subprocess.run([*command, "exporting"], cwd=REPOSITORY, capture_output=True, check=False)
    assert killed.returncode == -9
    assert ModelStore(tmp_path).cards() == ()
    resumed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    assert [card.kind for card in ModelStore(tmp_path).cards()] == ["ensemble"]
    assert "begins anew" not in resumed.stdout + resumed.stderr
