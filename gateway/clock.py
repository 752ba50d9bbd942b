"""The time now, as something that tests can set."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Returns the present instant with its offset."""


def utc_now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)
