from dataclasses import replace

import numpy as np
import pytest

from services.predictor.candidates import candidate_names, check_models, cost_seconds, fit_candidates
from services.predictor.models import POOL, load_model, model_names
from services.predictor.training_set import Watch
from services.predictor.workspace import NETWORK_FILE, PREDICTED_FILE, VARIABLES_FILE, Workspace, open_workspace
from serving.errors import Cancelled, InvalidArgument
from serving.work import never_stop
from tests.services.predictor.fakes import QUIET


def with_spec(training, **changes):
    return replace(training, reader=replace(training.reader, spec=replace(training.reader.spec, **changes)))


def on_cells(training, count):
    """The same training on so many cells, without incidents."""
    counts = np.zeros((len(training.frames.counts), count, count), np.float32)
    return replace(training, frames=replace(training.frames, counts=counts))


def test_the_budget_says_which_models_are_tried_cheap_ones_first(training):
    city = on_cells(training, 60)
    tight = candidate_names(with_spec(city, budget_seconds=10))
    wide = candidate_names(with_spec(city, budget_seconds=86_400))
    assert {"separable", "climatology", "low_rank"} <= set(tight) < set(wide)
    assert set(wide) == {name for name in model_names() if load_model(name).can_win}
    for names in (tight, wide):
        costs = [cost_seconds(name, city) for name in names if name != POOL]
        assert costs == sorted(costs)
    assert wide[-1] == POOL
    assert POOL not in tight  # its members are costlier than the budget
    assert sum(cost_seconds(name, city) for name in tight) <= 10


def test_a_larger_area_leaves_costly_models_out(training):
    assert "st_resnet" in candidate_names(with_spec(training, budget_seconds=600))
    assert "st_resnet" not in candidate_names(with_spec(on_cells(training, 200), budget_seconds=600))


def test_named_models_and_the_baselines_are_fitted(training):
    assert set(candidate_names(with_spec(training, models=("st_resnet",)))) == {
        "separable",
        "climatology",
        "st_resnet",
    }


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (("climatology", "oracle"), "spec.models[1]"),
        (("climatology", "climatology"), "spec.models[1]"),
        (("gan",), "spec.models"),
    ],
)
def test_wrong_models_are_refused(names, field):
    with pytest.raises(InvalidArgument) as caught:
        check_models(names)
    assert [violation.field for violation in caught.value.violations] == [field]


def test_finished_candidates_are_not_fitted_again(training, tmp_path, monkeypatch):
    named = with_spec(training, models=("separable",))
    first = fit_candidates(named, Workspace(tmp_path), QUIET)
    again = with_spec(training, models=("separable",))
    monkeypatch.setattr("services.predictor.candidates.fit_member", _must_not_be_called)
    second = fit_candidates(again, Workspace(tmp_path), QUIET)
    for before, after in zip(first, second, strict=True):
        assert (before.name, before.deviance) == (after.name, after.deviance)
        np.testing.assert_array_equal(before.predicted, after.predicted)
    inputs = again.reader.read(again.frames, again.validation_frames[:30])
    assert set(again.fits) == {"separable", "climatology"}
    for before in first:
        np.testing.assert_array_equal(before.network.predict(inputs), again.fits[before.name].predict(inputs))


def _must_not_be_called(name, _training, _watch):
    raise AssertionError(f"{name} is fitted again")


@pytest.mark.parametrize("file", [NETWORK_FILE, VARIABLES_FILE, PREDICTED_FILE])
@pytest.mark.parametrize("content", [b"", b"null", b'{"class_name": "Gone", "config": {}}'])
def test_a_finished_candidate_that_the_disk_has_damaged_is_fitted_again(training, tmp_path, file, content):
    first = fit_candidates(with_spec(training, models=("separable",)), Workspace(tmp_path), QUIET)
    (tmp_path / "candidates" / "climatology" / file).write_bytes(content)
    second = fit_candidates(with_spec(training, models=("separable",)), Workspace(tmp_path), QUIET)
    assert [(one.name, one.deviance) for one in first] == [(one.name, one.deviance) for one in second]
    assert all(candidate.network is not None for candidate in second)
    assert Workspace(tmp_path).kept("climatology") is not None


def test_progress_never_falls(training, tmp_path):
    told = []
    watch = Watch(lambda fraction, message: told.append((fraction, message)), never_stop)
    fit_candidates(with_spec(training, models=("st_resnet_poisson",)), Workspace(tmp_path), watch)
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert any("st_resnet_poisson: epoch 1 of at most 2, best validation deviance" in message for _, message in told)


def test_one_process_at_a_time_works_in_a_folder(tmp_path):
    with (
        open_workspace(tmp_path / "key", never_stop),
        pytest.raises(Cancelled, match="waited for another"),
        open_workspace(tmp_path / "key", lambda: True),
    ):
        pass
    with open_workspace(tmp_path / "key", never_stop) as workspace:
        workspace.remove()
    assert list(tmp_path.iterdir()) == []
