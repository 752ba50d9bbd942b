"""Errors to gRPC statuses with google.rpc details, and back: the one place that knows both."""

from collections.abc import Iterable

import grpc
from google.rpc import error_details_pb2, status_pb2

from serving.errors import (
    AlreadyExists,
    Cancelled,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    NotFound,
    OfficersError,
    ResourceExhausted,
    Unavailable,
)

DETAILS_KEY = "grpc-status-details-bin"
ERROR_DOMAIN = "officers"
UNANSWERED = {
    grpc.StatusCode.UNAVAILABLE: "cannot be reached",
    grpc.StatusCode.DEADLINE_EXCEEDED: "did not answer in time",
}


def to_status(error: OfficersError) -> status_pb2.Status:
    """Describe an error as google.rpc.Status with ErrorInfo and what its kind adds."""
    status = status_pb2.Status(code=error.code.value[0], message=error.message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=ERROR_DOMAIN))
    if isinstance(error, InvalidArgument):
        bad_request = error_details_pb2.BadRequest()
        for violation in error.violations:
            bad_request.field_violations.add(field=violation.field, description=violation.description)
        status.details.add().Pack(bad_request)
    if isinstance(error, NotFound | AlreadyExists):
        status.details.add().Pack(error_details_pb2.ResourceInfo(resource_type=error.kind, resource_name=error.name))
    if isinstance(error, ResourceExhausted | Unavailable):
        retry_info = error_details_pb2.RetryInfo()
        retry_info.retry_delay.FromMilliseconds(round(1000 * error.retry_delay_seconds))
        status.details.add().Pack(retry_info)
    return status


def from_status(status: status_pb2.Status) -> OfficersError:
    """Make the error that a google.rpc.Status describes."""
    info = error_details_pb2.ErrorInfo()
    bad_request = error_details_pb2.BadRequest()
    resource = error_details_pb2.ResourceInfo()
    retry = error_details_pb2.RetryInfo()
    for detail in status.details:
        for message in (info, bad_request, resource, retry):
            detail.Unpack(message)
    delay_seconds = retry.retry_delay.ToMilliseconds() / 1000 if retry.HasField("retry_delay") else 1.0
    match status.code:
        case 3:
            violations = [(entry.field, entry.description) for entry in bad_request.field_violations]
            return InvalidArgument.of(violations or [("", status.message)])
        case 5:
            return NotFound(resource.resource_type or "resource", resource.resource_name, status.message)
        case 6:
            return AlreadyExists(resource.resource_type or "resource", resource.resource_name, status.message)
        case 9:
            return FailedPrecondition(info.reason or "FAILED_PRECONDITION", status.message)
        case 8:
            return ResourceExhausted(status.message, delay_seconds, info.reason)
        case 14:
            return Unavailable(status.message, delay_seconds, info.reason)
        case 1:
            return Cancelled(status.message)
        case 4:
            return DeadlineExceeded(status.message)
        case _:
            return Internal(status.message)


def from_rpc_error(error: grpc.RpcError, callee: str = "") -> OfficersError:
    """Make our error of a failed call, whoever answered it (blocking and asyncio clients alike).

    `callee` names the service that was called, such as "demand"; people read the name where nobody answered.
    """
    code, details = error.code(), error.details()
    metadata: Iterable[tuple[str, str | bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment]
    for key, value in metadata:
        if key == DETAILS_KEY and isinstance(value, bytes):
            return from_status(status_pb2.Status.FromString(value))
    message = details or code.name
    if callee and code in UNANSWERED:
        message = f"The {callee} service {UNANSWERED[code]} ({message})."
    return from_status(status_pb2.Status(code=code.value[0], message=message))
