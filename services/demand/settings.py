"""Settings of the demand service."""

import os
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from serving.settings import ServiceSettings


class DemandSettings(ServiceSettings):
    """Settings from the environment, for example ``DEMAND_PORT``."""

    model_config = SettingsConfigDict(env_prefix="DEMAND_")

    port: int = 50052
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    """Threads that one answer is computed in; 0: as many as there are cores. They change nothing but the time."""

    @property
    def worker_count(self) -> int:
        """Threads that one answer is computed in."""
        return self.workers or len(os.sched_getaffinity(0))
