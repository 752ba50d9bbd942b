"""Runs the test suite: one pytest process per part, two at a time, the longest first.

OR-Tools, HiGHS and TensorFlow bring libraries that do not bear each other in one process, so the tests of a service run
apart from those of the others, as the services do.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
PROCESSES = 2
LONGEST_FIRST = ("e2e", "scheduler", "predictor", "gateway", "cli")
CONTRACT_OWNERS = {"model_server": "predictor", "gateway_http": "gateway"}


@dataclass(frozen=True)
class Part:
    """What one process runs."""

    name: str
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Result:
    """How a part went."""

    part: Part
    exit_code: int
    output: str
    seconds: float


def find_parts() -> Sequence[Part]:
    """Return one part per folder with tests; contract tests go with the service that they are about."""
    folders = {path.parent for path in TESTS.rglob("test_*.py")} - {TESTS / "contract"}
    tops = {next(f for f in (folder, *folder.parents) if f.parent in {TESTS, TESTS / "services"}) for folder in folders}
    contracts = {file: file.stem.removeprefix("test_") for file in (TESTS / "contract").glob("test_*.py")}
    owned = {file: CONTRACT_OWNERS.get(name, name) for file, name in contracts.items()}
    unknown = sorted(set(owned.values()) - {top.name for top in tops})
    if unknown:
        raise SystemExit(f"tests/contract: nothing is called {unknown[0]!r}; add it to CONTRACT_OWNERS.")
    parts = [Part(top.name, (top, *(file for file, owner in owned.items() if owner == top.name))) for top in tops]
    return sorted(parts, key=lambda part: (_rank(part.name), part.name))


def _rank(name: str) -> int:
    return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)


def run_parts(parts: Sequence[Part]) -> Iterator[Result]:
    """Run the parts and yield their results in the order given."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        yield from pool.map(_run, parts)


def _run(part: Part) -> Result:
    start = time.monotonic()
    command = [sys.executable, "-m", "pytest", *map(str, part.paths)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Result(part, done.returncode, done.stdout, time.monotonic() - start)


def main() -> int:
    """Run everything and return the exit code."""
    failed = []
    for result in run_parts(find_parts()):
        print(f"== {result.part.name} ({result.seconds:.0f} s)\n{result.output}", flush=True)
        if result.exit_code != 0:
            failed.append(result.part.name)
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
