"""Calls that are made again while a service is not reachable or has too much to do, or the database is away."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import grpc
import structlog
from sqlalchemy.exc import OperationalError

from serving.errors import OfficersError, ResourceExhausted, Unavailable
from serving.status import from_rpc_error

T = TypeVar("T")

log = structlog.get_logger("retry")

OnRetry: TypeAlias = Callable[[OfficersError], Awaitable[None]]
"""Is told of an error before the call is made again."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often a call is made in all, and how long to wait before making it again.

    The delay doubles with every attempt up to `longest_delay_seconds`; where the service asks for a longer one, that
    counts, up to `longest_asked_seconds`.
    """

    attempts: int
    first_delay_seconds: float
    longest_delay_seconds: float = 15.0
    longest_asked_seconds: float = 300.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"Expected attempts of at least 1, got {self.attempts}.")

    def delay_seconds(self, failed_attempts: int, asked_seconds: float) -> float:
        """Return the delay after a number of failed attempts, where the service asked for `asked_seconds`."""
        if not self.first_delay_seconds:
            return 0.0
        own_seconds = self.first_delay_seconds * 2.0 ** min(failed_attempts - 1, 30)
        return max(min(own_seconds, self.longest_delay_seconds), min(asked_seconds, self.longest_asked_seconds))


async def call_with_retry(
    call: Callable[[], Awaitable[T]], policy: RetryPolicy, on_retry: OnRetry, callee: str = ""
) -> T:
    """Make a call until it answers; `callee` names the service for people.

    Raises
    ------
    OfficersError
        The call failed for another reason than UNAVAILABLE or RESOURCE_EXHAUSTED, or the attempts are used up.
    """
    for attempt in range(1, policy.attempts + 1):
        try:
            return await call()
        except grpc.aio.AioRpcError as rpc_error:
            error = from_rpc_error(rpc_error, callee)
            if not isinstance(error, Unavailable | ResourceExhausted) or attempt == policy.attempts:
                raise error from rpc_error
        await on_retry(error)
        await asyncio.sleep(policy.delay_seconds(attempt, error.retry_delay_seconds))
    raise AssertionError("unreachable: the last attempt returns or raises")


DATABASE_POLICY = RetryPolicy(attempts=9, first_delay_seconds=0.5)
"""Waits for the database about a minute in all."""


async def persist(change: Callable[[], T], policy: RetryPolicy = DATABASE_POLICY) -> T:
    """Read or change the database on a thread, again while it is away; a change may be made a second time.

    Raises
    ------
    OperationalError
        The attempts are used up.
    """
    for attempt in range(1, policy.attempts):
        try:
            return await asyncio.to_thread(change)
        except OperationalError as error:
            log.warning("database does not answer", attempt=attempt, error=str(error.orig))
        await asyncio.sleep(policy.delay_seconds(attempt, 0.0))
    return await asyncio.to_thread(change)
