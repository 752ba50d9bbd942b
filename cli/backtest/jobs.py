"""Jobs, the folder that keeps their results, and how they are run."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

Result = dict[str, Any]
"""What a job comes to, as JSON can hold it."""


class Job(Protocol):
    """A frozen dataclass that says what to compute; equal jobs have equal results, wherever they run."""

    def run(self) -> Result:
        """Compute the result."""
        ...


class JobRunner(Protocol):
    """Somewhere to run jobs."""

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        """Yield the position and result of every job as it ends."""
        ...


def job_key(job: Job) -> str:
    """Name a job by its kind and everything that its result depends on."""
    parts = json.dumps(asdict(job), sort_keys=True, default=str)  # type: ignore[call-overload]
    digest = hashlib.sha256(f"{type(job).__module__}.{type(job).__name__}{parts}".encode()).hexdigest()
    return f"{type(job).__name__}-{digest[:24]}"


def code_stamp(*folders: Path) -> str:
    """Name the state of the code in folders: results of other code are not taken for its own."""
    digest = hashlib.sha256()
    for file in sorted(file for folder in folders for file in folder.rglob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class JobFolder:
    """A folder of finished results; a run that was killed goes on where it was."""

    folder: Path

    def read(self, job: Job) -> Result | None:
        """Return the result of a job that was finished before; None too where a crash left only a part of it."""
        try:
            result: Result = json.loads(self._file(job).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return result

    def keep(self, job: Job, result: Result) -> None:
        """Keep a result; the file is there in full or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._file(job).with_suffix(".unfinished")
        unfinished.write_text(json.dumps(result), encoding="utf-8")
        unfinished.replace(self._file(job))

    def _file(self, job: Job) -> Path:
        return self.folder / f"{job_key(job)}.json"


def run_jobs(
    jobs: Sequence[Job], folder: JobFolder, runner: JobRunner, report: Callable[[float, str], None]
) -> list[Result]:
    """Return the results of all jobs in their order; those finished before are not run again."""
    results = [folder.read(job) for job in jobs]
    missing = [position for position, result in enumerate(results) if result is None]
    done = len(jobs) - len(missing)
    for number, result in runner.run([jobs[position] for position in missing]) if missing else ():
        position = missing[number]
        folder.keep(jobs[position], result)
        results[position] = result
        done += 1
        report(done / len(jobs), f"{done} of {len(jobs)}")
    return [result for result in results if result is not None]
