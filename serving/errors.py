"""Exceptions that carry their gRPC status.

::

    OfficersError
    ├── InvalidArgument      the request is wrong; names every field at fault
    ├── NotFound             a named resource does not exist
    ├── AlreadyExists        a named resource exists with other content
    ├── FailedPrecondition   right request, wrong state: fix the state first
    ├── ResourceExhausted    too much at once: call again after the delay
    ├── Unavailable          not reachable now: call again after the delay
    ├── Cancelled            the caller gave up
    ├── DeadlineExceeded     the time is over and there is nothing to return
    └── Internal             a fault of ours

Domain code raises them directly; :mod:`serving.status` turns them into gRPC statuses and back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import grpc


class OfficersError(Exception):
    """An error with a gRPC status code, a stable upper-case reason and one sentence for people."""

    code = grpc.StatusCode.UNKNOWN

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # __init__ takes other arguments than an exception keeps, and errors cross processes.
        return _restore, (type(self), self.message, self.__dict__)


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong with a request."""

    field: str
    description: str

    def __str__(self) -> str:
        return f"{self.field}: {self.description}" if self.field else self.description


class InvalidArgument(OfficersError):
    """The request is wrong. `field` is a path such as ``demand[3].cars[2]``; `description` says what is allowed."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    violations: tuple[Violation, ...]

    def __init__(self, field: str, description: str) -> None:
        self._fill((Violation(field, description),))

    @classmethod
    def of(cls, violations: Iterable[tuple[str, str]]) -> Self:
        """Make one error of several (field, description) pairs."""
        error = cls.__new__(cls)
        error._fill(tuple(Violation(field, description) for field, description in violations))
        return error

    def _fill(self, violations: tuple[Violation, ...]) -> None:
        self.violations = violations
        super().__init__("INVALID_ARGUMENT", "; ".join(map(str, violations)))


class NotFound(OfficersError):
    """A resource of a kind ("artifact", "plan") does not exist."""

    code = grpc.StatusCode.NOT_FOUND

    def __init__(self, kind: str, name: str, message: str = "") -> None:
        super().__init__(f"{kind.upper().replace(' ', '_')}_NOT_FOUND", message or f"There is no {kind} {name!r}.")
        self.kind = kind
        self.name = name


class AlreadyExists(OfficersError):
    """A resource of a kind exists with other content."""

    code = grpc.StatusCode.ALREADY_EXISTS

    def __init__(self, kind: str, name: str, message: str = "") -> None:
        super().__init__(f"{kind.upper().replace(' ', '_')}_EXISTS", message or f"The {kind} {name!r} exists already.")
        self.kind = kind
        self.name = name


class FailedPrecondition(OfficersError):
    """The request is right but the state is not: fix the state, then call again."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class _Retryable(OfficersError):
    def __init__(self, message: str, retry_delay_seconds: float = 1.0, reason: str = "") -> None:
        super().__init__(reason or self.code.name, message)
        self.retry_delay_seconds = retry_delay_seconds


class ResourceExhausted(_Retryable):
    """Too much at once: call again after `retry_delay_seconds`."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unavailable(_Retryable):
    """Not reachable now: call again after `retry_delay_seconds`."""

    code = grpc.StatusCode.UNAVAILABLE


class _Plain(OfficersError):
    def __init__(self, message: str) -> None:
        super().__init__(self.code.name, message)


class Cancelled(_Plain):
    """The caller gave up."""

    code = grpc.StatusCode.CANCELLED


class DeadlineExceeded(_Plain):
    """The time is over and there is nothing to return."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class Internal(_Plain):
    """A fault of ours; what happened is in the log under the request id."""

    code = grpc.StatusCode.INTERNAL


def _restore(kind: type[OfficersError], message: str, fields: dict[str, Any]) -> OfficersError:
    error = kind.__new__(kind, message)
    error.__dict__.update(fields)
    return error
