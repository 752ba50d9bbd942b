"""A real server on loopback for contract tests, with everything that surrounds a servicer in production."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from serving.channel import open_channel
from serving.server import Register, start_server
from serving.settings import ServiceSettings


@asynccontextmanager
async def in_process_server(register: Register) -> AsyncIterator[grpc.aio.Channel]:
    """Serve on a free port of 127.0.0.1 and yield a channel to it; both end with the block."""
    running = await start_server(ServiceSettings(port=0), register)
    channel = open_channel(f"127.0.0.1:{running.port}")
    try:
        yield channel
    finally:
        await channel.close(None)
        await running.drain(0)
