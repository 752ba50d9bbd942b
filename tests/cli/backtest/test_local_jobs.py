import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.backtest.jobs import JobFolder, run_jobs
from cli.backtest.local_jobs import LocalJobs
from cli.failures import Failure, explain
from serving.errors import FailedPrecondition
from tests.cli.backtest import squares
from tests.cli.backtest.squares import Refused, Square, count_traces, run_squares

SQUARES = [{"square": number**2, "root": number**0.5} for number in range(6)]


def ignore(_share: float, _message: str) -> None:
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "traces").mkdir()
    (tmp_path / "gate").touch()
    return tmp_path


@pytest.mark.parametrize("process_count", [1, 2])
def test_results_do_not_depend_on_the_number_of_processes(folder: Path, process_count: int) -> None:
    assert run_squares(folder, process_count) == SQUARES
    assert count_traces(folder) == [1] * 6


@pytest.mark.parametrize("process_count", [1, 2])
def test_a_run_that_was_killed_goes_on_from_its_finished_jobs(folder: Path, process_count: int) -> None:
    gate = folder / "gate"
    gate.unlink()
    os.mkfifo(gate)
    program = f"from pathlib import Path; from {squares.__name__} import run_squares as run; "
    command = [sys.executable, "-c", f"{program} run(Path({str(folder)!r}), {process_count})"]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert [child.stdout.readline() for _ in range(3)] == ["1 of 6\n", "2 of 6\n", "3 of 6\n"]
        child.send_signal(signal.SIGKILL)
        assert child.communicate(timeout=120)[0] == ""  # the end of its output: no process of it is left
    begun = count_traces(folder)
    assert begun[:3] == [1, 1, 1]
    gate.unlink()
    gate.touch()
    assert run_squares(folder, process_count) == SQUARES
    assert count_traces(folder) == [1, 1, 1] + [before + 1 for before in begun[3:]]


@pytest.mark.parametrize("process_count", [1, 2])
def test_the_error_of_a_job_is_told_in_one_line(folder: Path, process_count: int) -> None:
    jobs = [Square(0, folder / "traces"), Refused(1)]
    with pytest.raises(FailedPrecondition) as caught:
        run_jobs(jobs, JobFolder(folder / "jobs"), LocalJobs(process_count), ignore)
    assert caught.value.reason == "NO_PAST_CALLS"
    assert explain(caught.value) == Failure("Error: There are no past calls for job 1.", exit_code=1)
