"""A binary quadratic problem in arrays, and the energies of states, always computed by us."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Structure:
    """What is known of a QUBO beyond its terms, for annealers that make use of it.

    Attributes
    ----------
    group_sizes
        Of each of the first groups of variables, numbered one after the other, exactly one is to be 1.
    penalty_begin, one_hot_begin
        The terms before `penalty_begin` are the objective, those from `one_hot_begin` on say that exactly one of each
        group is 1, and those in between are penalties of other rules.
    """

    group_sizes: tuple[int, ...]
    penalty_begin: int
    one_hot_begin: int


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
    structure
        What is known beyond the terms, if anything.
    """

    variable_count: int
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    coefficients: npt.NDArray[np.float64]
    offset: float = 0.0
    structure: Structure | None = None

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
