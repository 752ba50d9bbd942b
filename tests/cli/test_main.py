import subprocess
import sys

import click
import grpc
import pytest

from cli.failures import explain
from cli.main import COMMANDS, officers, run
from serving.errors import FailedPrecondition, InvalidArgument, NotFound, Unavailable


def test_help_lists_every_command_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown and entry.summary in shown for name, entry in COMMANDS.items())


def test_help_is_light() -> None:
    program = "import sys; from cli.main import run; run(['--help']); sys.exit('grpc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["demo", "--presence", "maybe"],
        ["demo", "--seed", "-1"],
        ["demo", "--seed", "99999999999999999999"],
        ["demo", "--cars", "99999999999"],
        ["simulate", "--area", ".", "--seed", "99999999999999999999"],
        ["simulate", "--area", ".", "--cars", "99999999999"],
        ["simulate", "--area", ".", "--period-minutes", "99999999999"],
        ["simulate", "--area", ".", "--online", "--most-moves-per-hour", "0"],
        ["simulate", "--area", ".", "--online", "--most-moves-per-hour", "1001"],
        ["predict", "train", "--area", ".", "--max-epochs", "99999999999"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Error: " in capsys.readouterr().err


def test_drawn_times_are_not_spread(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "var"
    arguments = ["simulate", "--area", ".", "--state", str(state), "--calls", "sampled", "--spread-heaped-times"]
    assert run(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["Error: --spread-heaped-times: Expected --calls recorded: drawn times are not heaped."]
    assert not state.exists()


def test_moves_are_not_limited_where_no_car_is_moved(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "var"
    assert run(["simulate", "--area", ".", "--state", str(state), "--most-moves-per-hour", "4"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["Error: --most-moves-per-hour: Expected --online beside it: else no free car is moved."]
    assert not state.exists()


@pytest.mark.parametrize("name", ["up", "demo", "predict", "demand", "simulate", "schedule", "routes", "deploy"])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert "Usage: officers" in capsys.readouterr().out


def test_an_area_without_settings_is_one_line(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--area", str(tmp_path), "--state", str(tmp_path / "var")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"Error: --area: Expected an area directory with area.toml, found none in {tmp_path}."]
    assert not (tmp_path / "var").exists()


def test_a_folder_that_cannot_be_written_to_is_told_at_once(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "area.toml").write_text('name = "Town"')
    (tmp_path / "file").write_text("")
    folders = {"--out": str(tmp_path / "out"), "--state": str(tmp_path / "var")}
    for option in folders:
        arguments = {**folders, option: str(tmp_path / "file" / "below")}
        assert run(["demo", "--area", str(tmp_path), *(part for pair in arguments.items() for part in pair)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"Error: {option}: Expected a folder that can be written to")


@pytest.mark.parametrize("option", ["--report", "--calls-output"])
def test_a_file_that_cannot_be_written_is_told_before_anything_runs(
    option: str, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    arguments = ["simulate", "--area", ".", "--state", str(tmp_path / "var"), option, str(tmp_path / "file" / "below")]
    assert run(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Error: {option}: Expected a folder that can be written to")
    assert not (tmp_path / "var").exists()


def failing(error: Exception) -> click.Command:
    @click.command()
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "exit_code", "line"),
    [
        (
            InvalidArgument("cars", "Expected 1 car,\ngot 0."),
            2,
            "Error: cars: Expected 1 car, got 0.",
        ),
        (NotFound("model", "x"), 2, "Error: There is no model 'x'."),
        (FailedPrecondition("NO_TRAINED_MODEL", "Train a model first."), 1, "Error: Train a model first."),
        (Unavailable("The model server is not ready."), 1, "Error: The model server is not ready."),
    ],
)
def test_our_errors_are_one_line_and_an_exit_code(
    error: Exception, exit_code: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(officers, "get_command", lambda _context, _name: failing(error))
    assert run(["fail"]) == exit_code
    assert capsys.readouterr().err.splitlines() == [line]


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(officers, "get_command", lambda _context, _name: failing(ZeroDivisionError("ours")))
    with pytest.raises(ZeroDivisionError):
        run(["fail"])


def test_ctrl_c_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def command() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(officers, "get_command", lambda _context, _name: command)
    assert run(["command"]) == 130


def test_a_call_that_nobody_answers_is_explained() -> None:
    with grpc.insecure_channel("127.0.0.1:1") as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/nobody/Home")(b"", timeout=5)
    failure = explain(caught.value)
    assert failure is not None
    assert failure.exit_code == 1
    assert "\n" not in failure.line
