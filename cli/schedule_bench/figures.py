"""What one solver made of one instance."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """A measurement.

    Attributes
    ----------
    solver, size, presence, seed
        What was solved by what; presence is whether returns within two periods were forbidden.
    feasible
        Whether a schedule that meets every rule was found.
    objective, bound
        Travel minutes in total, and the lower bound that the solver proved; None without one.
    largest_minutes
        Travel of the car that drives most.
    seconds, cpu_seconds
        Wall and processor time.
    note
        Why there is no result.
    """

    solver: str
    size: str
    presence: bool
    seed: int
    feasible: bool = False
    objective: float | None = None
    bound: float | None = None
    largest_minutes: float | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Row:
    """Medians over the instances of one size; the gap is to the best bound that any solver proved."""

    solver: str
    size: str
    presence: bool
    feasible: int
    instances: int
    gap: float | None
    objective: float | None
    largest_minutes: float | None
    seconds: float
    note: str


def summarise(figures: list[Figure]) -> list[Row]:
    """Return one row per size, presence and solver, in the order of the figures."""
    groups: dict[tuple[str, bool, str], list[Figure]] = {}
    for figure in figures:
        groups.setdefault((figure.size, figure.presence, figure.solver), []).append(figure)
    return [_row(group, figures) for group in groups.values()]


def gap_of(figure: Figure, figures: list[Figure]) -> float | None:
    """Return the gap of a figure to the best bound of its instance, None without a schedule or a bound."""
    instance = (figure.size, figure.presence, figure.seed)
    bounds = [f.bound for f in figures if (f.size, f.presence, f.seed) == instance and f.bound is not None]
    if figure.objective is None or not bounds:
        return None
    return max(0.0, figure.objective - max(bounds)) / max(figure.objective, 1e-9)


def _row(group: list[Figure], figures: list[Figure]) -> Row:
    first = group[0]
    return Row(
        first.solver,
        first.size,
        first.presence,
        sum(figure.feasible for figure in group),
        len(group),
        _median([gap_of(figure, figures) for figure in group]),
        _median([figure.objective for figure in group]),
        _median([figure.largest_minutes for figure in group]),
        median(figure.seconds for figure in group),
        first.note,
    )


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
