from pathlib import Path

import pytest

from cli.main import run


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--studies", "location,locatoin"],
            "Error: --studies: Expected names among location, crews, online, steady, speed, got 'locatoin'.",
        ),
        (["--studies", ""], "Error: --studies: Expected names among location, crews, online, steady, speed, got ''."),
        (["--from", "tomorrow"], "Error: Invalid value for '--from': 'tomorrow' does not match the format '%Y-%m-%d'."),
        (["--copies", "0"], "Error: Invalid value for '--copies': 0 is not in the range 1<=x<=20."),
        (["--processes", "0"], "Error: Invalid value for '--processes': 0 is not in the range 1<=x<=256."),
    ],
)
def test_wrong_options_are_told_in_one_line(
    arguments: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["demand", "bench", "--area", str(tmp_path), "--state", str(tmp_path / "var")]
    assert run([*common, *arguments]) == 2
    assert capsys.readouterr().err.splitlines() == [line]
    assert not (tmp_path / "var").exists()


def test_an_area_without_settings_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demand", "bench", "--area", str(tmp_path), "--state", str(tmp_path / "var"), "--json"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: --area: Expected an area directory with area.toml")


def test_a_work_folder_that_cannot_be_written_to_is_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    common = ["demand", "bench", "--area", str(tmp_path), "--state", str(tmp_path / "var")]
    assert run([*common, "--work", str(tmp_path / "file" / "work")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: --work: Expected a folder that can be written to")
    assert not (tmp_path / "var").exists()
