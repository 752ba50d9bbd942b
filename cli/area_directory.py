"""An area directory on its way to the gateway: its name, and a zip archive that is the same for the same files."""

import io
import re
import tomllib
import unicodedata
import zipfile
from pathlib import Path

from serving.errors import InvalidArgument

ARCHIVE_LIMIT_BYTES = 64 * 1024 * 1024
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
AREA_ID_CHARACTERS = 63


def read_area_name(folder: Path) -> str:
    """Read the name that `area.toml` gives the area.

    Raises
    ------
    InvalidArgument
        The folder has no readable `area.toml`, or that has no name.
    """
    file = folder / "area.toml"
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidArgument("--area", f"Expected an area directory with area.toml, found none in {folder}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidArgument("--area", f"Cannot read {file}: {error}") from error
    name = settings.get("name")
    if not isinstance(name, str) or not area_id(name):
        raise InvalidArgument("area.toml name", "Expected a name with at least one letter or digit.")
    return name


def area_id(name: str) -> str:
    """Make the id of an area from its name for people.

    >>> area_id("Zürich West 2")
    'zurich-west-2'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:AREA_ID_CHARACTERS]


def pack_area(folder: Path) -> bytes:
    """Pack the files of an area directory into a zip archive, the same bytes for the same files.

    Raises
    ------
    InvalidArgument
        The folder cannot be read, or the archive is larger than the gateway takes.
    """
    buffer = io.BytesIO()
    try:
        with zipfile.ZipFile(buffer, "w") as archive:
            for file in sorted(path for path in folder.rglob("*") if _is_data(path, folder)):
                entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), ZIP_TIME)
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise InvalidArgument("--area", f"Cannot read the area directory: {error}.") from error
    content = buffer.getvalue()
    if len(content) > ARCHIVE_LIMIT_BYTES:
        limit_mib = ARCHIVE_LIMIT_BYTES // 1024**2
        raise InvalidArgument("--area", f"Expected at most {limit_mib} MiB zipped, got {len(content) / 1024**2:.0f}.")
    return content


def _is_data(path: Path, folder: Path) -> bool:
    return path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
