"""Serves the HTTP application beside the gRPC server, on the same event loop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from serving.errors import Unavailable
from serving.settings import ServiceSettings


@asynccontextmanager
async def serve_http(app: FastAPI, settings: ServiceSettings, port: int) -> AsyncIterator[int]:
    """Serve on the settings' address, with their TLS, and yield the port; the block's end drains and stops.

    Raises
    ------
    Unavailable
        The port cannot be listened on.
    """
    listener = _listen(settings.host, port)
    server = _Server(_config(app, settings))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """A server that leaves signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _config(app: FastAPI, settings: ServiceSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ssl_certfile=settings.tls_certificate_file,
        ssl_keyfile=settings.tls_key_file,
        ssl_ca_certs=None if settings.tls_client_ca_file is None else str(settings.tls_client_ca_file),
        ssl_cert_reqs=ssl_requirement(settings),
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
    )


def ssl_requirement(settings: ServiceSettings) -> int:
    """Return what clients must show: a certificate where the settings name the CA of clients, as for gRPC."""
    return int(ssl.CERT_NONE if settings.tls_client_ca_file is None else ssl.CERT_REQUIRED)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    return listener
