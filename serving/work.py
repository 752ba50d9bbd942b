"""Runs synchronous domain code for an RPC in a thread, with a way to tell it to stop."""

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeAlias, TypeVar

import grpc

T = TypeVar("T")

Stop = Callable[[], bool]
"""True once the RPC is cancelled or (nearly) past its deadline; domain code asks it often and then ends early."""

ServicerContext: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

ANSWER_MARGIN_SECONDS = 0.5
"""`Stop` turns true this long before the deadline, so that the best answer so far still reaches the caller."""

_END = object()


def never_stop() -> bool:
    """Never ask to stop: for callers without an RPC, such as the command line."""
    return False


async def run_in_thread(context: ServicerContext, function: Callable[[Stop], T], threads: Executor | None = None) -> T:
    """Run ``function(stop)`` in a thread, of `threads` where they are given, and return its result."""
    ended = threading.Event()
    remaining_seconds = context.time_remaining()
    stop_time = float("inf")
    if remaining_seconds is not None:
        stop_time = time.monotonic() + remaining_seconds - min(ANSWER_MARGIN_SECONDS, remaining_seconds / 4)

    def stop() -> bool:
        return ended.is_set() or time.monotonic() >= stop_time

    try:
        run = partial(contextvars.copy_context().run, function, stop)
        return await asyncio.get_running_loop().run_in_executor(threads, run)
    finally:
        ended.set()


async def stream_from_thread(
    context: ServicerContext, function: Callable[[Stop, Callable[[T], None]], None]
) -> AsyncIterator[T]:
    """Run ``function(stop, emit)`` in a thread and yield what it emits, in order; its exception ends the stream."""
    queue: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def emit(item: T) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, item)

    task = asyncio.create_task(run_in_thread(context, lambda stop: function(stop, emit)))
    task.add_done_callback(lambda _: queue.put_nowait(_END))
    try:
        while (item := await queue.get()) is not _END:
            yield item
        await task
    finally:
        task.cancel()
