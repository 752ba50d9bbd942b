"""Compiles the functions of the simulation kernel."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
"""Cached between processes, and without the interpreter lock. The functions allocate nothing, so that references to
arrays need not be counted, which would take most of the time."""


def compiled(function: F) -> F:
    """Compile with numba; arrays to write are handed over."""
    return cast(F, _stamped(njit(**OPTIONS)(function)))


def inlined(function: F) -> F:
    """Compile with numba into its callers, for what runs once per call: passing the arrays would take longer."""
    return cast(F, _stamped(njit(**OPTIONS, forceinline=True)(function)))


def sources_stamp() -> str:
    """Return what stands for all modules of the kernel as they are."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


SOURCES_STAMP = sources_stamp()


def _stamped(dispatcher: Any) -> Any:
    """Let the cached code of a function be stale once any module of the kernel has changed.

    Numba looks at the function's own file only, and would go on with what other modules held before.
    """
    dispatcher._cache._cache_file._source_stamp = SOURCES_STAMP
    return dispatcher
