"""Pages of lists: opaque tokens that say where the next page begins."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from serving.errors import InvalidArgument

T = TypeVar("T")

DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE_SIZE = 1000


@dataclass(frozen=True)
class Page(Generic[T]):
    """Entries of a list and where the next page begins; empty: no more pages."""

    entries: Sequence[T]
    next_page_token: str


def check_page_size(page_size: int) -> int:
    """Return the page size with its default. Raises InvalidArgument."""
    if not 0 <= page_size <= LARGEST_PAGE_SIZE:
        raise InvalidArgument("page_size", f"Expected 0 to {LARGEST_PAGE_SIZE}, got {page_size}.")
    return page_size or DEFAULT_PAGE_SIZE


def make_page_token(scope: str, after: Sequence[str]) -> str:
    """Return the token of the page that begins after the entry with this sort key, within a list (`scope`)."""
    return base64.urlsafe_b64encode(json.dumps([scope, *after]).encode()).decode()


def read_page_token(scope: str, token: str) -> tuple[str, ...]:
    """Return the sort key in a token of the list `scope`; empty for the first page.

    Raises
    ------
    InvalidArgument
        The token is not one that was given out for this list.
    """
    if not token:
        return ()
    try:
        parts = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, UnicodeError, json.JSONDecodeError, RecursionError):
        parts = None
    if not isinstance(parts, list) or len(parts) < 2 or parts[0] != scope or not _are_texts(parts):
        raise InvalidArgument("page_token", "Expected a next_page_token of the same list.")
    return tuple(parts[1:])


def _are_texts(parts: list[object]) -> bool:
    return all(isinstance(part, str) for part in parts)
