"""Server streams as server-sent events: the event's id is its cursor, so that a browser goes on where it was."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

import structlog
from google.protobuf.message import Message

from gateway.http.statuses import error_json
from gateway.http.transcode import to_json
from serving.errors import Internal, InvalidArgument, OfficersError

MEDIA_TYPE = "text/event-stream"

FIRST_SECONDS = 0.5
"""An error that comes this soon is answered with its HTTP status; later ones are an event of the stream."""

SILENCE_SECONDS = 15.0
"""A comment is sent after this much silence, so that proxies keep the connection."""

log = structlog.get_logger("http")


def resume(request: Message, headers: Mapping[str, str]) -> None:
    """Set the request's cursor from the Last-Event-ID header, where there is one. Raises InvalidArgument."""
    last_event_id = headers.get("last-event-id", "")
    if not last_event_id or "cursor" not in request.DESCRIPTOR.fields_by_name:
        return
    if not last_event_id.isdecimal() or int(last_event_id) >= 2**63:
        raise InvalidArgument("Last-Event-ID", f"Expected the id of an event, got {last_event_id!r}.")
    request.cursor = int(last_event_id)  # type: ignore[attr-defined] # checked by the descriptor


async def open_stream(
    responses: AsyncIterator[Message], silence_seconds: float = SILENCE_SECONDS
) -> AsyncIterator[bytes]:
    """Return the events of a stream. Raises the stream's error where it comes at once."""
    first = asyncio.ensure_future(anext(responses, None))
    try:
        done, _ = await asyncio.wait({first}, timeout=FIRST_SECONDS)
    except asyncio.CancelledError:
        first.cancel()
        raise
    if done:
        first.result()
    return _write_events(responses, first, silence_seconds)


async def _write_events(
    responses: Any, upcoming: "asyncio.Future[Message | None]", silence_seconds: float
) -> AsyncIterator[bytes]:
    async with aclosing(responses):
        try:
            while True:
                done, _ = await asyncio.wait({upcoming}, timeout=silence_seconds)
                if not done:
                    yield b": still here\n\n"
                    continue
                response = upcoming.result()
                if response is None:
                    return
                yield _event(response)
                upcoming = asyncio.ensure_future(anext(responses, None))
        except OfficersError as error:
            yield f"event: error\ndata: {error_json(error)}\n\n".encode()
        except Exception:
            log.exception("unexpected error in a stream")
            yield f"event: error\ndata: {error_json(Internal('internal error'))}\n\n".encode()
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


def _event(response: Message) -> bytes:
    cursor = getattr(response, "cursor", None)
    identity = "" if cursor is None else f"id: {cursor}\n"
    return f"{identity}data: {to_json(response)}\n\n".encode()
