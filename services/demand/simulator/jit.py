"""Compiles the functions of the simulation kernel."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile with numba: cached between processes, and without the interpreter lock while it runs."""
    return cast(F, njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: F) -> F:
    """Compile with numba into its callers, for what runs once per call: passing the arrays would take longer."""
    return cast(F, njit(cache=True, nogil=True, error_model="numpy", forceinline=True)(function))
