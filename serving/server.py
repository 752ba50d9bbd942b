"""Starts a gRPC server the way every service does: health, reflection, interceptors, TLS, and a drain on SIGTERM."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_health.v1.health import SERVICE_NAME as HEALTH_SERVICE_NAME
from grpc_reflection.v1alpha import reflection

from serving.errors import OfficersError, Unavailable
from serving.interceptors import RequestInterceptor
from serving.settings import MESSAGE_BYTES, ServiceSettings
from serving.telemetry import start_telemetry

CONNECTION_AGE_GRACE_MS = 3_600_000
"""Calls on an ended connection may go on this long; at least the longest call."""

Register = Callable[[grpc.aio.Server], Sequence[str]]
"""Adds servicers to a server and returns the full names of their services."""

log = structlog.get_logger("server")


@dataclass(frozen=True)
class RunningServer:
    """A server that has started: where it listens and how to end it."""

    server: grpc.aio.Server
    port: int
    health: HealthServicer

    async def drain(self, seconds: float) -> None:
        """Report NOT_SERVING, refuse new calls, and give running calls `seconds` to end."""
        await self.health.enter_graceful_shutdown()
        await self.server.stop(seconds)


async def start_server(settings: ServiceSettings, register: Register) -> RunningServer:
    """Start a server.

    Raises
    ------
    Unavailable
        The port cannot be listened on.
    """
    server = grpc.aio.server(
        interceptors=(RequestInterceptor(),),
        options=(
            ("grpc.max_send_message_length", MESSAGE_BYTES),
            ("grpc.max_receive_message_length", MESSAGE_BYTES),
            ("grpc.max_connection_age_ms", round(1000 * settings.connection_age_seconds)),
            ("grpc.max_connection_age_grace_ms", CONNECTION_AGE_GRACE_MS),
            ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ("grpc.so_reuseport", 0),
        ),
    )
    names = list(register(server))
    health_servicer = await _add_health(server, names)
    reflection.enable_server_reflection([*names, HEALTH_SERVICE_NAME, reflection.SERVICE_NAME], server)
    port = _listen(server, settings)
    await server.start()
    return RunningServer(server, port, health_servicer)


def run(settings: ServiceSettings, register: Register) -> None:
    """Serve until SIGTERM or SIGINT, then drain. The service is named after the settings class.

    Where it cannot start (the port is in use), the process ends with exit code 1 and one line in the log.
    """
    service = type(settings).__name__.removesuffix("Settings").lower()
    start_telemetry(settings, service)
    try:
        asyncio.run(_serve(settings, register))
    except OfficersError as error:
        log.error("cannot start", error=str(error))
        raise SystemExit(1) from None


async def _serve(settings: ServiceSettings, register: Register) -> None:
    ended = end_signal()
    running = await start_server(settings, register)
    log.info("serving", address=f"{settings.host}:{running.port}")
    await ended.wait()
    log.info("draining", seconds=settings.drain_seconds)
    await running.drain(settings.drain_seconds)
    log.info("stopped")


def end_signal() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    return ended


async def _add_health(server: grpc.aio.Server, names: Sequence[str]) -> HealthServicer:
    servicer = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    for name in ("", *names):
        await servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
    return servicer


def _listen(server: grpc.aio.Server, settings: ServiceSettings) -> int:
    address = f"{settings.host}:{settings.port}"
    try:
        if settings.tls_certificate_file is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, _server_credentials(settings))
    except RuntimeError as error:
        raise Unavailable(f"Cannot listen on {address}: is the port in use?") from error


def _server_credentials(settings: ServiceSettings) -> grpc.ServerCredentials:
    assert settings.tls_key_file is not None  # checked by the settings
    assert settings.tls_certificate_file is not None
    client_ca = _read(settings.tls_client_ca_file)
    pair = (settings.tls_key_file.read_bytes(), settings.tls_certificate_file.read_bytes())
    return grpc.ssl_server_credentials([pair], client_ca, require_client_auth=client_ca is not None)


def _read(file: Path | None) -> bytes | None:
    return None if file is None else file.read_bytes()
