"""What one solver made of one instance, and the medians over the instances of a size."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Case:
    """What is solved by what: an instance, a solver and the seconds it has.

    Attributes
    ----------
    solver, size, seed
        As in `cli.schedule_bench.plan`.
    presence
        Whether returns within two periods are forbidden.
    time_limit_seconds
        Seconds that the solver is given.
    """

    solver: str
    size: str
    presence: bool
    seed: int
    time_limit_seconds: float

    @property
    def instance(self) -> tuple[str, bool, int]:
        """What tells the instance apart."""
        return self.size, self.presence, self.seed

    @property
    def row(self) -> tuple[str, bool, float, str]:
        """What tells the row of the medians apart."""
        return self.size, self.presence, self.time_limit_seconds, self.solver


@dataclass(frozen=True)
class Figure:
    """A measurement.

    Attributes
    ----------
    case
        What was solved by what.
    feasible
        Whether a schedule that meets every rule was found.
    objective, bound
        What is minimised (minutes, with the home factor), and the lower bound that the solver proved; None without one.
    car_minutes
        Travel of each car, minutes; empty without a schedule.
    seconds, cpu_seconds
        Wall and processor time.
    note
        Why there is no result.
    """

    case: Case
    feasible: bool = False
    objective: float | None = None
    bound: float | None = None
    car_minutes: tuple[float, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Row:
    """Medians over the instances of one size.

    Attributes
    ----------
    gap, own_gap
        To the best bound that any solver proved for the instance, and to the solver's own.
    total_minutes, mean_minutes, most_minutes
        Travel of all cars, of the mean car, and of the one that drives most.
    """

    solver: str
    size: str
    presence: bool
    time_limit_seconds: float
    feasible: int
    instances: int
    gap: float | None
    own_gap: float | None
    total_minutes: float | None
    mean_minutes: float | None
    most_minutes: float | None
    seconds: float
    note: str


def summarise(figures: list[Figure]) -> list[Row]:
    """Return one row per size, presence, time limit and solver, in the order of the figures."""
    bounds = best_bounds(figures)
    groups: dict[tuple[str, bool, float, str], list[Figure]] = {}
    for figure in figures:
        groups.setdefault(figure.case.row, []).append(figure)
    return [_row(group, bounds) for group in groups.values()]


def best_bounds(figures: Iterable[Figure]) -> dict[tuple[str, bool, int], float]:
    """Return the best proved bound of each instance, whoever proved it."""
    bounds: dict[tuple[str, bool, int], float] = {}
    for figure in figures:
        if figure.bound is not None:
            key = figure.case.instance
            bounds[key] = max(figure.bound, bounds.get(key, figure.bound))
    return bounds


def gap_to(figure: Figure, bound: float | None) -> float | None:
    """Return how far a figure is above a bound, as a share of its objective; None without a schedule or a bound."""
    if figure.objective is None or bound is None:
        return None
    return max(0.0, figure.objective - bound) / max(figure.objective, 1e-9)


def _row(group: list[Figure], bounds: dict[tuple[str, bool, int], float]) -> Row:
    case = group[0].case
    solved = [figure.car_minutes for figure in group if figure.car_minutes]
    return Row(
        case.solver,
        case.size,
        case.presence,
        case.time_limit_seconds,
        feasible=sum(figure.feasible for figure in group),
        instances=len(group),
        gap=_median(gap_to(figure, bounds.get(figure.case.instance)) for figure in group),
        own_gap=_median(gap_to(figure, figure.bound) for figure in group),
        total_minutes=_median(sum(minutes) for minutes in solved),
        mean_minutes=_median(sum(minutes) / len(minutes) for minutes in solved),
        most_minutes=_median(max(minutes) for minutes in solved),
        seconds=median(figure.seconds for figure in group),
        note=next((figure.note for figure in group if figure.note), ""),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
