import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.files import prepare_files, prepare_folder, write_file, write_files
from serving.errors import InvalidArgument


def test_files_are_written_and_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    write_files(folder, {"a.txt": "1", "b.txt": "2"})
    write_file(folder / "a.txt", "3")
    assert {file.name: file.read_text() for file in folder.iterdir()} == {"a.txt": "3", "b.txt": "2"}


def test_nothing_is_left_half_written(tmp_path: Path) -> None:
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(InvalidArgument, match="--out: Expected a folder that can be written to"):
        write_files(tmp_path, {"b.txt": "2"})
    assert [file.name for file in tmp_path.iterdir()] == ["b.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InvalidArgument):
        write_files(tmp_path / "out", {"a.txt": "1"})


def test_a_folder_is_prepared_and_left_empty(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "new" / "out", "--out")
    assert list((tmp_path / "new" / "out").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidArgument, match="--state: Expected a folder"):
        prepare_folder(tmp_path / "file" / "var", "--state")


def test_output_files_are_prepared_for_by_option(tmp_path: Path) -> None:
    prepare_files({"--out": tmp_path / "new" / "a.txt", "--gpx": None})
    assert [file.name for file in tmp_path.rglob("*")] == ["new"]
    (tmp_path / "file").write_text("kept")
    prepare_files({"--out": tmp_path / "file"})
    assert (tmp_path / "file").read_text() == "kept"
    for option, refused in (("--gpx", tmp_path / "file" / "a.txt"), ("--out", tmp_path / "new")):
        with pytest.raises(InvalidArgument, match=f"{option}: Expected a f"):
            prepare_files({option: refused})


def test_nothing_is_prepared_beside_a_pipe() -> None:
    reader, writer = os.pipe()
    prepare_files({"--out": Path(f"/proc/self/fd/{writer}")})  # a folder in which nobody can make files
    os.close(reader)
    os.close(writer)


def test_a_pipe_or_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_text)
        write_file(pipe, "figures")
        assert read.result(timeout=10) == "figures"
    assert pipe.is_fifo()
