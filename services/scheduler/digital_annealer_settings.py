"""Settings of the Digital Annealer: where it is and how to log in."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from serving.errors import FailedPrecondition


class DigitalAnnealerSettings(BaseSettings):
    """Settings from the environment, for example ``DIGITAL_ANNEALER_KEY_FILE``; read once as the process starts."""

    model_config = SettingsConfigDict(env_prefix="DIGITAL_ANNEALER_")

    url: str = "https://api.aispf.global.fujitsu.com/da"
    """Where the service is, up to the version."""
    key: SecretStr | None = None
    """The API key; never logged."""
    key_file: Path | None = None
    """A file that holds the key instead; read for each job, so that the key may change."""
    key_header: Literal["X-Api-Key", "X-Access-Token"] = "X-Api-Key"
    """The header that carries the key."""
    version: Literal["v3", "v3c", "v4"] = "v4"
    job_seconds: float = Field(default=10, ge=1)
    """Most time that one job asks for; the vendor uses all of it."""
    request_seconds: float = Field(default=30, gt=0)
    """Most time for one request."""
    poll_seconds: float = Field(default=0.5, gt=0)
    """Between two looks at a job."""

    def read_key(self) -> str:
        """Return the key.

        Raises
        ------
        FailedPrecondition
            There is none, or its file cannot be read.
        """
        if self.key is not None and self.key.get_secret_value():
            return self.key.get_secret_value()
        if self.key_file is None:
            raise FailedPrecondition("NO_KEY", "Set DIGITAL_ANNEALER_KEY or DIGITAL_ANNEALER_KEY_FILE.")
        try:
            return self.key_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            words = f"DIGITAL_ANNEALER_KEY_FILE: Expected a file that can be read: {error.strerror}."
            raise FailedPrecondition("NO_KEY", words) from error
