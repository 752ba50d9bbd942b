"""Fields that many messages have: artifacts, instants, local days."""

from datetime import UTC, date, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from serving.errors import InvalidArgument


def artifact(value: str, field: str) -> str:
    """Return an artifact's hash. Raises InvalidArgument where it is not given."""
    if not value:
        raise InvalidArgument(field, "Expected the sha256 of an artifact.")
    return value


def instant(request: Any, field: str) -> datetime:
    """Return an instant (UTC). Raises InvalidArgument where it is unset or out of range."""
    if not request.HasField(field):
        raise InvalidArgument(field, "Expected a time.")
    try:
        time: datetime = getattr(request, field).ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidArgument(field, f"Expected a time in the years 1 to 9999: {error}.") from error
    if not 1970 <= time.year < 2200:
        raise InvalidArgument(field, f"Expected a time in the years 1970 to 2199, got {time.isoformat()}.")
    return time


def timestamp(time: datetime) -> Timestamp:
    """Write an instant."""
    message = Timestamp()
    message.FromDatetime(time)
    return message


def local_day(text: str, field: str) -> date:
    """Return a local day. Raises InvalidArgument where the text is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidArgument(field, f"Expected an ISO 8601 date such as 2015-01-31, got {text!r}.") from error
    if not 1970 <= day.year < 2200:
        raise InvalidArgument(field, f"Expected a day in the years 1970 to 2199, got {text}.")
    return day
