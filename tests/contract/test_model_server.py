"""The embedded model server answers the official stubs as TensorFlow Serving does."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import numpy as np
import pytest
import structlog
import tensorflow as tf
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

from services.predictor.promotions import Decision, PromotionLog
from services.predictor.served_models import ServedModels
from services.predictor.serving_list import write_serving_list
from services.predictor.tf_serving import register
from serving.errors import FailedPrecondition, NotFound
from serving.testing import in_process_server

NAME = "twice"


def _export(folder: Path, factor: float) -> None:
    """Write a SavedModel that multiplies the sum of `x` and `y` by a factor."""
    module = tf.Module()
    signature = [tf.TensorSpec((None, 2), tf.float32, "x"), tf.TensorSpec((None,), tf.int32, "y")]
    function = tf.function(
        lambda x, y: {"product": factor * x, "whole": 2 * y}, input_signature=signature, autograph=False
    )
    tf.saved_model.save(module, str(folder), signatures=function.get_concrete_function())


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    _export(folder / NAME / "1", 2.0)
    _export(folder / NAME / "12", 3.0)
    (folder / NAME / ".unfinished-1").mkdir()
    return folder


@pytest.fixture
async def channel(models_dir) -> AsyncIterator[grpc.aio.Channel]:
    async with in_process_server(lambda server: register(server, ServedModels(models_dir))) as opened:
        yield opened


@pytest.fixture
def stub(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


def _request(version=None, **inputs):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = NAME
    if version is not None:
        request.model_spec.version.value = version
    values = {"x": np.ones((3, 2), np.float32), "y": np.arange(3, dtype=np.int32), **inputs}
    for name, value in values.items():
        if value is not None:
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return request


async def _error(call) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def test_predict_serves_the_newest_version(stub):
    response = await stub.Predict(_request())
    assert (response.model_spec.name, response.model_spec.version.value) == (NAME, 12)
    assert response.model_spec.signature_name == "serving_default"
    np.testing.assert_array_equal(tf.make_ndarray(response.outputs["product"]), np.full((3, 2), 3.0))
    assert set(response.outputs) == {"product", "whole"}


async def test_predict_serves_the_version_asked_for(stub):
    response = await stub.Predict(_request(version=1))
    assert response.model_spec.version.value == 1
    assert tf.make_ndarray(response.outputs["product"])[0, 0] == 2.0


async def test_outputs_can_be_filtered(stub):
    request = _request()
    request.output_filter.append("whole")
    assert list((await stub.Predict(request)).outputs) == ["whole"]
    request.output_filter.append("half")
    assert (await _error(stub.Predict(request))).code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_new_version_is_served_without_a_restart(stub, models_dir):
    assert (await stub.Predict(_request())).model_spec.version.value == 12
    _export(models_dir / NAME / "13", 5.0)
    response = await stub.Predict(_request())
    assert response.model_spec.version.value == 13
    (models_dir / NAME / "13" / "saved_model.pb").unlink()
    assert (await stub.Predict(_request())).model_spec.version.value == 12


@pytest.mark.parametrize(
    ("version", "details"),
    [
        (7, "Servable not found for request: Specific(twice, 7)"),
        (None, "Servable not found for request: Latest(thrice)"),
    ],
)
async def test_unknown_models_and_versions(stub, version, details):
    request = _request(version=version)
    if version is None:
        request.model_spec.name = "thrice"
    error = await _error(stub.Predict(request))
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, details)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"y": None}, "Missing but required: {y}"),
        ({"z": np.ones(1, np.float32)}, "Sent extra: {z}"),
        ({"x": np.ones((3, 4), np.float32)}, "Expected x of shape [-1, 2]"),
        ({"x": np.ones(3, np.float32)}, "Expected x of shape [-1, 2]"),
        ({"x": np.ones((3, 2))}, "Expected x to be float32, got float64"),
    ],
)
async def test_wrong_inputs(stub, inputs, text):
    error = await _error(stub.Predict(_request(**inputs)))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert text in error.details()


async def test_an_unreadable_tensor(stub):
    request = _request()
    request.inputs["x"].tensor_content = b"123"
    assert (await _error(stub.Predict(request))).code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_missing_name_an_unknown_signature_and_a_label(stub):
    request = _request()
    request.model_spec.name = ""
    assert (await _error(stub.Predict(request))).details().endswith("Model spec has no name specified.")
    request = _request()
    request.model_spec.signature_name = "other"
    error = await _error(stub.Predict(request))
    assert (error.code(), error.details()) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        'Serving signature key "other" not found.',
    )
    request = _request()
    request.model_spec.version_label = "stable"
    assert (await _error(stub.Predict(request))).code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_metadata_holds_the_signatures(stub):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = NAME
    response = await stub.GetModelMetadata(request)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert set(signatures.signature_def["serving_default"].inputs) == {"x", "y"}
    assert response.model_spec.version.value == 12


async def test_metadata_errors(stub):
    request = get_model_metadata_pb2.GetModelMetadataRequest()
    request.model_spec.name = NAME
    assert (await _error(stub.GetModelMetadata(request))).code() is grpc.StatusCode.INVALID_ARGUMENT
    request.metadata_field.append("weights")
    assert (await _error(stub.GetModelMetadata(request))).code() is grpc.StatusCode.INVALID_ARGUMENT
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "thrice"
    assert (await _error(stub.GetModelMetadata(request))).code() is grpc.StatusCode.NOT_FOUND


async def test_model_status(channel):
    stub = model_service_pb2_grpc.ModelServiceStub(channel)
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = NAME
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    statuses = (await stub.GetModelStatus(request)).model_version_status
    assert [(status.version, status.state) for status in statuses] == [(12, available), (1, available)]
    request.model_spec.version.value = 1
    assert [status.version for status in (await stub.GetModelStatus(request)).model_version_status] == [1]
    request.model_spec.version.value = 5
    error = await _error(stub.GetModelStatus(request))
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "Could not find version 5 of model twice")
    request.model_spec.name = "thrice"
    assert (await _error(stub.GetModelStatus(request))).code() is grpc.StatusCode.NOT_FOUND


@pytest.fixture
def listed(models_dir, tmp_path) -> Path:
    """A models folder with a list; tests write the list."""
    folder = tmp_path / "listed"
    folder.mkdir()
    for version in (1, 12):
        shutil.copytree(models_dir / NAME / str(version), folder / NAME / str(version))
    return folder


def _write_list(folder: Path, policy: str, name: str = NAME) -> None:
    entry = f"name: '{name}' base_path: '{folder / NAME}' model_platform: 'tensorflow' {policy}"
    (folder / "models.config").write_text(f"model_config_list {{ config {{ {entry} }} }}")


@pytest.mark.parametrize(
    ("policy", "versions"),
    [
        ("", [12]),
        ("model_version_policy { latest {} }", [12]),
        ("model_version_policy { latest { num_versions: 2 } }", [12, 1]),
        ("model_version_policy { all {} }", [12, 1]),
        ("model_version_policy { specific { versions: 1 } }", [1]),
        ("model_version_policy { specific { versions: 1 versions: 12 versions: 7 } }", [12, 1]),
    ],
)
async def test_version_policies(listed, policy, versions):
    _write_list(listed, policy)
    async with in_process_server(lambda server: register(server, ServedModels(listed))) as channel:
        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = NAME
        status = await model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(request)
        assert [found.version for found in status.model_version_status] == versions
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        assert (await stub.Predict(_request())).model_spec.version.value == versions[0]
        for version in {1, 12} - set(versions):
            error = await _error(stub.Predict(_request(version=version)))
            assert error.code() is grpc.StatusCode.NOT_FOUND


def _labelled_request(label: str):
    request = _request()
    request.model_spec.version_label = label
    return request


async def test_version_labels_follow_the_list(listed):
    labels = "model_version_policy { all {} } version_labels { key: 'promoted' value: %d }"
    _write_list(listed, labels % 1)
    async with in_process_server(lambda server: register(server, ServedModels(listed))) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        assert (await stub.Predict(_labelled_request("promoted"))).model_spec.version.value == 1
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        request.model_spec.CopyFrom(_labelled_request("promoted").model_spec)
        assert (await stub.GetModelMetadata(request)).model_spec.version.value == 1
        status = get_model_status_pb2.GetModelStatusRequest(model_spec=request.model_spec)
        found = (await model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(status)).model_version_status
        assert [entry.version for entry in found] == [1]
        _write_list(listed, labels % 12)
        assert (await stub.Predict(_labelled_request("promoted"))).model_spec.version.value == 12
        error = await _error(stub.Predict(_labelled_request("canary")))
        assert (error.code(), error.details().split(": ", 1)[1]) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "Unrecognized servable version label: canary",
        )
        _write_list(listed, labels % 7)
        assert (await _error(stub.Predict(_labelled_request("promoted")))).code() is grpc.StatusCode.NOT_FOUND


async def test_the_list_says_which_models_are_served(listed):
    _write_list(listed, "", name="renamed")
    models = ServedModels(listed)
    assert (models.versions(NAME), models.versions("renamed")) == ((), (12,))
    (listed / "models.config").write_text("model_config_list { oops")
    with structlog.testing.capture_logs() as logs:
        assert models.versions("renamed") == (12,)
        assert models.versions("renamed") == (12,)
    assert [entry["event"] for entry in logs] == ["the list of models cannot be read; the last one stays"]
    with pytest.raises(FailedPrecondition, match=r"models\.config cannot be read"):
        ServedModels(listed)


async def test_the_list_that_the_predictor_writes_is_followed(listed):
    write_serving_list(listed)
    models = ServedModels(listed)
    assert models.versions(NAME) == (12, 1)
    PromotionLog(listed / NAME).promote(1, Decision("anna", ""))
    write_serving_list(listed)
    assert models.labelled(NAME, "promoted") == 1


async def test_a_damaged_version_is_passed_over_and_its_status_says_why(listed):
    (listed / NAME / "20").mkdir()
    (listed / NAME / "20" / "saved_model.pb").write_bytes(b"no graph")
    async with in_process_server(lambda server: register(server, ServedModels(listed))) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        with structlog.testing.capture_logs():
            assert (await stub.Predict(_request())).model_spec.version.value == 12
            error = await _error(stub.Predict(_request(version=20)))
        assert (error.code(), error.details()) == (
            grpc.StatusCode.NOT_FOUND,
            "Servable not found for request: Specific(twice, 20)",
        )
        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = NAME
        found = (await model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(request)).model_version_status
        states = get_model_status_pb2.ModelVersionStatus
        assert [(entry.version, entry.state) for entry in found] == [
            (20, states.END),
            (12, states.AVAILABLE),
            (1, states.AVAILABLE),
        ]
        assert found[0].status.error_message


def _first(models: ServedModels, version: int | None) -> float:
    inputs = {"x": np.ones((1, 2), np.float32), "y": np.zeros(1, np.int32)}
    return float(models.get(NAME, version).run("serving_default", inputs)["product"][0, 0])


def test_a_folder_in_the_place_of_another_is_read_anew(listed):
    models = ServedModels(listed)
    assert _first(models, 12) == 3.0
    shutil.rmtree(listed / NAME / "12")
    with pytest.raises(NotFound):
        models.get(NAME, 12)
    _export(listed / NAME / "12", 7.0)
    assert _first(models, 12) == 7.0


def test_a_damaged_version_that_was_replaced_is_served(listed):
    (listed / NAME / "12" / "saved_model.pb").write_bytes(b"no graph")
    models = ServedModels(listed)
    with structlog.testing.capture_logs(), pytest.raises(NotFound):
        models.get(NAME, 12)
    assert models.statuses(NAME)[0].failure
    shutil.rmtree(listed / NAME / "12")
    _export(listed / NAME / "12", 7.0)
    assert models.statuses(NAME)[0].failure == ""
    assert _first(models, None) == 7.0


async def test_rpcs_that_are_not_served(stub, channel):
    status = model_service_pb2_grpc.ModelServiceStub(channel)
    calls = [
        stub.Classify(classification_pb2.ClassificationRequest()),
        stub.Regress(regression_pb2.RegressionRequest()),
        stub.MultiInference(inference_pb2.MultiInferenceRequest()),
        status.HandleReloadConfigRequest(model_management_pb2.ReloadConfigRequest()),
    ]
    for call in calls:
        assert (await _error(call)).code() is grpc.StatusCode.UNIMPLEMENTED


def test_polling_loads_the_newest_and_survives_a_damaged_version(tmp_path):
    _export(tmp_path / "good" / "3", 1.0)
    (tmp_path / "bad" / "1").mkdir(parents=True)
    (tmp_path / "bad" / "1" / "saved_model.pb").write_bytes(b"no graph")
    models = ServedModels(tmp_path)
    with structlog.testing.capture_logs() as logs:
        models.load_newest()
        models.load_newest()
    events = [(entry["event"], entry["model"]) for entry in logs]
    assert events == [("a model version cannot be loaded", "bad"), ("loaded", "good")]
    thread = models.poll(interval_seconds=0.01)
    models.close()
    thread.join(timeout=60)
    assert not thread.is_alive()


def test_a_models_folder_that_is_not_there_yet(tmp_path):
    models = ServedModels(tmp_path / "absent")
    models.load_newest()
    assert models.versions("x") == ()
