import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import area_directory
from cli.area_directory import area_id, pack_area, read_area_name
from serving.errors import InvalidArgument


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "area.toml").write_text('name = "Zürich West"\n')
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "incidents.csv").write_text("id\n1\n")
    (tmp_path / ".hidden").write_text("no")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_text("no")
    return tmp_path


def test_the_archive_holds_the_data_files_and_is_stable(folder: Path) -> None:
    first = pack_area(folder)
    (folder / "area.toml").touch()
    assert pack_area(folder) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["area.toml", "data/incidents.csv"]


def test_the_name_is_read(folder: Path) -> None:
    assert read_area_name(folder) == "Zürich West"
    assert area_id(read_area_name(folder)) == "zurich-west"


@pytest.mark.parametrize("content", ["name = 3", "name = '---'", "", "name = 'x", "\udcff"])
def test_settings_that_cannot_be_used_are_refused(folder: Path, content: str) -> None:
    (folder / "area.toml").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidArgument):
        read_area_name(folder)


def test_an_archive_that_is_too_large_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_directory, "ARCHIVE_LIMIT_BYTES", 10)
    with pytest.raises(InvalidArgument, match="--area: Expected at most"):
        pack_area(folder)


@given(st.text())
def test_ids_have_the_form_that_the_gateway_takes(name: str) -> None:
    identifier = area_id(name)
    assert len(identifier) <= 63
    assert set(identifier) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
