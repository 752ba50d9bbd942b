"""The files of a zipped area directory, read in memory and never written to disk."""

import io
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from serving.errors import InvalidArgument

AREA_FILE_NAME = "area.toml"
MAXIMUM_UNPACKED_BYTES = 1 << 30
COMPRESSION_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The kinds that every zip program writes, and that zipfile unpacks no further than it is asked to."""
SOURCE_FIELD = "source_artifact"


def read_archive(content: bytes, maximum_bytes: int = MAXIMUM_UNPACKED_BYTES) -> Mapping[str, bytes]:
    """Unpack a zip archive of an area directory.

    Parameters
    ----------
    content : the archive; `area.toml` stands at its root or in its only top-level folder.
    maximum_bytes : the unpacked files together must not be larger.

    Returns
    -------
    File contents by path relative to the folder of `area.toml`.

    Raises
    ------
    InvalidArgument
        No zip archive, an unsafe path, a link, an encrypted or damaged file, too large, or no `area.toml`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(entries, maximum_bytes)
            files = {entry.filename: _read_entry(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise InvalidArgument(SOURCE_FIELD, f"Expected a readable zip archive: {error}.") from error
    return _relative_to_area_file(files)


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read a file, no more than the size that its entry declares: `ZipFile.read` would unpack up to 2 GiB first."""
    with archive.open(entry) as file:
        return file.read(entry.file_size)


def _check_entries(entries: list[zipfile.ZipInfo], maximum_bytes: int) -> None:
    """Refuse unsafe paths, links, odd compression, repeated names and archives that unpack to more than allowed."""
    names = [entry.filename for entry in entries]
    for entry in entries:
        check_relative_path(SOURCE_FIELD, entry.filename)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise InvalidArgument(SOURCE_FIELD, f"Expected plain files, got the link {entry.filename!r}.")
        if entry.compress_type not in COMPRESSION_KINDS:
            raise InvalidArgument(SOURCE_FIELD, f"Expected files stored or deflated, got {entry.filename!r} otherwise.")
    if len(set(names)) != len(names):
        raise InvalidArgument(SOURCE_FIELD, "Expected every file once in the archive.")
    # No file is read beyond its declared size, so the declared sizes bound the memory used.
    unpacked_bytes = sum(entry.file_size for entry in entries)
    if unpacked_bytes > maximum_bytes:
        raise InvalidArgument(SOURCE_FIELD, f"Expected at most {maximum_bytes} unpacked bytes, got {unpacked_bytes}.")


def check_relative_path(field: str, name: str) -> None:
    """Raise `InvalidArgument` for `field` unless the path stays inside the area directory."""
    path = PurePosixPath(name)
    unsafe = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name
    if unsafe or not path.parts:
        raise InvalidArgument(field, f"Expected a path inside the area directory, got {name!r}.")


def _relative_to_area_file(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Key the files by their path from the folder that holds `area.toml`."""
    folders = [PurePosixPath(name).parent for name in files if PurePosixPath(name).name == AREA_FILE_NAME]
    folders = [folder for folder in folders if len(folder.parts) <= 1]
    if len(folders) != 1:
        raise InvalidArgument(SOURCE_FIELD, f"Expected one {AREA_FILE_NAME} in the archive, got {len(folders)}.")
    folder = folders[0]
    return {
        str(PurePosixPath(name).relative_to(folder)): content
        for name, content in files.items()
        if PurePosixPath(name).is_relative_to(folder)
    }
