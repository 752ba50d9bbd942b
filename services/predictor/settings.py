"""Settings of the predictor and of the embedded model server."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from serving.settings import ServiceSettings


class PredictorSettings(ServiceSettings):
    """Settings of the predictor, from `PREDICTOR_*`."""

    model_config = SettingsConfigDict(env_prefix="PREDICTOR_")

    port: int = Field(default=50051, ge=0, le=65535)
    models_dir: Path = Path("var/models")
    """Folder of model versions, shared with the model server."""
    model_server_address: str = "127.0.0.1:8500"
    """Address of TensorFlow Serving or of the embedded model server."""
    model_server_timeout_seconds: float = Field(default=30.0, gt=0)
    """Longest wait for one answer of the model server."""


class ModelServerSettings(ServiceSettings):
    """Settings of the embedded model server, from `MODEL_SERVER_*`."""

    model_config = SettingsConfigDict(env_prefix="MODEL_SERVER_")

    port: int = Field(default=8500, ge=0, le=65535)
    models_dir: Path = Path("var/models")
    """Folder of model versions."""
    poll_seconds: float = Field(default=1.0, gt=0)
    """Time between two looks for new versions."""
