"""How long maps take through the embedded model server, on a made-up area of the size of Manhattan in 0.01 degrees."""

import io
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cli.stack import addresses_of, free_ports, running_stack
from services.predictor.area import Area
from services.predictor.area_import import import_area
from services.predictor.model_card import ModelCard
from services.predictor.model_client import PredictionServiceClient
from services.predictor.model_spec import ModelSpec
from services.predictor.model_store import ModelStore, model_name
from services.predictor.models import fit_member
from services.predictor.residual_network import FittedNetwork
from services.predictor.saved_model import write_saved_model
from services.predictor.training_set import TrainingSet, Watch, training_set
from serving.artifacts import ArtifactStore
from serving.channel import open_blocking_channel
from serving.work import never_stop

MODELS = ("low_rank", "log_linear", "boosted", "ensemble", "st_resnet_poisson")
SPEC = ModelSpec(max_epochs=1, train_days=150)
SINGLE_MAPS, BATCHES, HOURS_IN_BATCH = 200, 40, 24
TIMEOUT_SECONDS = 30.0
AREA_TOML = """
name = "Made-up Town"
time_zone = "America/New_York"
cell_size_degrees = 0.01
train_until = 2015-06-30
[incidents]
file = "incidents.csv"
"""


def measure() -> Iterator[dict[str, Any]]:
    """Serve each model from a process of its own, and ask for one map and for a day of maps at a time."""
    area, incidents = _area()
    training = training_set(area, incidents, SPEC, 1, area.train_until_date)
    for name in MODELS:
        network = fit_member(name, training, Watch(lambda _fraction, _message: None, never_stop))
        assert isinstance(network, FittedNetwork)  # all of them can be published
        with _served(area, name, network) as (client, card):
            for count, repeats in ((1, SINGLE_MAPS), (HOURS_IN_BATCH, BATCHES)):
                yield {
                    "benchmark": "serving",
                    "model": name,
                    "cells": area.grid.cell_count,
                    "maps": count,
                    **_milliseconds(client, card, training, count, repeats),
                }


def _area() -> tuple[Area, pd.DataFrame]:
    """Import 18 months of incidents, 2.7 an hour, on 14 × 18 cells."""
    generator = np.random.default_rng(1)
    number = 35_000
    minutes = np.sort(generator.integers(0, 546 * 24 * 60, number))
    latitude = 40.7 + 0.1799 * generator.beta(2, 3, number)
    longitude = -74.02 + 0.1399 * generator.beta(2, 2, number)
    table = pd.DataFrame(
        {
            "id": np.arange(number),
            "time": (pd.Timestamp("2014-01-01") + pd.to_timedelta(minutes, unit="min")).strftime("%Y-%m-%dT%H:%M"),
            "type": "call",
            "latitude": latitude,
            "longitude": longitude,
            "sector": np.where(latitude < 40.77, "south", "north"),
        }
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("area.toml", AREA_TOML)
        files.writestr("incidents.csv", table.to_csv(index=False))
    store = ArtifactStore("memory://serving-bench")
    area = import_area(archive.getvalue(), store).area
    return area, store.get_table(area.incidents_artifact).to_pandas()


@contextmanager
def _served(area: Area, name: str, network: FittedNetwork) -> Iterator[tuple[PredictionServiceClient, ModelCard]]:
    """Publish a network and start a model server over it."""
    card = ModelCard(
        model=model_name(area.name),
        version=0,
        area_name=area.name,
        area_artifact="",
        spec=SPEC,
        seed=1,
        trained_until_date=area.train_until_date,
        metrics=(),
        create_time=datetime.now(UTC),
        grid=area.grid,
        request_key=name,
        inputs=network.input_names,
        kind=name,
    )
    ports = free_ports()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        published = ModelStore(state / "models").publish(card, partial(write_saved_model, network))
        with (
            running_stack(state, ports, ("model_server",)),
            open_blocking_channel(addresses_of(ports).model_server) as channel,
        ):
            yield PredictionServiceClient(channel, TIMEOUT_SECONDS), published


def _milliseconds(
    client: PredictionServiceClient, card: ModelCard, training: TrainingSet, count: int, repeats: int
) -> dict[str, float]:
    """Time requests for so many maps; the first ones, which trace the graph, do not count."""
    inputs = training.reader.read(training.frames, training.validation_frames[:count])
    for _ in range(3):
        client.predict(card, inputs)
    seconds = np.empty(repeats)
    for repeat in range(repeats):
        started = time.perf_counter()
        client.predict(card, inputs)
        seconds[repeat] = time.perf_counter() - started
    return {f"p{share}_ms": round(1e3 * float(np.quantile(seconds, share / 100)), 2) for share in (50, 95)}
