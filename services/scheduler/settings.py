"""Settings of the scheduler service."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from serving.settings import ServiceSettings


class SchedulerSettings(ServiceSettings):
    """Settings from the environment, for example ``SCHEDULER_PORT``."""

    model_config = SettingsConfigDict(env_prefix="SCHEDULER_")

    port: int = 50053
    max_running: int = Field(default=2, ge=1)
    """Solves and samplings that run at once."""
    max_waiting: int = Field(default=8, ge=0)
    """Those that may wait for a place; beyond that callers are told to come back."""
    retry_delay_seconds: float = Field(default=5, gt=0)
    """When they are told to come back."""
