"""`area.toml`: what an agency writes about its area, checked field by field."""

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import holidays
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from services.predictor.area import HolidayCalendar, Shift, Team, TravelSpeeds
from services.predictor.area_archive import AREA_FILE_NAME, check_relative_path
from services.predictor.area_section import AreaSection
from services.predictor.incident_times import is_time_format
from services.predictor.policy_section import LeaveOutSection, PolicySection
from services.predictor.travel_section import TravelSection
from serving.errors import InvalidArgument

POINT_COLUMNS = ("latitude", "longitude")
REQUIRED_COLUMNS = ("id", "time", "type")
OPTIONAL_COLUMNS = ("sector", "priority", "cars_required", "service_minutes", "response_minutes")
TEXT_COLUMNS = ("reported_by", "capability")
INCIDENT_COLUMNS = (*REQUIRED_COLUMNS, *POINT_COLUMNS, *OPTIONAL_COLUMNS, *TEXT_COLUMNS)

Text = Annotated[str, Field(min_length=1)]


class HolidaysSection(AreaSection):
    """`holidays = {country = "US", subdivision = "NY"}`."""

    country: Text
    subdivision: str = ""

    @model_validator(mode="after")
    def _check_known(self) -> "HolidaysSection":
        try:
            holidays.country_holidays(self.country, subdiv=self.subdivision or None)
        except NotImplementedError as error:
            raise ValueError(str(error)) from error
        return self


class IncidentsSection(AreaSection):
    """`[incidents]`."""

    file: Text
    columns: dict[str, Text] = Field(default_factory=dict)
    time_format: Text = "iso"
    precision: Literal["minute", "hour"] = "minute"

    @field_validator("time_format")
    @classmethod
    def _check_format(cls, time_format: str) -> str:
        if not is_time_format(time_format):
            raise ValueError(f'Expected "iso" or a strptime format with a year, got {time_format!r}.')
        return time_format

    @field_validator("columns")
    @classmethod
    def _check_columns(cls, columns: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(columns) - set(INCIDENT_COLUMNS))
        if unknown:
            raise ValueError(f"Expected keys among {', '.join(INCIDENT_COLUMNS)}, got {', '.join(unknown)}.")
        return columns


class FileSection(AreaSection):
    """`[sectors]`, `[services]` and `[conditions]`: one file."""

    file: Text


class RoadsSection(AreaSection):
    """`[roads]`."""

    nodes: Text
    arcs: Text


class ShiftSection(AreaSection):
    """One line of `[shifts]`."""

    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):(00|30)$")]
    hours: Annotated[float, Field(gt=0, le=24, multiple_of=0.5)]
    cars: Annotated[int, Field(ge=1, le=1000)]


class AreaFile(AreaSection):
    """The whole of `area.toml`."""

    name: Text
    time_zone: Text
    holidays: HolidaysSection | None = None
    cell_size_degrees: Annotated[float, Field(gt=0, le=10)] | None = None
    cell_size_m: Annotated[float, Field(ge=10, le=1e6)] | None = None
    train_until: date | None = None
    notes: list[str] = Field(default_factory=list)
    incidents: IncidentsSection
    sectors: FileSection | None = None
    services: FileSection | None = None
    roads: RoadsSection | None = None
    conditions: FileSection | None = None
    travel: TravelSection = TravelSection()
    shifts: dict[str, ShiftSection] = Field(default_factory=dict)
    teams: dict[str, Annotated[list[str], Field(min_length=1)]] = Field(default_factory=dict)
    policy: PolicySection = PolicySection()

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"Expected an IANA time zone, got {name!r}.") from error
        return name

    @model_validator(mode="after")
    def _check_cell_size(self) -> "AreaFile":
        if (self.cell_size_degrees is None) == (self.cell_size_m is None):
            raise ValueError("Expected either cell_size_degrees or cell_size_m.")
        return self

    @property
    def holiday_calendar(self) -> HolidayCalendar | None:
        """The public holidays, if given."""
        return HolidayCalendar(**self.holidays.model_dump()) if self.holidays else None

    @property
    def travel_speeds(self) -> TravelSpeeds:
        """How driving minutes are found."""
        return self.travel.speeds

    @property
    def shift_list(self) -> tuple[Shift, ...]:
        """The shifts in the order of the file."""
        return tuple(Shift(name, line.start, float(line.hours), line.cars) for name, line in self.shifts.items())

    def team_list(self, sector_ids: frozenset[str]) -> tuple[Team, ...]:
        """Return the teams.

        Raises
        ------
        InvalidArgument
            A team names an unknown sector or one sector twice.
        """
        taken: set[str] = set()
        for name, members in self.teams.items():
            for position, sector_id in enumerate(members):
                field = f"teams.{name}[{position}]"
                if sector_id not in sector_ids:
                    raise InvalidArgument(field, f"Expected a known sector, got {sector_id!r}.")
                if sector_id in taken:
                    raise InvalidArgument(field, f"Expected every sector in one team, got {sector_id!r} again.")
                taken.add(sector_id)
        return tuple(Team(name, tuple(members)) for name, members in self.teams.items())


def parse_area_file(content: bytes) -> AreaFile:
    """Parse and check `area.toml`.

    Raises
    ------
    InvalidArgument
        No TOML, or fields that are missing, unknown or out of range; names each of them.
    """
    try:
        values = tomllib.loads(content.decode())
        parsed = AreaFile.model_validate(values)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidArgument(AREA_FILE_NAME, f"Expected TOML: {error}.") from error
    except ValidationError as error:
        raise InvalidArgument.of([_violation(details) for details in error.errors()]) from error
    for field, path in _paths(parsed).items():
        check_relative_path(field, path)
    return parsed


def _paths(parsed: AreaFile) -> Mapping[str, str]:
    """Return the paths named in the file by field."""
    paths = {"incidents.file": parsed.incidents.file}
    if parsed.sectors:
        paths["sectors.file"] = parsed.sectors.file
    if parsed.services:
        paths["services.file"] = parsed.services.file
    if parsed.roads:
        paths |= {"roads.nodes": parsed.roads.nodes, "roads.arcs": parsed.roads.arcs}
    if parsed.conditions:
        paths["conditions.file"] = parsed.conditions.file
    return paths


def _violation(details: ErrorDetails) -> tuple[str, str]:
    """Turn pydantic's finding into a field path and a sentence."""
    path = [part for part in details["loc"] if isinstance(part, str | int)]
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    if details["type"] == "extra_forbidden":
        return field, f"Unknown key; expected one of {', '.join(_allowed_keys(path[:-1]))}."
    if details["type"] == "missing":
        return field, "Expected a value."
    message = str(details.get("ctx", {}).get("error", details["msg"])).rstrip(".")
    return field or AREA_FILE_NAME, f"{message}."


def _allowed_keys(path: list[str | int]) -> list[str]:
    """Return the keys that the section at `path` knows."""
    sections: dict[str, Any] = {
        "incidents": IncidentsSection,
        "sectors": FileSection,
        "services": FileSection,
        "roads": RoadsSection,
        "conditions": FileSection,
        "travel": TravelSection,
        "shifts": ShiftSection,
        "holidays": HolidaysSection,
        "policy": LeaveOutSection if "leave_out" in path else PolicySection,
    }
    section = sections[str(path[0])] if path else AreaFile
    return list(section.model_fields)
