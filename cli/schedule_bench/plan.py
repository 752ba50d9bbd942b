"""Which solver is given which instances, and for how long."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cli.schedule_bench.figures import Case
from cli.schedule_bench.instances import LARGE_SIZES, MANY_CLASSES, SMALL_SIZES, Size
from cli.schedule_bench.ours import EXACT
from cli.schedule_bench.rivals import RIVALS
from serving.errors import InvalidArgument

SOLVERS = (EXACT, "one_hot_tempering", "neal", *RIVALS)
SIZES = (*SMALL_SIZES, *LARGE_SIZES, MANY_CLASSES)
SIZE_NOTE = (
    "The nine sizes 20 x {20, 50, 70} x {12, 18, 24} (sectors x cars x periods) are assumed: the list of [O] Tables 4 "
    "and 5 is not at hand. Each is solved without presence rule, as in Table 4, and with no return within two periods, "
    "as in Table 5."
)

_SMALL_SECONDS = (10.0, 60.0)
_SECONDS = {LARGE_SIZES[0]: (15.0, 30.0), LARGE_SIZES[1]: (60.0,), MANY_CLASSES: (2.0, 30.0)}
"""What the figures to reach are stated for."""


@dataclass(frozen=True)
class Task:
    """A case and its size in numbers."""

    case: Case
    size: Size


def plan(sizes: Sequence[Size], solvers: Sequence[str], seed_count: int, limits: Sequence[float]) -> list[Task]:
    """Return all tasks; without limits each size has its own, and each limit is the same for all solvers."""
    return [
        Task(Case(solver, str(size), presence, seed, limit), size)
        for size in sizes
        for presence in (False, True)
        for limit in limits or _SECONDS.get(size, _SMALL_SECONDS)
        for seed in range(seed_count)
        for solver in solvers
        if _takes(solver, size)
    ]


def read_size(text: str) -> Size:
    """Return the size of a text such as 20x20x18, or 22x24x24-4x4 with 4 home clusters and 4 break patterns."""
    found = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)x([1-9]\d*)(?:-([1-9]\d*)x([1-9]\d*))?", text.strip())
    if found is None:
        allowed = "Expected sectors x cars x periods such as 20x20x18, or with homes x breaks such as 22x24x24-4x4"
        raise InvalidArgument("--sizes", f"{allowed}, got {text!r}.")
    size = Size(*(int(number) for number in found.groups(default="1")))
    if size.homes > min(size.sectors, size.cars):
        raise InvalidArgument("--sizes", f"Expected at most as many homes as sectors and cars, got {text!r}.")
    if any(span.end_minute > size.shift_minutes for span in size.break_spans):
        raise InvalidArgument("--sizes", f"Expected breaks that end within the shift, got {text!r}.")
    return size


def read_solvers(text: str) -> tuple[str, ...]:
    """Return the solvers of a text such as exact,neal, in our order."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in SOLVERS:
            raise InvalidArgument("--solvers", f"Expected some of {','.join(SOLVERS)}, got {name!r}.")
    return tuple(name for name in SOLVERS if name in names)


def _takes(solver: str, size: Size) -> bool:
    """Return whether a solver is compared at a size: general ones know no homes and breaks, neal only small sizes."""
    if solver in RIVALS:
        return not size.many_classes
    return solver != "neal" or size not in (*LARGE_SIZES, MANY_CLASSES)
