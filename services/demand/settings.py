"""Settings of the demand service."""

from pydantic_settings import SettingsConfigDict

from serving.settings import ServiceSettings


class DemandSettings(ServiceSettings):
    """Settings from the environment, for example ``DEMAND_PORT``."""

    model_config = SettingsConfigDict(env_prefix="DEMAND_")

    port: int = 50052
