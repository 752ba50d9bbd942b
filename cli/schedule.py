"""`officers schedule`: solve schedule problems in this process."""

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.limits import SEED
from cli.schedule_bench.command import bench
from serving.errors import InvalidArgument

if TYPE_CHECKING:
    from services.scheduler.problem import Problem
    from services.scheduler.reporter import SolveProgress
    from services.scheduler.solution import Schedule
    from services.scheduler.solve import Engine, SolveOptions
    from services.scheduler.trial_pool import TrialPool

FILE = click.Path(dir_okay=False, path_type=Path)
MOST_IN_FLIGHT = 64
"""Trials at schedulers at once, at most."""


@click.group()
def schedule() -> None:
    """Solve which car is in which sector in each period."""


@schedule.command()
@click.argument("problem_file", metavar="PROBLEM.json", type=FILE)
@click.option("--engine", default="auto", show_default=True, help="exact, qubo or auto.")
@click.option("--annealer", default="neal", show_default=True, help="Annealer of the QUBO engine.")
@click.option("--time-limit", "time_limit_seconds", type=float, default=60.0, show_default=True, help="Seconds.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything random.")
@click.option("--warm-start", is_flag=True, help="Anneal from the exact engine's schedule in place of anywhere.")
@click.option("--pool", "pool_address", help="gRPC target of running schedulers that anneal; else this process does.")
@click.option("--out", "schedule_file", metavar="SCHEDULE.json", type=FILE, help="Where to write the schedule.")
@click.option("--json", "as_json", is_flag=True, help="Print SCHEDULE.json instead of a summary.")
def solve(
    problem_file: Path,
    engine: str,
    annealer: str,
    time_limit_seconds: float,
    seed: int,
    warm_start: bool,
    pool_address: str | None,
    schedule_file: Path | None,
    as_json: bool,
) -> None:
    """Solve PROBLEM.json. Ctrl-C ends the search and keeps the best schedule so far."""
    from cli.files import prepare_files, write_file
    from services.scheduler.problem_json import read_problem, schedule_text
    from services.scheduler.solve import SolveOptions

    options = SolveOptions(
        _engine(engine), _known_annealer(annealer), _time_limit(time_limit_seconds), seed=seed, warm_start=warm_start
    )  # fmt: skip
    problem = read_problem(_content(problem_file))
    prepare_files({"--out": schedule_file})
    with _pool(pool_address) as pool:
        answer = _solve(problem, options, pool, quiet=as_json)
    text = schedule_text(answer)
    if schedule_file is not None:
        write_file(schedule_file, text)
    click.echo(text if as_json else _summary(answer), nl=not as_json)


schedule.add_command(bench)


@contextmanager
def _pool(address: str | None) -> Iterator["TrialPool | None"]:
    """Connect to running schedulers for the block; without an address the solve anneals on its own threads."""
    if address is None:
        yield None
        return
    from services.scheduler.replica_pool import ReplicaPool
    from serving.channel import open_blocking_channel

    with open_blocking_channel(address) as channel:
        yield ReplicaPool(channel, own_name="", most_in_flight=MOST_IN_FLIGHT)


def _solve(problem: "Problem", options: "SolveOptions", pool: "TrialPool | None", quiet: bool) -> "Schedule":
    from cli.progress import progress_bar
    from services.scheduler.solve import solve as solve_problem

    with progress_bar("Schedule", quiet) as report, _stopped_by_interrupt() as stopped:

        def emit(progress: "SolveProgress") -> None:
            report(progress.fraction, _progress_line(progress))

        return solve_problem(problem, options, stopped.is_set, emit, pool=pool)


@contextmanager
def _stopped_by_interrupt() -> Iterator[threading.Event]:
    """Turn Ctrl-C into an event for the block."""
    stopped = threading.Event()
    previous = signal.signal(signal.SIGINT, lambda _number, _frame: stopped.set())
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, previous)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidArgument(str(file), f"Expected a file that can be read: {error.strerror}.") from None


def _engine(name: str) -> "Engine":
    from services.scheduler.solve import Engine

    engines = {engine.value: engine for engine in Engine}
    if name not in engines:
        raise InvalidArgument("--engine", f"Expected one of {', '.join(sorted(engines))}, got {name!r}.")
    return engines[name]


def _known_annealer(name: str) -> str:
    from services.scheduler.annealers import load_annealer, provide
    from services.scheduler.digital_annealer_settings import DigitalAnnealerSettings
    from serving.settings import read_settings

    provide("digital_annealer", read_settings(DigitalAnnealerSettings))
    load_annealer(name, "--annealer")
    return name


def _time_limit(seconds: float) -> float:
    if not math.isfinite(seconds) or seconds <= 0:
        raise InvalidArgument("--time-limit", f"Expected a positive number of seconds, got {seconds:g}.")
    return seconds


def _progress_line(progress: "SolveProgress") -> str:
    best = "" if progress.incumbent is None else f", best {progress.incumbent:.1f}"
    gap = "" if progress.gap is None else f", gap {progress.gap:.2%}"
    return f"{progress.message}{best}{gap}"


def _summary(answer: "Schedule") -> str:
    gap = "" if answer.gap is None else f", gap {answer.gap:.2%}"
    found_by = answer.engine if not answer.annealer else f"{answer.engine} with {answer.annealer}"
    lines = [f"{answer.status.value} by {found_by} in {answer.wall_seconds:.2f} s{gap}"]
    lines += [f"  {line}" for line in answer.explanation]
    lines += [f"  {clash.rule}: {clash.description}" for clash in answer.infeasible_rules]
    return "\n".join(lines)
