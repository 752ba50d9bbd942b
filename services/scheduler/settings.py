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
    pool_address: str = ""
    """gRPC target of all replicas, this one among them, for example ``dns:///scheduler:50053`` or
    ``ipv4:127.0.0.1:50053,127.0.0.1:50063``; empty: trials run on this process's own threads."""
    sampling_threads: int = Field(default=0, ge=0)
    """Annealing trials that run at once on this replica, whoever asks for them; 0: one per core."""
    waiting_trials: int = Field(default=4, ge=0)
    """Trials from other replicas that may wait for each sampling thread; beyond that they are told to come back."""
    trials_in_flight: int = Field(default=64, ge=1)
    """Most trials of one solve that are under way at once."""
