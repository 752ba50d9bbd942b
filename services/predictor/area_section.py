"""What every table of `area.toml` shares: no unknown keys, no silent conversions."""

from pydantic import BaseModel, ConfigDict


class AreaSection(BaseModel):
    """A table of `area.toml`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
