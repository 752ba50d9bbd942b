"""What the engines are to reach, held against the figures of a bench; medians over the instances of a size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.schedule_bench.figures import Row
from cli.schedule_bench.instances import LARGE_SIZES, MANY_CLASSES, SMALL_SIZES
from cli.schedule_bench.ours import EXACT

TEMPERING = "one_hot_tempering"
_SMALL = tuple(map(str, SMALL_SIZES))
_MEDIUM, _LARGE = map(str, LARGE_SIZES)
_NONE = float("inf")
"""Where there is no schedule or no bound."""


@dataclass(frozen=True)
class Goal:
    """A figure that is to be at most so much at every one of some sizes, with and without presence rule.

    Attributes
    ----------
    words
        What is to be reached.
    seconds
        The time limit for which it is stated; None: any.
    figure
        Takes it from a row of the medians.
    most
        The largest that will do.
    """

    words: str
    solver: str
    sizes: tuple[str, ...]
    seconds: float | None
    figure: Callable[[Row], float]
    most: float
    unit: str = "share"


@dataclass(frozen=True)
class Verdict:
    """A goal, and whether it is met: None where no figure says so; `worst` is the farthest figure, and where."""

    goal: Goal
    met: bool | None
    worst: str


def _own_gap(row: Row) -> float:
    return _NONE if row.own_gap is None else row.own_gap


def _gap(row: Row) -> float:
    return _NONE if row.gap is None else row.gap


def _missing(row: Row) -> float:
    return row.instances - row.feasible


def _seconds(row: Row) -> float:
    return row.seconds


GOALS = (
    Goal("exact: gap 0 with proof on the nine sizes", EXACT, _SMALL, None, _own_gap, 1e-6),
    Goal("exact: within 0.5 s on the nine sizes", EXACT, _SMALL, None, _seconds, 0.5, "s"),
    Goal(f"exact: at most 0.1 % in 15 s at {_MEDIUM}", EXACT, (_MEDIUM,), 15, _own_gap, 0.001),
    Goal(f"exact: at most 0.5 % in 60 s at {_LARGE}", EXACT, (_LARGE,), 60, _own_gap, 0.005),
    Goal(f"exact: a schedule in 2 s at {MANY_CLASSES}", EXACT, (str(MANY_CLASSES),), 2, _missing, 0, "missing"),
    Goal(f"exact: at most 2 % in 30 s at {MANY_CLASSES}", EXACT, (str(MANY_CLASSES),), 30, _own_gap, 0.02),
    Goal("tempering: at most 1 % in 10 s on the nine sizes", TEMPERING, _SMALL, 10, _gap, 0.01),
    Goal("tempering: at most 0.3 % in 60 s on the nine sizes", TEMPERING, _SMALL, 60, _gap, 0.003),
    Goal(f"tempering: at most 3 % in 30 s at {_MEDIUM}", TEMPERING, (_MEDIUM,), 30, _gap, 0.03),
    Goal("tempering: a schedule for every instance", TEMPERING, (*_SMALL, _MEDIUM), None, _missing, 0, "missing"),
    Goal("neal: a schedule for every instance", "neal", _SMALL, None, _missing, 0, "missing"),
)


def judge(rows: Sequence[Row]) -> list[Verdict]:
    """Return a verdict per goal."""
    return [_verdict(goal, rows) for goal in GOALS]


def _verdict(goal: Goal, rows: Sequence[Row]) -> Verdict:
    found = [
        row
        for row in rows
        if row.solver == goal.solver and row.size in goal.sizes and goal.seconds in (None, row.time_limit_seconds)
    ]
    if not found:
        return Verdict(goal, None, "not measured")
    worst = max(found, key=goal.figure)
    presence = "with presence" if worst.presence else "without presence"
    value = _value(goal, goal.figure(worst))
    place = f"{worst.size} {presence}, {worst.time_limit_seconds:g} s, {worst.instances} instances"
    missing = sorted(set(goal.sizes) - {row.size for row in found})
    left_out = f"; {len(missing)} sizes not measured" if missing else ""
    met = goal.figure(worst) <= goal.most
    return Verdict(goal, None if met and missing else met, f"worst {value} ({place}){left_out}")


def _value(goal: Goal, value: float) -> str:
    if value == _NONE:
        return "no schedule or bound"
    return {"share": f"{value:.3%}", "s": f"{value:.2f} s", "missing": f"{value:.0f} without a schedule"}[goal.unit]
