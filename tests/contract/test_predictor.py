"""Every RPC and every error of `officers.predictor.v1.PredictorService`, over real servers on loopback."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import numpy as np
import pyarrow as pa
import pytest
from google.rpc import error_details_pb2, status_pb2

from officers.area.v1 import area_pb2
from officers.predictor.v1 import predictor_pb2 as pb
from officers.predictor.v1 import predictor_pb2_grpc
from services.predictor import servicer, tf_serving
from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_store import AreaStore
from services.predictor.calls import SCHEMA
from services.predictor.model_client import PredictionServiceClient
from services.predictor.model_store import ModelStore
from services.predictor.predictor import Predictor
from services.predictor.served_models import ServedModels
from serving.artifacts import ArtifactStore
from serving.channel import open_blocking_channel
from serving.server import start_server
from serving.settings import ServiceSettings
from serving.testing import in_process_server
from tests.services.predictor.small_area import SmallArea, incident_rows, zipped

SPEC = pb.ModelSpec(
    closeness_frames=3,
    period_days=1,
    trend_weeks=1,
    residual_units=1,
    filters=2,
    output=pb.OUTPUT_KIND_POISSON,
    max_epochs=2,
    train_days=30,
    validation_days=5,
)
START = dt.datetime(2015, 3, 13, 12, tzinfo=dt.UTC)  # 08:00 local, the first day after training


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("predictor")


@pytest.fixture(scope="module")
def store(folder: Path) -> ArtifactStore:
    return ArtifactStore(str(folder / "artifacts"))


@pytest.fixture
async def stub(folder: Path, store: ArtifactStore) -> AsyncIterator[predictor_pb2_grpc.PredictorServiceStub]:
    """A predictor with its model server, both real servers."""
    models = ServedModels(folder / "models")
    running = await start_server(ServiceSettings(port=0), lambda server: tf_serving.register(server, models))
    async with _predictor(folder, store, f"127.0.0.1:{running.port}") as opened:
        yield opened
    await running.drain(0)


class _predictor:  # noqa: N801 - used as a function
    """An in-process predictor service that asks the model server at an address."""

    def __init__(self, folder: Path, store: ArtifactStore, address: str, timeout_seconds: float = 20.0) -> None:
        self._channel = open_blocking_channel(address)
        client = PredictionServiceClient(self._channel, timeout_seconds)
        areas = AreaStore(store, area_bytes, parse_area)
        predictor = Predictor(store, areas, ModelStore(folder / "models"), client)
        self._server = in_process_server(lambda server: servicer.register(server, predictor))

    async def __aenter__(self) -> predictor_pb2_grpc.PredictorServiceStub:
        return predictor_pb2_grpc.PredictorServiceStub(await self._server.__aenter__())

    async def __aexit__(self, *failure: object) -> None:
        await self._server.__aexit__(*failure)  # type: ignore[arg-type]
        self._channel.close()


@pytest.fixture(scope="module")
def source(store: ArtifactStore) -> str:
    return store.put(SmallArea().zipped())


@pytest.fixture
async def area(stub, source) -> str:
    return (await stub.ImportArea(pb.ImportAreaRequest(source_artifact=source))).area_artifact


@pytest.fixture
async def model(stub, area) -> pb.Model:
    return (await _train(stub, area))[-1].model


async def test_import_area_leaves_out_what_further_rules_say(stub, source, store, model):
    rule = area_pb2.LeaveOutRule(type="theft", to_date="2015-02-10", reason="To see what it changes.")
    answer = await stub.ImportArea(pb.ImportAreaRequest(source_artifact=source, further_rules=[rule]))
    (applied,) = answer.area.policy.rules
    assert (applied.type, applied.to_date, applied.reason) == (rule.type, rule.to_date, rule.reason)
    assert list(answer.report.policy.rules) == [applied]
    assert answer.report.rows_accepted == answer.report.rows_read - applied.record_count < answer.report.rows_read
    assert parse_area(store.get(answer.area_artifact)).policy.rules[0].type == "theft"
    error = await _error(stub.SampleScenarios(_sample(answer.area_artifact, model=model.name)))
    assert (error.code(), _reason(error)) == (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_DOES_NOT_FIT")


async def test_import_area_refuses_further_rules_that_make_no_sense(stub, source):
    async def fields(**rule):
        request = pb.ImportAreaRequest(source_artifact=source, further_rules=[area_pb2.LeaveOutRule(**rule)])
        return _fields(await _error(stub.ImportArea(request)))

    assert await fields(type="theft") == ["further_rules[0]"]
    assert await fields(type="arson", reason="r") == ["further_rules[0].type"]
    assert await fields(reported_by="officer", reason="r") == ["further_rules[0].reported_by"]
    assert await fields(from_date="2014-01-01", reason="r") == ["further_rules"]


async def test_import_area_warns_of_odd_records(stub, store):
    area = SmallArea()
    days = area.rows["time"].str[:10]
    area.rows.loc[days.isin(["2015-02-01", "2015-03-01"]), "time"] = "2015-02-01T00:00"
    area.rows = area.rows[~days.between("2015-02-10", "2015-02-24")]
    response = await stub.ImportArea(pb.ImportAreaRequest(source_artifact=store.put(area.zipped())))
    warnings = {warning.kind: warning for warning in response.report.warnings}
    silence = warnings[pb.RECORD_WARNING_KIND_NO_RECORDS]
    assert (silence.sector_id, silence.from_date, silence.to_date) == ("", "2015-02-10", "2015-02-24")
    assert silence.expected_count > 100 > silence.recorded_count
    assert pb.RECORD_WARNING_KIND_HEAP in warnings
    assert response.report.warning_count == len(response.report.warnings)


async def _train(stub, area, **changes):
    request = pb.TrainModelRequest(area_artifact=area, spec=SPEC, seed=1, allow_worse=True)
    request.MergeFrom(pb.TrainModelRequest(**changes))
    return [response async for response in stub.TrainModel(request)]


async def _error(call) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


def _fields(error) -> list[str]:
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    return [violation.field for violation in _detail(error, error_details_pb2.BadRequest()).field_violations]


def _reason(error) -> str:
    return _detail(error, error_details_pb2.ErrorInfo()).reason


def _detail(error, message):
    content = next(value for key, value in error.trailing_metadata() if key == "grpc-status-details-bin")
    for detail in status_pb2.Status.FromString(content).details:
        if detail.Unpack(message):
            return message
    raise AssertionError(f"no {message.DESCRIPTOR.name} in {error}")


def _sample(area, **changes):
    values = {"area_artifact": area, "start_time": START, "minutes": 720, "scenario_count": 20, "seed": 3, **changes}
    return pb.SampleScenariosRequest(**values)


async def test_import_area(stub, source, store):
    response = await stub.ImportArea(pb.ImportAreaRequest(source_artifact=source))
    assert area_pb2.Area.FromString(store.get(response.area_artifact)) == response.area
    assert [sector.id for sector in response.area.sectors] == ["A", "B", "C"]
    assert response.report.rows_accepted == response.report.rows_read == len(SmallArea().rows)
    again = await stub.ImportArea(pb.ImportAreaRequest(source_artifact=source))
    assert again == response


async def test_import_area_reports_rejections(stub, store):
    changed = SmallArea()
    changed.rows.loc[[4, 9], "latitude"] = 50.0
    source = store.put(changed.zipped())
    report = (await stub.ImportArea(pb.ImportAreaRequest(source_artifact=source))).report
    (rejection,) = report.rejections
    assert (rejection.field, rejection.reason) == ("latitude", "out of the area")
    assert (rejection.row_count, rejection.first_row) == (2, 5)
    lines = store.get(report.rejections_artifact).decode().splitlines()
    assert lines[:2] == ["row,field,value,reason", "5,latitude,50.0,out of the area"]


async def test_import_area_errors(stub, store):
    assert _fields(await _error(stub.ImportArea(pb.ImportAreaRequest()))) == ["source_artifact"]
    unknown = await _error(stub.ImportArea(pb.ImportAreaRequest(source_artifact="0" * 64)))
    assert unknown.code() is grpc.StatusCode.NOT_FOUND
    no_zip = pb.ImportAreaRequest(source_artifact=store.put(b"no zip"))
    assert _fields(await _error(stub.ImportArea(no_zip))) == ["source_artifact"]
    files = dict(SmallArea().files())
    files["incidents.csv"] = b"number,time,type,latitude,longitude\n"
    empty = pb.ImportAreaRequest(source_artifact=store.put(zipped(files)))
    assert _fields(await _error(stub.ImportArea(empty))) == ["incidents.file"]


async def test_train_model_streams_progress_and_ends_with_the_model(stub, area):
    responses = await _train(stub, area, seed=5)
    fractions = [response.progress.fraction for response in responses[:-1]]
    assert fractions == sorted(fractions)
    model = responses[-1].model
    assert model.name.startswith("models/small-town/versions/")
    assert model.trained_until_date == "2015-03-12"
    assert model.spec.output == pb.OUTPUT_KIND_POISSON
    metrics = {metric.name: metric.value for metric in model.metrics}
    deviance = "validation_mean_poisson_deviance"
    assert metrics[deviance] == metrics[f"{deviance}_st_resnet_poisson"]
    assert {f"{deviance}_separable", f"{deviance}_climatology"} <= set(metrics)


async def test_the_same_training_is_answered_by_the_same_version(stub, area, model):
    responses = await _train(stub, area)
    assert [response.model for response in responses] == [model]
    listed = await stub.ListModels(pb.ListModelsRequest(area_artifact=area))
    assert model in listed.models
    other = (await _train(stub, area, seed=5))[-1].model
    assert other.name != model.name


async def test_best_keeps_the_better_output(stub, area):
    model = (await _train(stub, area, spec=pb.ModelSpec(output=pb.OUTPUT_KIND_BEST, max_epochs=1)))[-1].model
    metrics = {metric.name: metric.value for metric in model.metrics}
    kinds = {"st_resnet_poisson": pb.OUTPUT_KIND_POISSON, "st_resnet": pb.OUTPUT_KIND_TANH}
    best = min(kinds, key=lambda name: metrics[f"validation_mean_poisson_deviance_{name}"])
    assert model.spec.output == kinds[best]


async def test_train_model_errors(stub, area):
    async def train(**values):
        return [response async for response in stub.TrainModel(pb.TrainModelRequest(**values))]

    assert _fields(await _error(train())) == ["area_artifact"]
    assert _fields(await _error(train(area_artifact=area, spec={"filters": 1000}))) == ["spec.filters"]
    assert _fields(await _error(train(area_artifact=area, spec={"output": 9}))) == ["spec.output"]
    assert (await _error(train(area_artifact="0" * 64))).code() is grpc.StatusCode.NOT_FOUND
    error = await _error(train(area_artifact=area, spec={"trend_weeks": 12}))
    assert (error.code(), _reason(error)) == (grpc.StatusCode.FAILED_PRECONDITION, "TOO_FEW_DAYS")


async def test_list_models(stub, area, model, store):
    every = (await stub.ListModels(pb.ListModelsRequest())).models
    assert model in every
    elsewhere = SmallArea()
    elsewhere.toml = elsewhere.toml.replace("Small Town", "Elsewhere")
    other = await stub.ImportArea(pb.ImportAreaRequest(source_artifact=store.put(elsewhere.zipped())))
    assert not (await stub.ListModels(pb.ListModelsRequest(area_artifact=other.area_artifact))).models
    error = await _error(stub.ListModels(pb.ListModelsRequest(area_artifact="0" * 64)))
    assert error.code() is grpc.StatusCode.NOT_FOUND


async def test_predict_intensity(stub, area, model):
    request = pb.PredictIntensityRequest(area_artifact=area, model=model.name, start_time=START, hours=12)
    response = await stub.PredictIntensity(request)
    assert (response.model, response.hour_count, response.grid) == (model.name, 12, model.grid)
    values = np.array(response.intensities).reshape(12, response.grid.row_count, response.grid.column_count)
    assert (values > 0).all()
    assert 3 < values.sum() < 20
    assert await stub.PredictIntensity(request) == response


async def test_predict_intensity_errors(stub, area, model):
    def request(**changes):
        values = {"area_artifact": area, "model": model.name, "start_time": START, "hours": 3, **changes}
        return stub.PredictIntensity(pb.PredictIntensityRequest(**values))

    assert _fields(await _error(request(hours=0))) == ["hours"]
    assert _fields(await _error(request(hours=169))) == ["hours"]
    assert _fields(await _error(request(start_time=None))) == ["start_time"]
    assert _fields(await _error(request(start_time=START + dt.timedelta(minutes=30)))) == ["start_time"]
    assert _fields(await _error(request(as_of_time=START + dt.timedelta(seconds=1)))) == ["as_of_time"]
    assert _fields(await _error(request(area_artifact=""))) == ["area_artifact"]
    unknown = await _error(request(model="models/small-town/versions/999"))
    assert unknown.code() is grpc.StatusCode.NOT_FOUND
    early = await _error(request(start_time=START - dt.timedelta(days=5)))
    assert (early.code(), _reason(early)) == (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_SAW_LATER_DAYS")
    unnamed = await _error(request(model="", start_time=START - dt.timedelta(days=500)))
    assert (unnamed.code(), _reason(unnamed)) == (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_SAW_LATER_DAYS")
    late = await _error(request(start_time=START + dt.timedelta(days=200)))
    assert (late.code(), _reason(late)) == (grpc.StatusCode.FAILED_PRECONDITION, "INCIDENTS_TOO_OLD")


async def test_no_trained_model(stub, store):
    elsewhere = SmallArea()
    elsewhere.toml = elsewhere.toml.replace("Small Town", "Untrained")
    source = pb.ImportAreaRequest(source_artifact=store.put(elsewhere.zipped()))
    area = (await stub.ImportArea(source)).area_artifact
    error = await _error(stub.SampleScenarios(_sample(area)))
    assert (error.code(), _reason(error)) == (grpc.StatusCode.FAILED_PRECONDITION, "NO_TRAINED_MODEL")


async def test_a_model_server_that_is_down_is_unavailable(folder, store, area, model):
    async with _predictor(folder, store, "127.0.0.1:9", timeout_seconds=1.0) as stub:
        error = await _error(stub.SampleScenarios(_sample(area, seed=99)))
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert _detail(error, error_details_pb2.RetryInfo()).retry_delay.ToMilliseconds() > 0


async def test_a_model_that_is_not_loaded_yet_is_unavailable(folder, store, area, model, tmp_path):
    models = ServedModels(tmp_path)
    running = await start_server(ServiceSettings(port=0), lambda server: tf_serving.register(server, models))
    async with _predictor(folder, store, f"127.0.0.1:{running.port}") as stub:
        error = await _error(stub.SampleScenarios(_sample(area, seed=98)))
    await running.drain(0)
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "has not loaded" in error.details()


async def test_sample_scenarios(stub, area, model, store):
    call_set = (await stub.SampleScenarios(_sample(area, model=model.name))).call_set
    assert (call_set.model, call_set.scenario_count, call_set.minutes) == (model.name, 20, 720)
    assert call_set.start_time.ToDatetime(tzinfo=dt.UTC) == START
    table = store.get_table(call_set.artifact)
    assert table.schema.remove_metadata().equals(SCHEMA)
    assert table.num_rows == call_set.call_count > 0
    assert (await stub.SampleScenarios(_sample(area, model=model.name))).call_set == call_set
    other = (await stub.SampleScenarios(_sample(area, model=model.name, seed=4))).call_set
    assert other.artifact != call_set.artifact


async def test_sample_scenarios_from_the_half_hour(stub, area, model):
    start_time = START + dt.timedelta(minutes=30)
    call_set = (await stub.SampleScenarios(_sample(area, model=model.name, start_time=start_time))).call_set
    assert call_set.call_count > 0


async def test_sample_scenarios_errors(stub, area, model):
    async def fields(**changes):
        return _fields(await _error(stub.SampleScenarios(_sample(area, **changes))))

    assert await fields(minutes=0) == ["minutes"]
    assert await fields(minutes=168 * 60 + 1) == ["minutes"]
    assert await fields(scenario_count=0) == ["scenario_count"]
    assert await fields(scenario_count=10_001) == ["scenario_count"]
    assert await fields(start_time=None) == ["start_time"]
    assert await fields(as_of_time=START + dt.timedelta(hours=1)) == ["as_of_time"]
    assert await fields(area_artifact="") == ["area_artifact"]


async def test_read_recorded_calls(stub, area, store):
    request = pb.ReadRecordedCallsRequest(area_artifact=area, start_time=START, minutes=720, seed=1)
    call_set = (await stub.ReadRecordedCalls(request)).call_set
    assert (call_set.model, call_set.scenario_count) == ("", 1)
    table = store.get_table(call_set.artifact)
    assert set(table.column("scenario").to_pylist()) == {0}
    assert table.schema.metadata[b"scenario_count"] == b"1"
    assert (await stub.ReadRecordedCalls(request)).call_set == call_set


async def test_read_recorded_calls_spreads_heaped_times_where_asked(stub, store):
    rows = incident_rows()
    heaped = rows.assign(time=rows["time"].where(rows.index % 2 == 0, rows["time"].str[:-2] + "00"))
    source = store.put(SmallArea(rows=heaped).zipped())
    area = (await stub.ImportArea(pb.ImportAreaRequest(source_artifact=source))).area_artifact

    async def on_the_hour(spreads: bool) -> int:
        request = pb.ReadRecordedCallsRequest(
            area_artifact=area, start_time=START, minutes=720, seed=1, spread_heaped_times=spreads
        )
        table = store.get_table((await stub.ReadRecordedCalls(request)).call_set.artifact)
        return int((table["minute"].to_numpy() % 60 == 0).sum())

    assert await on_the_hour(spreads=True) < await on_the_hour(spreads=False)


async def test_read_recorded_calls_errors(stub, area):
    def request(**changes):
        values = {"area_artifact": area, "start_time": START, "minutes": 720, **changes}
        return stub.ReadRecordedCalls(pb.ReadRecordedCallsRequest(**values))

    assert _fields(await _error(request(minutes=-1))) == ["minutes"]
    assert _fields(await _error(request(start_time=None))) == ["start_time"]
    error = await _error(request(start_time=START + dt.timedelta(days=400)))
    assert (error.code(), _reason(error)) == (grpc.StatusCode.FAILED_PRECONDITION, "NO_RECORDS")


async def test_stream_calls(stub, area, model, store):
    call_set = (await stub.SampleScenarios(_sample(area, scenario_count=4000))).call_set
    chunks = [chunk async for chunk in stub.StreamCalls(pb.StreamCallsRequest(artifact=call_set.artifact))]
    assert len(chunks) > 1
    table = store.get_table(call_set.artifact)
    for column, field in (("scenario", "scenarios"), ("minute", "minutes"), ("cars_required", "cars_required")):
        streamed = np.concatenate([np.array(getattr(chunk, field)) for chunk in chunks])
        np.testing.assert_array_equal(streamed, table.column(column).to_numpy())
    assert len({len(getattr(chunks[0], field.name)) for field in chunks[0].DESCRIPTOR.fields}) == 1


async def test_stream_calls_errors(stub, area, store):
    async def stream(artifact):
        return [chunk async for chunk in stub.StreamCalls(pb.StreamCallsRequest(artifact=artifact))]

    assert _fields(await _error(stream(""))) == ["artifact"]
    assert (await _error(stream("0" * 64))).code() is grpc.StatusCode.NOT_FOUND
    for wrong in (area, store.put_table(pa.table({"x": [1]}))):
        assert _fields(await _error(stream(wrong))) == ["artifact"]


async def test_evaluate_model(stub, area, model):
    request = pb.EvaluateModelRequest(
        area_artifact=area, model=model.name, from_date="2015-03-13", to_date="2015-03-19", seed=1
    )
    response = await stub.EvaluateModel(request)
    assert response.model == model.name
    assert [score.predictor for score in response.scores] == ["model", "separable", "climatology"]
    assert response.actual_count > 50
    for score in response.scores:
        windows = [(match.distance_m, match.minutes) for match in score.match_scores]
        assert windows == [(1000.0, 10.0), (2000.0, 10.0), (2000.0, 30.0), (2000.0, 60.0)]
        f1 = [match.f1 for match in score.match_scores]
        assert f1 == sorted(f1)
        assert 0 < f1[0] <= f1[-1] <= 1
        assert score.predicted_count == pytest.approx(response.actual_count, rel=0.4)
    unnamed = pb.EvaluateModelRequest(area_artifact=area, from_date="2015-03-13", to_date="2015-03-14")
    assert (await stub.EvaluateModel(unnamed)).model.startswith("models/small-town/")


async def test_evaluate_model_errors(stub, area, model):
    def request(**changes):
        values = {"area_artifact": area, "model": model.name, "from_date": "2015-03-13", "to_date": "2015-03-14"}
        return stub.EvaluateModel(pb.EvaluateModelRequest(**{**values, **changes}))

    assert _fields(await _error(request(from_date="2015-03-12"))) == ["from_date"]
    assert _fields(await _error(request(from_date="soon"))) == ["from_date"]
    assert _fields(await _error(request(to_date="2015-03-12"))) == ["to_date"]
    assert _fields(await _error(request(to_date="2015-12-31"))) == ["to_date"]
    assert (await _error(request(model="models/x/versions/1"))).code() is grpc.StatusCode.NOT_FOUND


async def test_a_deadline_that_is_past(stub, area):
    call = stub.PredictIntensity(
        pb.PredictIntensityRequest(area_artifact=area, start_time=START, hours=1), timeout=-1.0
    )
    assert (await _error(call)).code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_an_area_artifact_that_is_something_else(stub, store):
    error = await _error(stub.SampleScenarios(_sample(store.put(b"\xff\xff\xff"))))
    assert _fields(error) == ["area_artifact"]


async def test_stratified_scenarios_at_uniform_places(stub, area, model, store):
    plain = (await stub.SampleScenarios(_sample(area))).call_set
    options = {"sampling": pb.SCENARIO_SAMPLING_STRATIFIED, "placement": pb.CALL_PLACEMENT_UNIFORM}
    other = (await stub.SampleScenarios(_sample(area, **options))).call_set
    assert other.artifact != plain.artifact
    assert other.scenario_count == plain.scenario_count
    assert _fields(await _error(stub.SampleScenarios(_sample(area, sampling=9)))) == ["sampling"]
    assert _fields(await _error(stub.SampleScenarios(_sample(area, placement=9)))) == ["placement"]


async def test_predict_most_likely_set(stub, area, model):
    request = pb.PredictMostLikelySetRequest(area_artifact=area, start_time=START, hours=12)
    response = await stub.PredictMostLikelySet(request)
    assert response.model.startswith("models/small-town/")
    assert len(response.points) > 0
    assert 0 < response.expected_f1 <= 1
    minutes = [point.minute for point in response.points]
    assert minutes == sorted(minutes)
    assert all(0 < point.gain <= 1 for point in response.points)
    assert await stub.PredictMostLikelySet(request) == response


async def test_predict_most_likely_set_errors(stub, area, model):
    def ask(**changes):
        values = {"area_artifact": area, "start_time": START, "hours": 12, **changes}
        return stub.PredictMostLikelySet(pb.PredictMostLikelySetRequest(**values))

    assert _fields(await _error(ask(hours=0))) == ["hours"]
    assert _fields(await _error(ask(minutes=1))) == ["minutes"]
    assert _fields(await _error(ask(distance_m=1e6))) == ["distance_m"]


async def test_recorded_calls_beyond_the_last_record_are_noted(stub, area):
    def read(start):
        return stub.ReadRecordedCalls(pb.ReadRecordedCallsRequest(area_artifact=area, start_time=start, minutes=2880))

    assert not (await read(START)).notes
    late = dt.datetime(2015, 3, 21, 12, tzinfo=dt.UTC)
    assert "The last record" in (await read(late)).notes[0]


async def test_training_chooses_among_candidates(stub, area):
    spec = pb.ModelSpec(train_days=30, validation_days=5, closeness_frames=3, period_days=1, trend_weeks=1)
    spec.models.extend(["separable", "low_rank"])
    request = pb.TrainModelRequest(area_artifact=area, spec=spec, seed=1)
    model = [response async for response in stub.TrainModel(request)][-1].model
    metrics = {metric.name: metric.value for metric in model.metrics}
    prefix = "validation_mean_poisson_deviance_"
    deviances = {name.removeprefix(prefix): value for name, value in metrics.items() if name.startswith(prefix)}
    assert set(deviances) == {"separable", "climatology", "low_rank"}
    assert deviances[model.kind] == metrics["validation_mean_poisson_deviance"]
    assert model.incident_count > 100
    assert (model.trained_from_date, model.validated_from_date) == ("2015-02-11", "2015-03-08")
    assert model.limits
    assert model.libraries["tensorflow"]


async def test_a_model_that_is_not_better_is_refused(stub, area):
    request = pb.TrainModelRequest(area_artifact=area, spec=SPEC, seed=1)
    request.spec.output, request.spec.max_epochs = pb.OUTPUT_KIND_TANH, 1

    async def train():
        return [response async for response in stub.TrainModel(request)]

    error = await _error(train())
    assert (error.code(), _reason(error)) == (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_NOT_BETTER")
    request.allow_worse = True
    assert (await train())[-1].model.spec.output == pb.OUTPUT_KIND_TANH
    request.spec.models.append("separable")
    assert _fields(await _error(train())) == ["spec.output"]
    request.spec.output = pb.OUTPUT_KIND_UNSPECIFIED
    request.spec.models.append("oracle")
    assert _fields(await _error(train())) == ["spec.models[1]"]


async def test_the_promoted_version_is_used_and_labelled_until_it_is_rolled_back(stub, store):
    elsewhere = SmallArea()
    elsewhere.toml = elsewhere.toml.replace("Small Town", "Promoted Town")
    imported = await stub.ImportArea(pb.ImportAreaRequest(source_artifact=store.put(elsewhere.zipped())))
    area = imported.area_artifact
    spec = pb.ModelSpec(train_days=30, validation_days=5, trend_weeks=1, models=["separable"])

    async def train(seed):
        request = pb.TrainModelRequest(area_artifact=area, spec=spec, seed=seed)
        return [response async for response in stub.TrainModel(request)][-1].model

    first, second = await train(1), await train(2)

    async def used():
        request = pb.PredictIntensityRequest(area_artifact=area, start_time=START, hours=1)
        return (await stub.PredictIntensity(request)).model

    assert await used() == second.name
    promote = pb.PromoteModelRequest(model=first.name, decided_by="anna", reason="steady")
    promotion = (await stub.PromoteModel(promote)).promotion
    assert (promotion.action, promotion.model, promotion.replaced_model) == (
        pb.PROMOTION_ACTION_PROMOTE,
        first.name,
        "",
    )
    assert (promotion.decided_by, promotion.reason) == ("anna", "steady")
    assert await used() == first.name
    assert (await stub.PromoteModel(promote)).promotion == promotion
    await stub.PromoteModel(pb.PromoteModelRequest(model=second.name, decided_by="ben"))
    listed = (await stub.ListModels(pb.ListModelsRequest(area_artifact=area))).models
    assert {model.name: model.promoted for model in listed} == {first.name: False, second.name: True}
    assert [entry.decided_by for entry in listed[1].promotions] == ["anna", "ben"]
    back = await stub.RollBackModel(pb.RollBackModelRequest(model=second.name, decided_by="anna"))
    assert (back.promotion.action, back.promotion.model) == (pb.PROMOTION_ACTION_ROLL_BACK, first.name)
    assert await used() == first.name


async def test_promotion_errors(stub, model):
    unknown = "models/small-town/versions/999"
    for call, request in (
        (stub.PromoteModel, pb.PromoteModelRequest),
        (stub.RollBackModel, pb.RollBackModelRequest),
    ):
        assert _fields(await _error(call(request(model=model.name)))) == ["decided_by"]
        assert (await _error(call(request(model=unknown, decided_by="anna")))).code() is grpc.StatusCode.NOT_FOUND
    error = await _error(stub.RollBackModel(pb.RollBackModelRequest(model=model.name, decided_by="anna")))
    assert (error.code(), _reason(error)) == (grpc.StatusCode.FAILED_PRECONDITION, "NOT_PROMOTED")


async def test_check_drift(stub, area, model):
    response = await stub.CheckDrift(pb.CheckDriftRequest(area_artifact=area, model=model.name, weeks=3))
    assert response.model == model.name
    (week,) = response.weeks  # a week and a day are recorded after the training
    assert (week.from_date, week.to_date) == ("2015-03-14", "2015-03-20")
    assert week.recorded_count == response.recent.recorded_count > 50
    assert response.validation.from_date == "2015-03-08"
    assert response.recent.level / response.validation.level - 1 == pytest.approx(response.level_change)
    assert not response.alarms


async def test_check_drift_errors(stub, area, model):
    def check(**changes):
        values = {"area_artifact": area, "model": model.name, **changes}
        return stub.CheckDrift(pb.CheckDriftRequest(**values))

    assert _fields(await _error(check(area_artifact=""))) == ["area_artifact"]
    assert _fields(await _error(check(weeks=53))) == ["weeks"]
    assert _fields(await _error(check(level_threshold=-0.1))) == ["level_threshold"]
    assert _fields(await _error(check(deviance_threshold=float("nan")))) == ["deviance_threshold"]
    assert (await _error(check(model="models/x/versions/1"))).code() is grpc.StatusCode.NOT_FOUND


async def test_evaluate_beside_other_models_and_whole_shifts(stub, area, model):
    request = pb.EvaluateModelRequest(
        area_artifact=area,
        model=model.name,
        from_date="2015-03-13",
        to_date="2015-03-20",
        compared_models=["low_rank"],
        score_shifts=True,
    )
    response = await stub.EvaluateModel(request)
    assert [score.predictor for score in response.scores] == ["model", "separable", "climatology", "low_rank"]
    first, separable = response.scores[:2]
    assert [horizon.lead_hours for horizon in first.horizons] == [0, 12]
    assert first.horizons[0].actual_count == first.horizons[1].actual_count <= response.actual_count
    assert first.relative_deviance.low <= first.relative_deviance.value <= first.relative_deviance.high
    assert (separable.relative_deviance.value, separable.relative_deviance.low) == (0, 0)
    assert len(first.likely_match_scores) == len(first.self_match_scores) == 4
    assert {coverage.total for coverage in first.coverages} == {"sector hour", "sector shift", "hour", "shift", "day"}
    assert [group.name for group in first.sectors] == ["A", "B", "C"]
    assert sum(group.actual_count for group in first.types) == response.actual_count == sum(response.actual_by_day)
    assert sum(response.actual_by_cell) == response.actual_count
    assert len(first.predicted_by_cell) == response.grid.row_count * response.grid.column_count
    week = pb.EvaluateModelRequest(area_artifact=area, model=model.name, from_date="2015-03-13", to_date="2015-03-19")
    relative = (await stub.EvaluateModel(week)).scores[0].relative_deviance
    assert (relative.HasField("low"), relative.HasField("high")) == (False, False)
    unknown = pb.EvaluateModelRequest(area_artifact=area, from_date="2015-03-13", to_date="2015-03-14")
    unknown.compared_models.append("oracle")
    assert _fields(await _error(stub.EvaluateModel(unknown))) == ["compared_models[0]"]
