"""Beasley's problems: the general annealer reaches the best known values. The files are to be maximised."""

import csv
from pathlib import Path

import numpy as np
import pytest

from services.scheduler.annealers.flip_tabu import Annealer
from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions, draw

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "qubo"


def load(name: str) -> Qubo:
    lines = [line.split() for line in (FOLDER / f"{name}.qubo").read_text().splitlines()]
    terms = np.array([line for line in lines if line and line[0] not in ("c", "p")], dtype=np.float64)
    places = terms[:, :2].astype(np.int64)
    return Qubo(int(places.max()) + 1, places[:, 0], places[:, 1], -terms[:, 2])


def best_known(name: str) -> float:
    family, number = name.split("_")
    with (FOLDER / "best_known.csv").open() as file:
        (row,) = (row for row in csv.DictReader(file) if row["family"] == family)
    return float(row["best_known_max(1..10)"].split(";")[int(number) - 1])


@pytest.mark.skipif(not FOLDER.exists(), reason="the problems lie beside the repository, at ../shared/data/qubo")
@pytest.mark.parametrize(
    ("name", "reads", "allowed"),
    [("bqp50_1", 20, 0.0), ("bqp100_1", 40, 0.0), ("bqp100_2", 40, 0.0), ("bqp250_1", 100, 0.0),
     ("bqp250_2", 100, 0.0), ("bqp500_1", 60, 5e-4), ("bqp1000_1", 40, 5e-4)],
)  # fmt: skip
def test_the_best_known_value_is_reached(name: str, reads: int, allowed: float) -> None:
    samples = draw(Annealer(), load(name), SampleOptions(reads, seed=1), Budget.of_seconds(120, lambda: False))
    assert -samples.energies[0] >= best_known(name) * (1 - allowed)
