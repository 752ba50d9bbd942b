"""Settings of the gateway."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from sqlalchemy import make_url

from serving.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Settings of the gateway, read from the environment with the prefix ``GATEWAY_``.

    There is no authentication yet: whoever reaches a port may do everything. Both servers therefore listen on
    loopback unless told otherwise.
    """

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    port: int = Field(default=50050, ge=0, le=65535)
    """Port of gRPC; 0: any free one."""
    http_port: int = Field(default=8080, ge=0, le=65535)
    """Port of HTTP with JSON, on the same address; 0: any free one."""
    http_names: str = ""
    """Names under which HTTP is reached, separated by commas, without ports: what browsers may have as `Host` beside
    those of loopback, and pages of these names may call. Empty: any name, or none where `host` is loopback."""
    database_url: str = "sqlite:///var/gateway/gateway.db"
    """SQLAlchemy URL of areas, plans, events and decisions."""
    workflow_database_url: str = ""
    """SQLAlchemy URL of the workflow checkpoints; empty: beside `database_url`."""
    executor_id: str = "local"
    """Name of this replica, for example its pod's: after a restart it goes on with the plans that it had begun."""
    plans_at_once: int = Field(default=4, ge=1)
    """Plans that one replica works on at a time; others wait."""
    predictor_address: str = "127.0.0.1:50051"
    """Address of the predictor."""
    demand_address: str = "127.0.0.1:50052"
    """Address of the demand service."""
    scheduler_address: str = "127.0.0.1:50053"
    """Address of the scheduler."""
    routes_address: str = "127.0.0.1:50054"
    """Address of the routes service."""
    retry_attempts: int = Field(default=20, ge=1)
    """How often a call that answers UNAVAILABLE or RESOURCE_EXHAUSTED is made in all before the plan fails."""
    retry_first_delay_seconds: float = Field(default=0.5, ge=0)
    """Delay before the second attempt; doubles with every attempt up to 15 seconds."""

    @property
    def checkpoint_url(self) -> str:
        """URL of the workflow checkpoints: as set, else a second SQLite file, else the same server database."""
        url = make_url(self.database_url)
        if self.workflow_database_url or url.get_backend_name() != "sqlite" or not url.database:
            return self.workflow_database_url or self.database_url
        file = Path(url.database)
        beside = file.with_name(f"{file.stem}-workflows{file.suffix}")
        return url.set(database=str(beside)).render_as_string(hide_password=False)
