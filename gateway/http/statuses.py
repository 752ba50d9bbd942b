"""Errors as HTTP answers: the JSON of google.rpc.Status with the HTTP status of its code."""

from collections.abc import Mapping
from http import HTTPStatus

import grpc
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2
from starlette.responses import Response

from serving.errors import OfficersError
from serving.status import to_status

CLIENT_CLOSED_REQUEST = 499

HTTP_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    grpc.StatusCode.ABORTED: HTTPStatus.CONFLICT,
    grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    grpc.StatusCode.UNIMPLEMENTED: HTTPStatus.NOT_IMPLEMENTED,
    grpc.StatusCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
    grpc.StatusCode.CANCELLED: CLIENT_CLOSED_REQUEST,
}

ROUTING_CODES: Mapping[int, grpc.StatusCode] = {
    HTTPStatus.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    HTTPStatus.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: grpc.StatusCode.INVALID_ARGUMENT,
}

DETAIL_TYPES = (
    error_details_pb2.ErrorInfo,
    error_details_pb2.BadRequest,
    error_details_pb2.ResourceInfo,
    error_details_pb2.RetryInfo,
)
"""What :func:`serving.status.to_status` packs; imported here so that their JSON is known."""


def http_status(code: grpc.StatusCode) -> int:
    """Return the HTTP status of a gRPC status; whatever is not listed is an internal error."""
    return int(HTTP_STATUS.get(code, HTTPStatus.INTERNAL_SERVER_ERROR))


def error_json(error: OfficersError) -> str:
    """Return the JSON of google.rpc.Status in one line."""
    return json_format.MessageToJson(to_status(error), indent=None)


def error_response(error: OfficersError) -> Response:
    """Return the answer to a request that failed."""
    return Response(error_json(error), http_status(error.code), media_type="application/json")


def routing_response(status: int, message: str) -> Response:
    """Return the answer to a request that reaches no method: its path, verb, media type or sender is not served."""
    code = ROUTING_CODES.get(status, grpc.StatusCode.UNIMPLEMENTED)
    content = json_format.MessageToJson(status_pb2.Status(code=code.value[0], message=message), indent=None)
    return Response(content, status, media_type="application/json")
