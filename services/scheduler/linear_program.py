"""A mixed-integer program under construction, in columns, rows and entries given as whole arrays."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

NO_COLUMN = -1
"""Stands where a variable would be that can only be zero."""


@dataclass(eq=False)
class LinearProgram:
    """Minimise costs over non-negative columns; rows lie between their bounds. Entries of one place add up.

    Lazy rows bind seldom, and they hold by the other rows wherever at most one of the columns that they bound from
    above is not zero. Solvers leave them out until they bind.
    """

    column_count: int = 0
    row_count: int = 0
    _costs: list[Floats] = field(default_factory=list)
    _uppers: list[Floats] = field(default_factory=list)
    _integers: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    _lowers_of_rows: list[Floats] = field(default_factory=list)
    _uppers_of_rows: list[Floats] = field(default_factory=list)
    _lazy: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    _entries: list[tuple[Indices, Indices, Floats]] = field(default_factory=list)

    def add_columns(
        self, costs: Floats, upper: npt.ArrayLike, exists: npt.NDArray[np.bool_], integer: bool = True
    ) -> Indices:
        """Add a column wherever `exists`; return their indices in its shape, `NO_COLUMN` elsewhere."""
        indices = np.full(exists.shape, NO_COLUMN, dtype=np.int64)
        count = int(exists.sum())
        indices[exists] = self.column_count + np.arange(count)
        self.column_count += count
        self._costs.append(np.asarray(costs, dtype=np.float64)[exists])
        self._uppers.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), exists.shape)[exists])
        self._integers.append(np.full(count, integer))
        return indices

    def add_rows(
        self, lower: npt.ArrayLike, upper: npt.ArrayLike, shape: tuple[int, ...], lazy: bool = False
    ) -> Indices:
        """Add rows with bounds that broadcast to `shape`; return their indices in that shape."""
        count = int(np.prod(shape))
        indices = self.row_count + np.arange(count).reshape(shape)
        self.row_count += count
        self._lowers_of_rows.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), shape).reshape(-1))
        self._uppers_of_rows.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), shape).reshape(-1))
        self._lazy.append(np.full(count, lazy))
        return indices

    def add_entries(self, rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Add coefficients; the three arrays broadcast. Places without a column are left out."""
        row, column, value = (part.reshape(-1) for part in np.broadcast_arrays(rows, columns, values))
        exists = column != NO_COLUMN
        self._entries.append((row[exists], column[exists], value[exists].astype(np.float64)))

    @property
    def costs(self) -> Floats:
        """Cost of each column."""
        return _joined(self._costs)

    @property
    def uppers(self) -> Floats:
        """Upper bound of each column."""
        return _joined(self._uppers)

    @property
    def integers(self) -> npt.NDArray[np.bool_]:
        """Whether each column is integer."""
        return np.concatenate([np.zeros(0, dtype=np.bool_), *self._integers])

    @property
    def row_bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bound of each row."""
        return _joined(self._lowers_of_rows), _joined(self._uppers_of_rows)

    @property
    def lazy(self) -> npt.NDArray[np.bool_]:
        """Whether each row is lazy."""
        return np.concatenate([np.zeros(0, dtype=np.bool_), *self._lazy])

    def matrix(self) -> sparse.csr_matrix:
        """Return the coefficients, shape (n_rows, n_columns)."""
        nothing = np.zeros(0, dtype=np.int64)
        rows, columns, values = zip(*self._entries, strict=True) if self._entries else ((), (), ())
        places = np.concatenate([nothing, *rows]), np.concatenate([nothing, *columns])
        return sparse.coo_matrix((_joined(list(values)), places), shape=(self.row_count, self.column_count)).tocsr()


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate([np.zeros(0), *parts])
