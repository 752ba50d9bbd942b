"""Samples general binary quadratic problems, so that other teams can use the annealers too."""

import time
from dataclasses import dataclass

import numpy as np

from services.scheduler.annealers import load_annealer
from services.scheduler.budget import Budget, Stop
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions, Samples, draw
from serving.errors import InvalidArgument

MOST_VARIABLES = 100_000
MOST_READS = 10_000
MOST_SWEEPS = 1_000_000
MOST_STATE_BYTES = 64 * 1024 * 1024
SEEDS = 2**31
"""Seeds of annealers are below this."""


@dataclass(frozen=True, eq=False)
class SamplingOrder:
    """What to sample and how; `num_sweeps` 0 is the annealer's default."""

    qubo: Qubo
    annealer: str
    num_reads: int
    num_sweeps: int
    seed: int
    time_limit_seconds: float


@dataclass(frozen=True, eq=False)
class Sampling:
    """What was drawn, by which annealer and seed, in how many seconds."""

    samples: Samples
    annealer: str
    seed: int
    wall_seconds: float


def sample_qubo(order: SamplingOrder, stop: Stop) -> Sampling:
    """Sample a problem within its time limit.

    Raises
    ------
    InvalidArgument
        The problem or the numbers make no sense, or there is no such annealer.
    """
    begin = time.monotonic()
    faults = [*_qubo_faults(order.qubo), *_number_faults(order)]
    if faults:
        raise InvalidArgument.of(faults)
    annealer = load_annealer(order.annealer)
    options = SampleOptions(order.num_reads, order.num_sweeps, order.seed % SEEDS)
    samples = draw(annealer, order.qubo, options, Budget.of_seconds(order.time_limit_seconds, stop))
    return Sampling(samples, order.annealer, order.seed, time.monotonic() - begin)


def _qubo_faults(qubo: Qubo) -> list[tuple[str, str]]:
    faults = []
    if not 1 <= qubo.variable_count <= MOST_VARIABLES:
        faults.append(("qubo.variable_count", f"Expected 1 to {MOST_VARIABLES}, got {qubo.variable_count}."))
    terms = len(qubo.coefficients)
    for name, indices in (("rows", qubo.rows), ("columns", qubo.columns)):
        if len(indices) != terms:
            faults.append((f"qubo.{name}", f"Expected {terms} entries, one per coefficient, got {len(indices)}."))
        for place in np.flatnonzero((indices < 0) | (indices >= qubo.variable_count))[:1]:
            allowed = f"Expected a variable from 0 to {qubo.variable_count - 1}"
            faults.append((f"qubo.{name}[{place}]", f"{allowed}, got {indices[place]}."))
    for place in np.flatnonzero(~np.isfinite(qubo.coefficients))[:1]:
        faults.append((f"qubo.coefficients[{place}]", f"Expected a finite number, got {qubo.coefficients[place]}."))
    if not np.isfinite(qubo.offset):
        faults.append(("qubo.offset", f"Expected a finite number, got {qubo.offset}."))
    return faults


def _number_faults(order: SamplingOrder) -> list[tuple[str, str]]:
    faults = []
    if not 1 <= order.num_reads <= MOST_READS:
        faults.append(("num_reads", f"Expected 1 to {MOST_READS}, got {order.num_reads}."))
    elif order.num_reads * order.qubo.variable_count > MOST_STATE_BYTES:
        faults.append(("num_reads", f"Expected at most {MOST_STATE_BYTES} bytes of states (reads times variables)."))
    if not 0 <= order.num_sweeps <= MOST_SWEEPS:
        faults.append(("num_sweeps", f"Expected 0 (the default) to {MOST_SWEEPS}, got {order.num_sweeps}."))
    return faults
