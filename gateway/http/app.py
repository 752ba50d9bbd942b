"""The HTTP application: one route per RPC that has an HTTP rule, and the console."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from fastapi import FastAPI
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from gateway.http.browsers import BrowserGuard, HostNames
from gateway.http.console import add_console
from gateway.http.openapi import describe_service
from gateway.http.rules import HttpRule, read_rules
from gateway.http.statuses import error_response, routing_response
from gateway.http.streams import MEDIA_TYPE, open_stream, resume
from gateway.http.transcode import to_json, to_request
from serving.errors import Internal, InvalidArgument, OfficersError
from serving.interceptors import REQUEST_ID_KEY
from serving.settings import MESSAGE_BYTES

log = structlog.get_logger("http")

Endpoint = Callable[[Request], Awaitable[Response]]


class InProcessContext:
    """What servicers need of a call that is no gRPC call: it has no deadline, and is cancelled with its task."""

    def time_remaining(self) -> None:
        """Return None: no deadline."""


def make_app(service: ServiceDescriptor, servicer: object, names: HostNames) -> FastAPI:
    """Return the application that serves a servicer's methods under some names. There is no authentication yet."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    rules = read_rules(service)
    for rule in rules:
        app.add_route(rule.path, _make_endpoint(rule, servicer), methods=[rule.verb])
    document = describe_service(service, rules, servicer)

    async def openapi(_: Request) -> Response:
        return JSONResponse(document)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "SERVING"})

    app.add_route("/openapi.json", openapi, methods=["GET"])
    app.add_route("/healthz", healthz, methods=["GET"])
    add_console(app)
    app.add_middleware(BrowserGuard, names=names)
    app.add_exception_handler(HTTPException, _answer_unrouted)
    return app


async def _answer_unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return routing_response(error.status_code, f"{request.method} {request.url.path}: {error.detail}")


def _make_endpoint(rule: HttpRule, servicer: object) -> Endpoint:
    behaviour = getattr(servicer, rule.method.name)
    answer = _answer_many if rule.method.server_streaming else _answer_once

    async def endpoint(request: Request) -> Response:
        request_id = request.headers.get(REQUEST_ID_KEY) or uuid.uuid4().hex
        start_time = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id, method=rule.method.full_name):
            response = await _guard(lambda: answer(rule, behaviour, request), request_id)
            seconds = round(time.perf_counter() - start_time, 4)
            log.info("request", status=response.status_code, seconds=seconds)
        response.headers[REQUEST_ID_KEY] = request_id
        return response

    return endpoint


async def _guard(answer: Callable[[], Awaitable[Response]], request_id: str) -> Response:
    try:
        return await answer()
    except OfficersError as error:
        return error_response(error)
    except Exception:
        log.exception("unexpected error")
        return error_response(Internal(f"internal error (request id {request_id})"))


async def _answer_once(rule: HttpRule, behaviour: Callable[..., Awaitable[Message]], request: Request) -> Response:
    message = await _read_request(rule, request)
    response = await behaviour(message, InProcessContext())
    content = await asyncio.to_thread(to_json, response)  # the JSON of a plan takes a while
    return Response(content, media_type="application/json")


async def _answer_many(rule: HttpRule, behaviour: Callable[..., AsyncIterator[Message]], request: Request) -> Response:
    message = await _read_request(rule, request)
    resume(message, request.headers)
    events = await open_stream(behaviour(message, InProcessContext()))
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


async def _read_request(rule: HttpRule, request: Request) -> Message:
    body = await _read_body(request) if rule.has_body else b""
    return await asyncio.to_thread(to_request, rule, request.path_params, request.query_params.multi_items(), body)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MESSAGE_BYTES:
            raise InvalidArgument("body", f"Expected at most {MESSAGE_BYTES} bytes.")
    return bytes(body)
