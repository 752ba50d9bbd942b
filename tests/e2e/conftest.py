import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cli.area_directory import pack_area
from cli.clients import Clients, connect
from cli.planning import import_area, train_model
from cli.stack import Stack, free_ports, running_stack
from officers.gateway.v1 import gateway_pb2 as gateway
from officers.predictor.v1 import predictor_pb2 as predictor

FIRST_DAY = date(2021, 1, 1)
TRAIN_DAYS = 420
DAYS = TRAIN_DAYS + 7
INCIDENTS_PER_DAY = 6
AREA_TOML = """\
name = "Fourfield"
time_zone = "America/New_York"
cell_size_degrees = 0.01
train_until = {train_until}
[incidents]
file = "incidents.csv"
columns = {{id = "id", time = "time", type = "type", latitude = "latitude", longitude = "longitude", sector = "sector"}}
time_format = "iso"
[shifts]
day = {{start = "08:00", hours = 4, cars = 6}}
"""


@pytest.fixture(scope="session")
def area_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented area of four sectors with a few thousand incidents, most of them in the south-west."""
    folder = tmp_path_factory.mktemp("fourfield")
    train_until = FIRST_DAY + timedelta(days=TRAIN_DAYS - 1)
    (folder / "area.toml").write_text(AREA_TOML.format(train_until=train_until.isoformat()))
    random = np.random.default_rng(5)
    with (folder / "incidents.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "time", "type", "latitude", "longitude", "sector"))
        for index in range(DAYS * INCIDENTS_PER_DAY):
            minute = int(random.triangular(0, 1000, 1440))
            time = datetime(2021, 1, 1) + timedelta(days=index // INCIDENTS_PER_DAY, minutes=minute)
            north, east = (random.beta(1.2, 2.0, 2) * 0.04).tolist()
            sector = f"{'N' if north > 0.02 else 'S'}{'E' if east > 0.02 else 'W'}"
            kind = "assault" if random.random() < 0.3 else "theft"
            writer.writerow((index, time.isoformat(), kind, f"{40.70 + north:.5f}", f"{-74.00 + east:.5f}", sector))
    return folder


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every service as a process of its own on loopback."""
    with running_stack(tmp_path_factory.mktemp("state"), free_ports()) as running:
        yield running


@pytest.fixture(scope="session")
def clients(stack: Stack) -> Iterator[Clients]:
    with connect(stack.addresses) as connected:
        yield connected


SMALL_MODEL = predictor.ModelSpec(
    closeness_frames=6, period_days=2, trend_weeks=1, residual_units=1, filters=4, max_epochs=2, train_days=120
)


@pytest.fixture(scope="session")
def trained_area(clients: Clients, area_folder: Path) -> gateway.AreaRecord:
    record = import_area(clients, "areas/fourfield", pack_area(area_folder))
    request = predictor.TrainModelRequest(area_artifact=record.area_artifact, spec=SMALL_MODEL, seed=1)
    train_model(clients, request, lambda *_: None)
    return record
