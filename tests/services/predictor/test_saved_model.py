"""Exported models answer what the Python model answers."""

import numpy as np
import pytest

from services.predictor.saved_model import SIGNATURE, write_saved_model
from services.predictor.served_models import ServedModels
from serving.errors import FailedPrecondition, InvalidArgument, NotFound


@pytest.fixture(scope="module", params=["st_resnet_poisson", "st_resnet"])
def network(request, fitted):
    return fitted[request.param]


@pytest.fixture(scope="module")
def models(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "small-town" / "1"
    folder.mkdir(parents=True)
    write_saved_model(network, folder)
    return ServedModels(folder.parents[1])


def test_the_export_is_equal_to_the_python_model(network, models, training):
    inputs = training.reader.read(training.frames, training.validation_frames[:9])
    outputs = models.get("small-town", None).run(SIGNATURE, inputs.named(network.input_names))
    assert list(outputs) == ["intensity"]
    np.testing.assert_allclose(outputs["intensity"], network.predict(inputs), rtol=1e-5)


def test_inputs_are_named_and_checked(network, models, training):
    model = models.get("small-town", 1)
    assert set(model.signature(SIGNATURE).inputs) == set(network.input_names)
    inputs = training.reader.read(training.frames, training.validation_frames[:1]).named(network.input_names)
    with pytest.raises(InvalidArgument, match=r"Missing but required: \{trend\}"):
        model.run(SIGNATURE, {name: value for name, value in inputs.items() if name != "trend"})
    with pytest.raises(InvalidArgument, match=r"closeness of shape"):
        model.run(SIGNATURE, {**inputs, "closeness": inputs["period"]})
    with pytest.raises(FailedPrecondition, match="not found"):
        model.run("other", inputs)


def test_unknown_models_and_names_that_leave_the_folder(models):
    for name in ("other", "", "..", "small-town/1", "*"):
        with pytest.raises(NotFound, match="Servable not found"):
            models.get(name, None)
