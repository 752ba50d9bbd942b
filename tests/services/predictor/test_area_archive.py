import io
import random
import stat
import struct
import tracemalloc
import zipfile

import pytest

from services.predictor.area_archive import read_archive
from serving.errors import InvalidArgument
from tests.services.predictor.small_area import zipped


def deflated(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_files_are_read_from_the_root_or_from_one_folder():
    files = {"area.toml": b"x", "data/incidents.csv": b"y"}
    assert read_archive(zipped(files)) == files
    nested = {f"town/{name}": content for name, content in files.items()}
    assert read_archive(zipped({**nested, "elsewhere.txt": b"z"})) == files


@pytest.mark.parametrize("name", ["/etc/passwd", "../area.toml", "a/../../b", "C:/x", "a\\b"])
def test_unsafe_paths_are_refused(name):
    with pytest.raises(InvalidArgument, match=r"source_artifact: Expected a path inside"):
        read_archive(zipped({"area.toml": b"x", name: b"y"}))


def test_links_are_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("area.toml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InvalidArgument, match="link"):
        read_archive(buffer.getvalue())


def test_the_unpacked_size_is_limited():
    with pytest.raises(InvalidArgument, match="at most 1000 unpacked bytes"):
        read_archive(zipped({"area.toml": b"x" * 2000}), maximum_bytes=1000)


def test_damaged_archives_are_refused():
    content = zipped({"area.toml": b"some text that is long enough to be compressed" * 10})
    for broken in (b"", b"no zip", content[: len(content) // 2], content.replace(b"some", b"SOME")[:-1]):
        with pytest.raises(InvalidArgument, match="zip"):
            read_archive(broken)


def test_a_file_whose_checksum_differs_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("area.toml", "name = 1")
    with pytest.raises(InvalidArgument, match="zip"):
        read_archive(buffer.getvalue().replace(b"name = 1", b"name = 2"))


def test_area_toml_must_be_there_once():
    for files in ({"a.txt": b""}, {"a/area.toml": b"", "b/area.toml": b""}, {"a/b/area.toml": b""}):
        with pytest.raises(InvalidArgument, match=r"Expected one area\.toml"):
            read_archive(zipped(files))


def test_a_file_larger_than_it_declares_takes_no_more_memory_than_declared():
    content = bytearray(deflated({"area.toml": b"\0" * 50_000_000}))
    central_entry = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, central_entry + 24, 10)
    tracemalloc.start()
    with pytest.raises(InvalidArgument, match="zip"):
        read_archive(bytes(content))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 5_000_000


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_cannot_be_unpacked_in_bounds_is_refused(kind):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        archive.writestr("area.toml", "name = 1")
    with pytest.raises(InvalidArgument, match="stored or deflated"):
        read_archive(buffer.getvalue())


def test_no_damage_is_more_than_a_bad_archive():
    generator = random.Random(2)
    content = deflated({"area.toml": generator.randbytes(3000) + b"abc" * 2000, "x.csv": b"1,2,3\n" * 300})
    refused = 0
    for _ in range(2000):
        damaged = bytearray(content)
        for _ in range(generator.randint(1, 3)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        try:
            read_archive(bytes(damaged))
        except InvalidArgument:
            refused += 1
    assert refused > 500
