"""Resource names: ``areas/{area}`` and ``areas/{area}/plans/{plan}``."""

import re
from dataclasses import dataclass

from serving.errors import InvalidArgument

AREA_PATTERN = re.compile(r"areas/([a-z0-9-]{1,63})")
PLAN_PATTERN = re.compile(r"areas/([a-z0-9-]{1,63})/plans/([a-z0-9-]{1,63})")


@dataclass(frozen=True)
class PlanName:
    """The parts of a plan's name."""

    area_id: str
    plan_id: str

    def __str__(self) -> str:
        return f"areas/{self.area_id}/plans/{self.plan_id}"


def parse_area_name(name: str, field: str) -> str:
    """Return the area's id.

    Raises
    ------
    InvalidArgument
        The name in `field` is not of the form ``areas/{area}``.

    >>> parse_area_name("areas/central-toronto", "name")
    'central-toronto'
    """
    match = AREA_PATTERN.fullmatch(name)
    if match is None:
        form = "areas/ and 1 to 63 lower-case letters, digits or hyphens"
        raise InvalidArgument(field, f"Expected {form}, got {name!r}.")
    return match[1]


def parse_plan_name(name: str, field: str = "name") -> PlanName:
    """Return the parts of a plan's name.

    Raises
    ------
    InvalidArgument
        The name in `field` is not of the form ``areas/{area}/plans/{plan}``.
    """
    match = PLAN_PATTERN.fullmatch(name)
    if match is None:
        raise InvalidArgument(field, f"Expected areas/{{area}}/plans/{{plan}}, got {name!r}.")
    return PlanName(match[1], match[2])
