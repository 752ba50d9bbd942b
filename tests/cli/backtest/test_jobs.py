from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cli.backtest.jobs import Job, JobFolder, Result, code_stamp, job_key, run_jobs
from tests.cli.backtest.squares import Refused, Square


def ignore(_share: float, _message: str) -> None:
    pass


class Backwards:
    """Runs jobs here, the last one first, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[Job] = []

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        self.given = list(jobs)
        for number in reversed(range(len(jobs))):
            yield number, jobs[number].run()


@pytest.fixture
def jobs(tmp_path: Path) -> list[Square]:
    (tmp_path / "traces").mkdir()
    return [Square(number, tmp_path / "traces") for number in range(4)]


@pytest.fixture
def kept(tmp_path: Path) -> JobFolder:
    return JobFolder(tmp_path / "jobs")


def test_results_are_in_the_order_of_the_jobs(jobs: list[Square], kept: JobFolder) -> None:
    told: list[tuple[float, str]] = []
    found = run_jobs(jobs, kept, Backwards(), lambda share, message: told.append((share, message)))
    assert [result["square"] for result in found] == [0, 1, 4, 9]
    assert told == [(0.25, "1 of 4"), (0.5, "2 of 4"), (0.75, "3 of 4"), (1.0, "4 of 4")]


def test_finished_jobs_are_not_run_again(jobs: list[Square], kept: JobFolder) -> None:
    before = run_jobs(jobs[1:3], kept, Backwards(), ignore)
    runner = Backwards()
    found = run_jobs(jobs, kept, runner, ignore)
    assert runner.given == [jobs[0], jobs[3]]
    assert found[1:3] == before
    assert [result["square"] for result in found] == [0, 1, 4, 9]
    nothing = Backwards()
    assert run_jobs(jobs, kept, nothing, ignore) == found
    assert nothing.given == []


def break_off(file: Path) -> None:
    """Leave what a kill leaves while the file is written."""
    file.rename(file.with_suffix(".unfinished"))


def cut(file: Path) -> None:
    """Leave what a crash of the machine may leave."""
    file.write_text(file.read_text()[:7])


def empty(file: Path) -> None:
    file.write_text("")


@pytest.mark.parametrize("damage", [break_off, cut, empty])
def test_half_a_result_is_none(jobs: list[Square], kept: JobFolder, damage: Callable[[Path], None]) -> None:
    whole = run_jobs(jobs, kept, Backwards(), ignore)
    damage(kept.folder / f"{job_key(jobs[2])}.json")
    assert kept.read(jobs[2]) is None
    runner = Backwards()
    assert run_jobs(jobs, kept, runner, ignore) == whole
    assert runner.given == [jobs[2]]
    assert not list(kept.folder.glob("*.unfinished"))


def test_jobs_before_one_that_fails_are_kept(jobs: list[Square], kept: JobFolder) -> None:
    refused = Refused(1)
    with pytest.raises(type(refused.error), match="no past calls for job 1"):
        run_jobs([refused, *jobs[:2]], kept, Backwards(), ignore)
    assert [kept.read(job) is None for job in (refused, *jobs)] == [True, False, False, True, True]


def test_a_key_holds_all_that_a_result_depends_on(jobs: list[Square]) -> None:
    one = jobs[0]
    assert job_key(one) == job_key(replace(one))
    others = [jobs[1], replace(one, gate=one.traces), replace(one, traces=one.traces / "other"), Refused(0)]
    assert len({job_key(job) for job in (one, *others)}) == 5


def test_other_code_has_another_stamp(tmp_path: Path) -> None:
    file = tmp_path / "package" / "module.py"
    file.parent.mkdir()
    file.write_text("one = 1\n")
    before = code_stamp(tmp_path)
    assert code_stamp(tmp_path) == before
    file.write_text("one = 2\n")
    assert code_stamp(tmp_path) != before
