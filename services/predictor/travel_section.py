"""`[travel]` of `area.toml`."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from services.predictor.area import TravelSpeeds
from services.predictor.area_section import AreaSection

HOURS_PER_DAY = 24

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Factor = Annotated[float, Field(ge=0.1, le=10)]


class TravelSection(AreaSection):
    """How driving minutes are found, and what is added to them."""

    speed_km_h: Positive = 24.0
    urgent_speed_km_h: Positive = 36.0
    detour_factor: Annotated[float, Field(ge=1, le=10)] = 1.35
    mobilisation_minutes: Annotated[float, Field(ge=0, le=60)] = 0.0
    hour_factors: list[Factor] = Field(default_factory=list)
    osrm_url: str = ""
    osrm_profile: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    calibrate: bool = False

    @field_validator("hour_factors")
    @classmethod
    def _check_hours(cls, hour_factors: list[float]) -> list[float]:
        if len(hour_factors) not in (0, HOURS_PER_DAY):
            raise ValueError(f"Expected {HOURS_PER_DAY} numbers, one per hour of the day, got {len(hour_factors)}.")
        return hour_factors

    @field_validator("osrm_url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        """Take the address of a server; what else an address may hold does not belong into a snapshot."""
        parts = urlsplit(url)
        is_server = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        if url and (not is_server or "@" in parts.netloc or parts.query or parts.fragment or not url.isprintable()):
            raise ValueError("Expected an address such as http://osrm:5000, without user, query or fragment.")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _check_profile(self) -> "TravelSection":
        if self.osrm_profile and not self.osrm_url:
            raise ValueError("Expected osrm_url where osrm_profile is given.")
        return self

    @property
    def speeds(self) -> TravelSpeeds:
        """The section as the area's own value."""
        fields = self.model_dump()
        return TravelSpeeds(**(fields | {"hour_factors": tuple(self.hour_factors)}))
