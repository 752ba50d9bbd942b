"""Opens channels the way every client does: message sizes, retry, load balancing, name look-ups, TLS."""

import json
from pathlib import Path

import grpc

from serving.settings import MESSAGE_BYTES, ChannelSettings

SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    # a server that drains, or is not ready, gets no new calls
    "healthCheckConfig": {"serviceName": ""},
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.2s",
                "maxBackoff": "5s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}

OPTIONS = (
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    # requests larger than this buffer are never retried
    ("grpc.per_rpc_retry_buffer_size", MESSAGE_BYTES),
    ("grpc.dns_min_time_between_resolutions_ms", 5_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)


def open_channel(address: str, settings: ChannelSettings | None = None) -> grpc.aio.Channel:
    """Open an asyncio channel to ``host:port`` or any gRPC target."""
    credentials = _credentials(settings or ChannelSettings())
    if credentials is None:
        return grpc.aio.insecure_channel(address, options=OPTIONS)
    return grpc.aio.secure_channel(address, credentials, options=OPTIONS)


def open_blocking_channel(address: str, settings: ChannelSettings | None = None) -> grpc.Channel:
    """Open a blocking channel to ``host:port`` or any gRPC target."""
    credentials = _credentials(settings or ChannelSettings())
    if credentials is None:
        return grpc.insecure_channel(address, options=OPTIONS)
    return grpc.secure_channel(address, credentials, options=OPTIONS)


def _credentials(settings: ChannelSettings) -> grpc.ChannelCredentials | None:
    if settings.ca_file is None:
        return None
    return grpc.ssl_channel_credentials(
        root_certificates=settings.ca_file.read_bytes(),
        private_key=_read(settings.key_file),
        certificate_chain=_read(settings.certificate_file),
    )


def _read(file: Path | None) -> bytes | None:
    return None if file is None else file.read_bytes()
