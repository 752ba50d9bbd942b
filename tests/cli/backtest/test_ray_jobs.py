"""The same jobs on Ray; a cluster of its own takes a minute and 2 GB, so that test runs where OFFICERS_TEST_RAY is
set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.backtest.jobs import JobFolder, run_jobs
from cli.failures import Failure, explain
from serving.errors import FailedPrecondition, Unavailable
from tests.cli.backtest.squares import Refused, count_traces, make_squares

BENCH = ["demand", "bench", "--area", ".", "--ray", "127.0.0.1:6379"]
WITHOUT_RAY = "import sys; sys.modules['ray'] = None; from cli.main import run; sys.exit(run(sys.argv[1:]))"


def ignore(_share: float, _message: str) -> None:
    pass


@pytest.mark.skipif("OFFICERS_TEST_RAY" not in os.environ, reason="OFFICERS_TEST_RAY is not set")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray", "ignore::FutureWarning:ray")
def test_jobs_run_on_ray_as_they_do_here(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from cli.backtest.ray_jobs import RayJobs

    (tmp_path / "traces").mkdir()
    (tmp_path / "gate").touch()
    jobs, kept, runner = make_squares(tmp_path), JobFolder(tmp_path / "jobs"), RayJobs("local")
    kept.keep(jobs[1], {"square": 1, "root": 1.0})
    found = run_jobs(jobs, kept, runner, ignore)
    assert found == [{"square": number**2, "root": number**0.5} for number in range(6)]
    assert count_traces(tmp_path) == [1, 0, 1, 1, 1, 1]
    with pytest.raises(FailedPrecondition) as caught:
        run_jobs([Refused(1)], kept, runner, ignore)
    assert explain(caught.value) == Failure("Error: There are no past calls for job 1.", exit_code=1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray", "ignore::FutureWarning:ray")
def test_no_cluster_is_told_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from cli.backtest.ray_jobs import RayJobs

    with pytest.raises(Unavailable, match=r"^There is no Ray cluster at 'nowhere': "):
        run_jobs([Refused(1)], JobFolder(tmp_path), RayJobs("nowhere"), ignore)


def test_without_the_extra_the_bench_says_so_before_it_draws_calls(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_RAY, *BENCH, "--state", str(tmp_path / "var")]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["Error: --ray: Expected the extra `ray` to be installed."]
    assert not (tmp_path / "var").exists()
