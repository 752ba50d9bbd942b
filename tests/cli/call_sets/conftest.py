from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from cli.area_session import AreaSession
from officers.area.v1.area_pb2 import Area, Shift
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.artifacts import ArtifactStore

AREA = Area(
    name="Town",
    time_zone="America/New_York",
    train_until_date="2014-12-31",
    shifts=[Shift(name="night", start="20:00", hours=12, cars=3)],
)


def make_calls(minutes: list[list[float]], span: int = 720) -> pa.Table:
    """Calls at minutes of each scenario; a call's sector is its number."""
    counts = [len(each) for each in minutes]
    columns = {
        "scenario": pa.array(np.repeat(np.arange(len(minutes)), counts), pa.int32()),
        "minute": pa.array(np.concatenate([*minutes, []]), pa.float64()),
        "sector": pa.array(np.arange(sum(counts)), pa.int32()),
    }
    metadata = {b"scenario_count": str(len(minutes)).encode(), b"span_minutes": str(span).encode()}
    return pa.table(columns).replace_schema_metadata(metadata)


class FakePredictor:
    """Draws scenarios of two calls and records one call a day, at a minute that is the number of its reading."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store
        self.recorded: list[predictor.ReadRecordedCallsRequest] = []
        self.sampled: list[predictor.SampleScenariosRequest] = []

    def SampleScenarios(self, request: predictor.SampleScenariosRequest) -> predictor.SampleScenariosResponse:
        self.sampled.append(request)
        table = make_calls([[1.0 + number, 300.0] for number in range(request.scenario_count)], request.minutes)
        call_set = predictor.CallSet(artifact=self._store.put_table(table), call_count=table.num_rows)
        return predictor.SampleScenariosResponse(call_set=call_set)

    def ReadRecordedCalls(self, request: predictor.ReadRecordedCallsRequest) -> predictor.ReadRecordedCallsResponse:
        self.recorded.append(request)
        table = make_calls([[float(100 - len(self.recorded))]], request.minutes)
        call_set = predictor.CallSet(artifact=self._store.put_table(table), call_count=1)
        return predictor.ReadRecordedCallsResponse(call_set=call_set, notes=["The last record is of yesterday."])


@pytest.fixture
def session(tmp_path) -> AreaSession:
    store = ArtifactStore(str(tmp_path))
    clients = SimpleNamespace(predictor=FakePredictor(store))
    return AreaSession(clients, "a" * 64, AREA, store, "b" * 64)


@pytest.fixture
def calls_of() -> Callable[..., pa.Table]:
    return make_calls
