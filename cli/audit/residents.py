"""The table of residents by sector and group: read for an audit, and for nothing else."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from serving.errors import InvalidArgument

FIELD = "--residents"
COLUMNS = ("sector", "group", "residents")


@dataclass(frozen=True)
class Residents:
    """People by group and sector, shape (n_groups, n_sectors)."""

    groups: tuple[str, ...]
    counts: NDArray[np.float64]


def read_residents(file: Path, area_folder: Path, sector_ids: Sequence[str]) -> Residents:
    """Read a CSV file with the columns sector, group, residents.

    Raises
    ------
    InvalidArgument
        The file lies in the area directory, cannot be read, or a row makes no sense; names the row.
    """
    if file.resolve().is_relative_to(area_folder.resolve()):
        raise InvalidArgument(
            FIELD, "Expected a file outside the area directory: residents are for audits only, no model may see them."
        )
    positions = {sector: position for position, sector in enumerate(sector_ids)}
    found: dict[tuple[str, str], float] = {}
    for number, row in enumerate(_rows(file), start=1):
        sector, group = (row["sector"] or "").strip(), (row["group"] or "").strip()
        if sector not in positions:
            raise InvalidArgument(FIELD, f"Expected a sector of the area in row {number}, got {sector!r}.")
        if not group or (sector, group) in found:
            raise InvalidArgument(FIELD, f"Expected every group of a sector once, see row {number}: {group!r}.")
        found[sector, group] = _count(row["residents"], number)
    groups = tuple(dict.fromkeys(group for _, group in found))
    counts = np.zeros((len(groups), len(sector_ids)))
    for (sector, group), count in found.items():
        counts[groups.index(group), positions[sector]] = count
    if not counts.any():
        raise InvalidArgument(FIELD, f"Expected residents in {file}, found none.")
    return Residents(groups, counts)


def _rows(file: Path) -> list[dict[str, str | None]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            rows, present = list(reader), reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidArgument(FIELD, f"Cannot read {file}: {error}.") from error
    missing = [column for column in COLUMNS if column not in present]
    if missing:
        raise InvalidArgument(FIELD, f"Expected the columns {', '.join(COLUMNS)} in {file}; {missing[0]} is missing.")
    return rows


def _count(text: str | None, number: int) -> float:
    try:
        count = float(text or "")
    except ValueError:
        count = math.nan
    if not 0 <= count < math.inf:
        raise InvalidArgument(FIELD, f"Expected a number of residents of at least 0 in row {number}, got {text!r}.")
    return count
