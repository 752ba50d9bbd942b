"""Settings that every service shares; each service adds its own and its prefix. Read once, in ``__main__``."""

import sys
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings

MESSAGE_BYTES = 128 * 1024 * 1024
"""Largest message of servers and clients: an area archive or the results of a large plan."""


class ChannelSettings(BaseModel):
    """How clients reach servers: without TLS unless a CA file is given; with mTLS where a certificate is given too."""

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


class ServiceSettings(BaseSettings):
    """Settings of a gRPC service; subclasses set ``env_prefix`` and the default port."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=0, ge=0, le=65535)
    """Port to listen on; 0: any free one."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Port of Prometheus metrics over HTTP; 0: off."""
    tls_certificate_file: Path | None = None
    """Server certificate (PEM); without it the server speaks plain HTTP/2."""
    tls_key_file: Path | None = None
    """Key of the server certificate (PEM)."""
    tls_client_ca_file: Path | None = None
    """CA of client certificates (PEM); with it, clients must show one."""
    channel_ca_file: Path | None = None
    """CA of the servers that this service calls (PEM)."""
    channel_certificate_file: Path | None = None
    """Certificate that this service shows to the servers it calls (PEM)."""
    channel_key_file: Path | None = None
    """Key of that certificate (PEM)."""
    artifact_url: str = "var/artifacts"
    """fsspec URL or folder of the artifact store, shared by all services."""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """Least level that is logged."""
    otlp_endpoint: str = ""
    """OpenTelemetry collector (OTLP over gRPC), for example http://collector:4317; empty: no tracing."""
    connection_age_seconds: float = Field(default=60, gt=0)
    """Connections end after this time, give or take a tenth, so that clients look names up again and find new
    replicas; running calls go on."""
    drain_seconds: float = Field(default=10, ge=0)
    """How long running calls may go on after SIGTERM."""

    @model_validator(mode="after")
    def _check_tls(self) -> "ServiceSettings":
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("Expected tls_certificate_file and tls_key_file together.")
        if self.tls_client_ca_file is not None and self.tls_certificate_file is None:
            raise ValueError("Expected tls_certificate_file where tls_client_ca_file is given.")
        return self

    @property
    def channel(self) -> ChannelSettings:
        """How this service calls others."""
        return ChannelSettings(
            ca_file=self.channel_ca_file,
            certificate_file=self.channel_certificate_file,
            key_file=self.channel_key_file,
        )


Settings = TypeVar("Settings", bound=BaseSettings)


def read_settings(kind: type[Settings]) -> Settings:
    """Read the settings of a process from its environment.

    An impossible value ends the process with exit code 2 and one line that names every variable at fault.
    """
    try:
        return kind()
    except ValidationError as error:
        prefix = str(kind.model_config.get("env_prefix", ""))
        sys.stderr.write("; ".join(_fault(prefix, entry["loc"], entry["msg"]) for entry in error.errors()) + "\n")
        raise SystemExit(2) from None


def _fault(prefix: str, location: tuple[int | str, ...], message: str) -> str:
    words = message.removeprefix("Value error, ")
    return f"{prefix}{'_'.join(map(str, location))}".upper() + f": {words}" if location else f"{prefix}*: {words}"
