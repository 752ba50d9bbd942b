"""A binary quadratic problem in arrays, and the energies of states, always computed by us."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Qubo:
    """Minimise ``offset + Σ_k coefficients[k] · x[rows[k]] · x[columns[k]]`` over binary x.

    Attributes
    ----------
    variable_count
        Number of variables.
    rows, columns
        Variables of each term, shape (n_terms,); equal for a linear term. Terms of one place add up.
    coefficients
        Shape (n_terms,).
    """

    variable_count: int
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    coefficients: npt.NDArray[np.float64]
    offset: float = 0.0

    def energies(self, states: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
        """Return the energy of each state, shape (n_states,), of states of shape (n_states, n_variables).

        >>> qubo = Qubo(2, np.array([0, 0]), np.array([0, 1]), np.array([-1.0, 3.0]), 0.5)
        >>> qubo.energies(np.array([[0, 1], [1, 0], [1, 1]], dtype=np.int8)).tolist()
        [0.5, -0.5, 2.5]
        """
        terms = [
            self.coefficients[state[self.rows].astype(bool) & state[self.columns].astype(bool)] for state in states
        ]
        return self.offset + np.array([term.sum() for term in terms], dtype=np.float64)
