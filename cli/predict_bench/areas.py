"""The areas of a bench: an area directory with its cell size changed, imported into a folder of artifacts."""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from cli.area_directory import pack_area
from cli.imported_area import imported_area
from services.predictor.area_store import AreaSnapshot
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument

AREA_FILE = "area.toml"
CELL_SIZE = re.compile(r"^cell_size_(degrees|m)\s*=.*\n", re.MULTILINE)
NEW_YORK = """name = "New York"
time_zone = "America/New_York"
holidays = {country = "US", subdivision = "NY"}
cell_size_degrees = 0.01
train_until = 2014-12-31
[incidents]
file = "incidents.parquet"
[sectors]
file = "sectors.geojson"
[shifts]
day = {start = "08:00", hours = 12, cars = 77}
night = {start = "20:00", hours = 12, cars = 77}
"""
"""For the folder `new-york` of the shared data, which comes without an `area.toml`."""


@dataclass(frozen=True)
class CellSize:
    """The size of a grid's cells: degrees, or metres where `unit` is "m"."""

    value: float
    unit: str

    @property
    def label(self) -> str:
        """For people, such as "0.01°" or "500 m"."""
        return f"{self.value:g} m" if self.unit == "m" else f"{self.value:g}°"

    @property
    def line(self) -> str:
        """The line of `area.toml`."""
        return f"cell_size_{self.unit} = {self.value!r}\n"


def parse_cell_size(text: str) -> CellSize:
    """Read "0.01" (degrees) or "500m".

    Raises
    ------
    InvalidArgument
        The text is neither.
    """
    found = re.fullmatch(r"\s*([0-9.]+)\s*(m?)\s*", text)
    if found is None or not re.fullmatch(r"\d*\.?\d+", found[1]):
        raise InvalidArgument("--grids", f"Expected cell sizes such as 0.01 (degrees) or 500m, got {text!r}.")
    return CellSize(float(found[1]), "m" if found[2] else "degrees")


def import_with_cells(folder: Path, size: CellSize, artifacts: Path) -> AreaSnapshot:
    """Import an area directory with cells of another size.

    Raises
    ------
    InvalidArgument
        The area directory cannot be used.
    """
    return imported_area(_with_cell_size(folder, size), ArtifactStore(str(artifacts)))


def _with_cell_size(folder: Path, size: CellSize) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        with zipfile.ZipFile(io.BytesIO(pack_area(folder))) as source:
            for name in source.namelist():
                if name != AREA_FILE:
                    target.writestr(name, source.read(name))
        target.writestr(AREA_FILE, size.line + CELL_SIZE.sub("", _settings(folder)))
    return packed.getvalue()


def _settings(folder: Path) -> str:
    file = folder / AREA_FILE
    if file.is_file():
        return file.read_text(encoding="utf-8")
    if folder.name == "new-york":
        return NEW_YORK
    raise InvalidArgument("--area", f"Expected an area directory with {AREA_FILE}, found none in {folder}.")
