"""Faults of the sector names."""

from collections.abc import Iterator

from services.scheduler.problem import Problem

Fault = tuple[str, str]
"""Path of a field and what is wrong with it."""


def faults(problem: Problem) -> Iterator[Fault]:
    """Yield the faults of ``sectors``."""
    if not problem.sectors:
        yield "sectors", "Expected at least one sector."
    yield from name_faults("sectors", problem.sectors)


def name_faults(field: str, names: tuple[str, ...], suffix: str = "") -> Iterator[Fault]:
    """Yield a fault for every name that is empty or was given before."""
    first_index: dict[str, int] = {}
    for index, name in enumerate(names):
        path = f"{field}[{index}]{suffix}"
        if not name:
            yield path, "Expected a name, got an empty one."
        elif name in first_index:
            yield path, f"Expected unique names, but {name!r} is also {field}[{first_index[name]}]{suffix}."
        first_index.setdefault(name, index)


def sector_faults(problem: Problem, field: str, sector: str) -> Iterator[Fault]:
    """Yield a fault if a field names a sector that does not exist."""
    if sector not in problem.sectors:
        yield field, f"Expected one of the {len(problem.sectors)} sectors, got the unknown sector {sector!r}."
