"""What happens around every RPC: a request id, one log line, metrics, and errors turned into statuses."""

import asyncio
import inspect
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import grpc
import structlog
from prometheus_client import Counter, Histogram

from serving.errors import DeadlineExceeded, Internal, OfficersError
from serving.status import DETAILS_KEY, to_status
from serving.work import ServicerContext

REQUEST_ID_KEY = "x-request-id"

log = structlog.get_logger("rpc")
RPC_SECONDS = Histogram(
    "officers_rpc_seconds", "Duration of RPCs", ["method"], buckets=(0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800)
)
RPC_COUNT = Counter("officers_rpc_total", "RPCs ended, by status", ["method", "code"])

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class RequestInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg] # generic in its stubs alone
    """Gives every RPC of every kind a request id, a log line, metrics and the status of its error.

    An exception that is no :class:`OfficersError` becomes INTERNAL without its text, which goes to the log alone.
    """

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Wrap the handler of the call."""
        handler = await continuation(handler_call_details)
        if handler is None:  # an unknown method: gRPC answers UNIMPLEMENTED itself
            return handler
        wrapped: Handler = _wrap(handler, str(handler_call_details.method))
        return wrapped


def _wrap(handler: Any, method: str) -> Any:
    codec = {
        "request_deserializer": handler.request_deserializer,
        "response_serializer": handler.response_serializer,
    }
    if handler.unary_unary:
        return grpc.unary_unary_rpc_method_handler(_answer_once(handler.unary_unary, method), **codec)
    if handler.stream_unary:
        return grpc.stream_unary_rpc_method_handler(_answer_once(handler.stream_unary, method), **codec)
    if handler.unary_stream:
        return grpc.unary_stream_rpc_method_handler(_answer_many(handler.unary_stream, method), **codec)
    return grpc.stream_stream_rpc_method_handler(_answer_many(handler.stream_stream, method), **codec)


def _answer_once(behaviour: Callable[..., Awaitable[Any]], method: str) -> Callable[..., Awaitable[Any]]:
    async def answer(request: Any, context: ServicerContext) -> Any:
        async with _around(method, context):
            return await behaviour(request, context)

    return answer


def _answer_many(behaviour: Callable[..., Any], method: str) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(behaviour):  # one that writes to the context, as gRPC's health service does
        return _answer_once(behaviour, method)

    async def answer(request: Any, context: ServicerContext) -> AsyncIterator[Any]:
        async with _around(method, context):
            async for response in behaviour(request, context):
                yield response

    return answer


@asynccontextmanager
async def _around(method: str, context: ServicerContext) -> AsyncIterator[None]:
    request_id = _request_id(context)
    start_time = time.perf_counter()
    code = grpc.StatusCode.OK
    structlog.contextvars.bind_contextvars(request_id=request_id, method=method)
    try:
        _check_deadline(context)
        yield
    except OfficersError as error:
        code = error.code
        await _abort(context, error)
    except grpc.aio.AbortError:
        code = grpc.StatusCode.ABORTED
        raise
    except (asyncio.CancelledError, GeneratorExit):
        code = grpc.StatusCode.CANCELLED
        raise
    except Exception:
        code = grpc.StatusCode.INTERNAL
        log.exception("unexpected error")
        await _abort(context, Internal(f"internal error (request id {request_id})"))
    finally:
        seconds = time.perf_counter() - start_time
        RPC_SECONDS.labels(method).observe(seconds)
        RPC_COUNT.labels(method, code.name).inc()
        log.info("call", code=code.name, seconds=round(seconds, 4))
        structlog.contextvars.unbind_contextvars("request_id", "method")


def _request_id(context: ServicerContext) -> str:
    metadata = dict(context.invocation_metadata() or ())
    given = metadata.get(REQUEST_ID_KEY)
    return given if isinstance(given, str) and given else uuid.uuid4().hex


def _check_deadline(context: ServicerContext) -> None:
    remaining_seconds = context.time_remaining()
    if remaining_seconds is not None and remaining_seconds <= 0:
        raise DeadlineExceeded("The deadline was past when the call arrived.")


async def _abort(context: ServicerContext, error: OfficersError) -> None:
    details = to_status(error).SerializeToString()
    await context.abort(error.code, error.message, trailing_metadata=((DETAILS_KEY, details),))
