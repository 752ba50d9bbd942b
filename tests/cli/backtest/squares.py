"""Jobs that leave a trace each time they are computed, and what runs them in a process that is to be killed."""

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import click

from cli.backtest.jobs import JobFolder, Result, run_jobs
from cli.backtest.local_jobs import LocalJobs
from serving.errors import FailedPrecondition


@dataclass(frozen=True)
class Square:
    """Squares a number once the gate can be read: a named pipe blocks until somebody writes, an empty file does not."""

    number: int
    traces: Path
    gate: Path | None = None

    def run(self) -> Result:
        (self.traces / f"{self.number}-{uuid4().hex}").touch()
        if self.gate is not None:
            self.gate.read_bytes()
        return {"square": self.number**2, "root": self.number**0.5}


@dataclass(frozen=True)
class Refused:
    """Ends with one of our errors."""

    number: int

    @property
    def error(self) -> FailedPrecondition:
        return FailedPrecondition("NO_PAST_CALLS", f"There are no past calls for job {self.number}.")

    def run(self) -> Result:
        raise self.error


def make_squares(folder: Path) -> list[Square]:
    """Six jobs, the first three of which need no gate."""
    traces, gate = folder / "traces", folder / "gate"
    return [Square(number, traces, gate if number > 2 else None) for number in range(6)]


def count_traces(folder: Path) -> list[int]:
    """How often each job was begun."""
    return [len(list((folder / "traces").glob(f"{number}-*"))) for number in range(6)]


def run_squares(folder: Path, process_count: int) -> list[Result]:
    """Run the jobs, with a line for each that is finished."""
    jobs, kept = make_squares(folder), JobFolder(folder / "jobs")
    return run_jobs(jobs, kept, LocalJobs(process_count), lambda _share, done: click.echo(done))
