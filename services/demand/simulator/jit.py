"""Compiles the functions of the simulation kernel."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
"""Cached between processes, and without the interpreter lock. The functions allocate nothing, so that references to
arrays need not be counted, which would take most of the time."""


def compiled(function: F) -> F:
    """Compile with numba; arrays to write are handed over."""
    return cast(F, njit(**OPTIONS)(function))


def inlined(function: F) -> F:
    """Compile with numba into its callers, for what runs once per call: passing the arrays would take longer."""
    return cast(F, njit(**OPTIONS, forceinline=True)(function))
