"""Runs a bench: draws and records calls, computes plans and rosters as jobs, replays, prints."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

import services.demand
from cli.backtest.jobs import Job, JobFolder, JobRunner, Result, code_stamp, run_jobs
from cli.backtest.local_jobs import LocalJobs
from cli.demand_bench.crews import PLANNED, PRESENT, CrewsStudy
from cli.demand_bench.data import OpenData, open_data
from cli.demand_bench.location import (
    BASELINES,
    PLAN,
    LocationStudy,
    Pasts,
    best_baseline,
    kinds_of_shifts,
    parts_of_the_week,
)
from cli.demand_bench.online import MOVED, measure_moves
from cli.demand_bench.report import (
    Check,
    Study,
    checks_table,
    fewer_failures,
    no_more_failures,
    not_worse,
    speed_checks,
    study_figures,
    study_table,
)
from cli.demand_bench.source import SourceOptions, prepare_data
from cli.demand_bench.speed import measure_speed
from cli.demand_bench.steady import steady_jobs
from cli.demand_bench.timeline import change, measure, relative_change
from cli.progress import progress_bar
from cli.terminal import show
from services.demand.intervals import Interval
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules, Territory
from services.demand.simulator.simulate import Outcome
from serving.errors import InvalidArgument

CODE = (Path(__file__).parent, Path(services.demand.__file__).parent)


@dataclass(frozen=True)
class BenchOptions:
    """What to compare, as given on the command line."""

    source: SourceOptions
    cars: int
    territory_cars: int
    fewer_cars: int
    block_minutes: int
    studies: tuple[str, ...]


@dataclass(frozen=True)
class _Bench:
    """A bench at work."""

    options: BenchOptions
    opened: OpenData
    case: DispatchCase
    folder: JobFolder
    runner: JobRunner
    quiet: bool

    @property
    def seed(self) -> int:
        return self.options.source.seed

    @property
    def copies(self) -> int:
        return self.options.source.copies

    def compute(self, title: str, jobs: Sequence[Job]) -> list[Result]:
        """Compute jobs, or read what an earlier run has computed."""
        with progress_bar(title, self.quiet) as report:
            return run_jobs(jobs, self.folder, self.runner, report)


def run_bench(options: BenchOptions, work: Path | None, processes: int, ray_address: str, as_json: bool) -> None:
    """Compare deployments on recorded calls and print the figures.

    Raises
    ------
    InvalidArgument
        An option or the area directory cannot be used.
    """
    runner = _runner(processes, ray_address)
    with _folder(work) as folder:
        with progress_bar("Drawing and recording calls", as_json) as report:
            data = prepare_data(options.source, folder, report, as_json)
        opened = open_data(data)
        jobs = JobFolder(folder / "jobs" / code_stamp(*CODE))
        bench = _Bench(options, opened, opened.timeline(past=False), jobs, runner, as_json)
        studies, checks = _run_studies(bench)
    if as_json:
        figures = [study_figures(study, bench.copies, bench.seed) for study in studies]
        click.echo(json.dumps({"studies": figures, "checks": [asdict(check) for check in checks]}, allow_nan=False))
        return
    for study in studies:
        show(study_table(study, bench.copies, bench.seed))
    show(checks_table(checks))


def _run_studies(bench: _Bench) -> tuple[list[Study], list[Check]]:
    studies: list[Study] = []
    checks: list[Check] = []
    run = {"location": _location, "crews": _crews, "online": _online, "steady": _steady, "speed": _speed}
    for name in bench.options.studies:
        found, checked = run[name](bench)
        studies += found
        checks += checked
    return studies, checks


def _location_studies(options: BenchOptions) -> tuple[LocationStudy, LocationStudy]:
    whole, kept = DispatchRules(), DispatchRules(Territory.ADJACENT_ONLY)
    block, seed = options.block_minutes, options.source.seed
    return (
        LocationStudy(f"Location, whole area, {options.cars} cars", whole, options.cars, block, seed),
        LocationStudy(
            f"Location, own and adjacent only, {options.territory_cars} cars", kept, options.territory_cars, block, seed
        ),
    )


def _location(bench: _Bench) -> tuple[list[Study], list[Check]]:
    studies, checks = [], []
    for study, least in zip(_location_studies(bench.options), (0.05, 0.15), strict=True):
        data = bench.opened.data
        past = bench.compute(f"{study.title}: past", study.past_jobs(data, varies=False))
        varied = bench.compute(f"{study.title}: varied past", study.past_jobs(data, varies=True))
        plans = bench.compute(f"{study.title}: plans", study.plan_jobs(data, varied))
        outcomes = study.outcomes(bench.opened, bench.case, Pasts(past, varied), plans)
        measured = {name: measure(bench.case, outcome) for name, outcome in outcomes.items()}
        layings = study.laying_failures(bench.opened, Pasts(past, varied), plans)
        shown = Study(study.title, measured, best_baseline(measured), layings)
        studies.append(shown)
        checks.append(fewer_failures(shown, PLAN, least, bench.copies, bench.seed, study.title))
        checks += _parts(bench, study, outcomes)
    return studies, checks


def _parts(bench: _Bench, study: LocationStudy, outcomes: dict[str, Outcome]) -> list[Check]:
    """Compare the plan with the best simple rule by day, by night and at weekends."""
    checks = []
    for part, chosen in parts_of_the_week(bench.case, bench.opened.data.start).items():
        by_name = {name: measure(bench.case, outcome, chosen) for name, outcome in outcomes.items()}
        best = min(BASELINES, key=lambda name: by_name[name].failure_rate)
        found = change(by_name[PLAN], by_name[best], bench.copies, bench.seed)
        checks.append(not_worse(f"{study.title}, {part}, against {best}", found))
    return checks


def _crews(bench: _Bench) -> tuple[list[Study], list[Check]]:
    options = bench.options
    study = CrewsStudy(tuple(kinds_of_shifts(bench.opened.data)), options.cars, options.fewer_cars, bench.seed)
    rosters = bench.compute("Crews", study.jobs(bench.opened.data))
    shown = Study(
        f"Crews, whole area, {options.cars} cars a shift",
        study.measure(bench.case, rosters),
        f"{PRESENT}, first come",
    )
    fewer = next(name for name in shown.measured if name.endswith(f"({options.fewer_cars})"))
    kept = change(shown.measured[fewer], shown.measured[shown.reference], bench.copies, bench.seed)
    return [shown], [
        fewer_failures(shown, f"{PLANNED}, first come", 0.5, bench.copies, bench.seed, "Staffing and location"),
        fewer_failures(shown, f"{PLANNED}, urgent first", 0.6, bench.copies, bench.seed, "the same, urgent first"),
        no_more_failures(f"with {options.fewer_cars} cars", kept),
    ]


def _online(bench: _Bench) -> tuple[list[Study], list[Check]]:
    _, study = _location_studies(bench.options)
    past = bench.compute(f"{study.title}: past", study.past_jobs(bench.opened.data, varies=False))
    still = study.still_shifts(bench.opened, past)
    measured = {name: study.measure_still(bench.case, shifts) for name, shifts in still.items()}
    best = best_baseline(measured)
    moved = measure_moves(bench.opened, bench.case, still[best], study.rules)
    measured |= {f"{best}, {name}": each for name, each in moved.items()}
    shown = Study(f"Moves of free cars, own and adjacent only, {study.cars} cars", measured, best)
    check = fewer_failures(shown, f"{best}, {MOVED}", 0.5, bench.copies, bench.seed, "Online re-stationing")
    return [shown], [check]


def _steady(bench: _Bench) -> tuple[list[Study], list[Check]]:
    jobs = list(steady_jobs(bench.opened.data, bench.options.cars, bench.options.block_minutes, bench.seed))
    results = bench.compute("Even demand and a single sector", jobs)
    by_kind: dict[str, list[Result]] = {}
    for job, result in zip(jobs, results, strict=True):
        by_kind.setdefault(job.kind, []).append(result)
    return [], [not_worse(kind, _joint_change(found, bench.seed)) for kind, found in by_kind.items()]


def _joint_change(results: Sequence[Result], seed: int) -> Interval:
    plan, still = (np.concatenate([result[name] for result in results]) for name in ("plan", "still"))
    return relative_change(plan, still, seed)


def _speed(bench: _Bench) -> tuple[list[Study], list[Check]]:
    options = bench.options
    return [], speed_checks(list(measure_speed(bench.opened, options.cars, options.block_minutes, bench.seed)))


def _runner(processes: int, ray_address: str) -> JobRunner:
    if not ray_address:
        return LocalJobs(processes)
    try:
        from cli.backtest.ray_jobs import RayJobs
    except ImportError:
        raise InvalidArgument("--ray", "Expected the extra `ray` to be installed.") from None
    return RayJobs(ray_address)


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is not None:
        yield work
        return
    with tempfile.TemporaryDirectory(prefix="officers-bench-") as name:
        yield Path(name)
