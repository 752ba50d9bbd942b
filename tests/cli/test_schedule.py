import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import run
from cli.schedule import schedule
from serving.errors import InvalidArgument

PROBLEM = {
    "sectors": ["A", "B"],
    "cars": [{"id": "C1", "startSector": "A"}, {"id": "C2", "startSector": "B"}],
    "periodMinutes": 60,
    "travelMinutes": [{"minutes": [0, 7.5]}, {"minutes": [8, 0]}],
    "demand": [{"cars": [1, 1]}, {"cars": [0, 2]}],
}


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(PROBLEM))
    return file


@pytest.mark.parametrize("engine", ["exact", "qubo", "auto"])
def test_a_schedule_is_written_and_summed_up(problem_file: Path, engine: str) -> None:
    out = problem_file.with_name("schedule.json")
    arguments = ["solve", str(problem_file), "--engine", engine, "--seed", "4", "--time-limit", "10", "--out", str(out)]
    result = CliRunner().invoke(schedule, arguments)
    assert result.exit_code == 0, result.output
    assert "Travel: 7.5 min in all" in result.stdout
    document = json.loads(out.read_text())
    assert (document["objective"], document["bestBound"], document["seed"]) == (7.5, 7.5, 4)
    assert document["status"] == "OPTIMAL"
    assert set(problem_file.parent.iterdir()) == {problem_file, out}


def test_json_is_the_only_thing_on_stdout(problem_file: Path) -> None:
    result = CliRunner().invoke(schedule, ["solve", str(problem_file), "--engine", "exact", "--json"])
    assert json.loads(result.stdout)["assignments"][0] == {"carId": "C1", "sectors": ["A", "B"]}


def test_infeasible_is_an_answer(problem_file: Path) -> None:
    bans = [{"carId": "C1", "period": 1, "sector": sector} for sector in "AB"]
    problem_file.write_text(json.dumps({**PROBLEM, "bans": bans}))
    result = CliRunner().invoke(schedule, ["solve", str(problem_file)])
    assert result.exit_code == 0
    assert result.stdout.startswith("INFEASIBLE")
    assert "bans: Car C1 must not be in A, B in period 1." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--engine", "magic"], "--engine: Expected one of auto, exact, qubo, got 'magic'."),
        (["--annealer", "magic"], "--annealer: Expected one of "),
        (["--time-limit", "0"], "--time-limit: Expected a positive number of seconds, got 0."),
        (["--time-limit", "nan"], "--time-limit: Expected a positive number of seconds, got nan."),
    ],
)
def test_bad_options_are_one_clear_line(
    problem_file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    out = problem_file.with_name("schedule.json")
    assert run(["schedule", "solve", str(problem_file), *arguments, "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.strip().splitlines()) == 1
    assert not out.exists()


def test_a_place_that_cannot_be_written_to_is_refused_before_the_solve(
    problem_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_arguments: object, **_options: object) -> None:
        pytest.fail("solved before --out was looked at")

    monkeypatch.setattr("services.scheduler.solve.solve", never)
    result = CliRunner().invoke(schedule, ["solve", str(problem_file), "--out", str(problem_file / "schedule.json")])
    assert isinstance(result.exception, InvalidArgument), result.output
    assert "--out: Expected a folder that can be written to" in str(result.exception)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "problem: Expected JSON"),
        (json.dumps({**PROBLEM, "sectorz": []}), 'no field named "sectorz"'),
        (json.dumps({**PROBLEM, "demand": [{"cars": [9, 0]}]}), "demand[0]: Expected at most 2 cars"),
        (json.dumps({**PROBLEM, "travelMinutes": [{"minutes": [0, -1]}]}), "travelMinutes: Expected 2 rows"),
    ],
)
def test_bad_files_are_one_clear_line(
    problem_file: Path, capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    problem_file.write_text(content)
    assert run(["schedule", "solve", str(problem_file)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.strip().splitlines()) == 1


def test_impossible_settings_of_an_annealer_are_one_line(
    problem_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITAL_ANNEALER_VERSION", "v9")
    with pytest.raises(SystemExit) as end:
        run(["schedule", "solve", str(problem_file)])
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("DIGITAL_ANNEALER_VERSION: ")


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schedule", "solve", str(tmp_path / "none.json")]) == 2
    assert "Expected a file that can be read: No such file" in capsys.readouterr().err


def test_a_pool_that_nobody_serves_leaves_the_exact_schedule_and_says_so(problem_file: Path) -> None:
    arguments = ["solve", str(problem_file), "--engine", "qubo", "--pool", "127.0.0.1:1", "--time-limit", "4"]
    result = CliRunner().invoke(schedule, arguments)
    assert result.exit_code == 0, result.output
    assert "Travel: 7.5 min in all" in result.stdout
    assert "no replica takes trials" in result.stdout
