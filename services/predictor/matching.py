"""The matching metric: how many sampled incidents can be paired with recorded ones nearby in space and time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching
from scipy.spatial import cKDTree


@dataclass(frozen=True)
class Window:
    """Pairs are at most `distance_m` metres and `minutes` minutes apart."""

    distance_m: float
    minutes: float


WINDOWS = (Window(1000.0, 10.0), Window(2000.0, 10.0), Window(2000.0, 30.0), Window(2000.0, 60.0))


@dataclass(frozen=True)
class Events:
    """Incidents on a plane: `metres` of shape (n, 2) and `minutes` of shape (n,)."""

    metres: NDArray[np.float64]
    minutes: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.minutes)


@dataclass(frozen=True)
class MatchScore:
    """Scores within a window; precision is of the sampled incidents, recall of the recorded ones."""

    window: Window
    precision: float
    recall: float
    f1: float


def match_score(sampled: Events, recorded: Events, window: Window) -> MatchScore:
    """Score sampled incidents: one-to-one pairs by maximum bipartite matching, F1 = 2PR / (P + R).

    >>> here = Events(np.zeros((1, 2)), np.zeros(1))
    >>> match_score(here, here, Window(1000.0, 10.0)).f1
    1.0
    """
    matched = matched_count(sampled, recorded, window)
    precision = matched / len(sampled) if len(sampled) else 0.0
    recall = matched / len(recorded) if len(recorded) else 0.0
    f1 = 2 * precision * recall / (precision + recall) if matched else 0.0
    return MatchScore(window, precision, recall, f1)


def mean_match_score(scores: Sequence[MatchScore]) -> MatchScore:
    """Return the mean precision, recall and F1 of several scores within the same window."""
    means = np.mean([(score.precision, score.recall, score.f1) for score in scores], axis=0)
    return MatchScore(scores[0].window, *(float(mean) for mean in means))


def matched_count(sampled: Events, recorded: Events, window: Window) -> int:
    """Return the size of the largest set of one-to-one pairs within the window."""
    if len(sampled) == 0 or len(recorded) == 0:
        return 0
    rows, columns = _pairs(sampled, recorded, window)
    graph = csr_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(len(sampled), len(recorded)))
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


def _pairs(sampled: Events, recorded: Events, window: Window) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of all pairs within the window: a box search, then the exact distance."""
    found = cKDTree(_scaled(sampled, window)).sparse_distance_matrix(
        cKDTree(_scaled(recorded, window)), 1.0 + 1e-9, p=np.inf, output_type="ndarray"
    )
    rows, columns = found["i"], found["j"]
    apart_m = np.linalg.norm(sampled.metres[rows] - recorded.metres[columns], axis=1)
    apart_minutes = np.abs(sampled.minutes[rows] - recorded.minutes[columns])
    near = (apart_m <= window.distance_m) & (apart_minutes <= window.minutes)
    return rows[near], columns[near]


def _scaled(events: Events, window: Window) -> NDArray[np.float64]:
    """Return points whose box of half-width 1 is the window."""
    return np.column_stack([events.metres / window.distance_m, events.minutes / window.minutes])
