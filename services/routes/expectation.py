"""Likelihood from the calls that the predictor expects by cell."""

from dataclasses import dataclass

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.network import StreetNetwork
from services.routes.plane import Plane
from serving.errors import InvalidArgument

PIECE_M = 10.0
"""Segments are cut into pieces about so long, each of which belongs to the cell of its middle."""


@dataclass(frozen=True)
class ExpectedCalls:
    """Expected calls per cell of a grid in degrees, row by row from the south-west; none outside of the grid.

    Raises
    ------
    InvalidArgument
        The grid is none, or an expectation is no finite number of at least 0.
    """

    south_latitude: float
    west_longitude: float
    cell_height_degrees: float
    cell_width_degrees: float
    row_count: int
    column_count: int
    calls: tuple[float, ...]

    def __post_init__(self) -> None:
        sizes = (self.cell_height_degrees, self.cell_width_degrees, self.row_count, self.column_count)
        if (
            not all(size > 0 for size in sizes)
            or not np.isfinite([*sizes, self.south_latitude, self.west_longitude]).all()
        ):
            raise InvalidArgument("sector.expected_calls.grid", "Expected a grid with rows, columns and cell sizes.")
        values = np.array(self.calls)
        if len(values) != self.row_count * self.column_count or not ((values >= 0) & np.isfinite(values)).all():
            message = f"Expected {self.row_count * self.column_count} finite numbers of at least 0."
            raise InvalidArgument("sector.expected_calls.calls", message)

    def cells(self, points: FloatArray) -> IntArray:
        """Return the cell of each point, shape (n_points, 2) in degrees; -1 outside of the grid."""
        rows = np.floor((points[:, 1] - self.south_latitude) / self.cell_height_degrees).astype(np.int64)
        columns = np.floor((points[:, 0] - self.west_longitude) / self.cell_width_degrees).astype(np.int64)
        inside = (rows >= 0) & (rows < self.row_count) & (columns >= 0) & (columns < self.column_count)
        return np.where(inside, rows * self.column_count + columns, -1)


def expected_density(network: StreetNetwork, expected: ExpectedCalls, past_density: FloatArray) -> FloatArray:
    """Return the expected calls per metre of each segment, shape (n_segments,).

    The calls of a cell are shared out among the pieces of street in it in proportion to past incidents per metre, or to
    length alone where the cell has had none. Density times length sums to the calls of all cells with streets.

    Parameters
    ----------
    past_density
        Past incidents per metre, shape (n_segments,).
    """
    segments, middles = _pieces(network)
    cells = expected.cells(middles)
    counts = np.bincount(segments, minlength=network.segment_count)
    lengths_m = (network.lengths_m / counts)[segments]
    cell_count = len(expected.calls)
    inside = cells >= 0
    segments, cells, lengths_m = segments[inside], cells[inside], lengths_m[inside]
    past = lengths_m * past_density[segments]
    past_of_cells = np.bincount(cells, past, cell_count)
    shares = np.where(past_of_cells[cells] > 0, past, lengths_m)
    totals = np.bincount(cells, shares, cell_count)
    calls = np.array(expected.calls)[cells] * shares / totals[cells]
    return np.asarray(np.bincount(segments, calls, network.segment_count) / network.lengths_m)


def _pieces(network: StreetNetwork) -> tuple[IntArray, FloatArray]:
    """Return the segment of each piece, shape (n_pieces,), and its middle in degrees, shape (n_pieces, 2)."""
    plane = Plane.about(np.concatenate(network.lines))
    segments, middles = [], []
    for segment, line in enumerate(network.lines):
        corners = plane.to_metres(line)
        along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
        count = max(1, int(np.ceil(along_m[-1] / PIECE_M)))
        places_m = (np.arange(count) + 0.5) / count * along_m[-1]
        segments.append(np.full(count, segment, dtype=np.int64))
        middles.append(np.column_stack([np.interp(places_m, along_m, line[:, axis]) for axis in (0, 1)]))
    return np.concatenate(segments), np.concatenate(middles)
