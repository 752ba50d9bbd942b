"""Settings of the routes service."""

from pydantic_settings import SettingsConfigDict

from serving.settings import ServiceSettings


class RoutesSettings(ServiceSettings):
    """Settings of the routes service, read from the environment with the prefix ROUTES_."""

    model_config = SettingsConfigDict(env_prefix="ROUTES_")

    port: int = 50054
    """Port to listen on."""
