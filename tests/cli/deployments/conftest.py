from datetime import datetime

import numpy as np
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from cli.area_session import ShiftSpan
from cli.deployments.site import Site
from officers.area.v1.area_pb2 import Area, Sector


def at(time: str) -> Timestamp:
    """A time of New Year's Day 2015 (UTC)."""
    return Timestamp(seconds=int(datetime.fromisoformat(f"2015-01-01T{time}+00:00").timestamp()))


@pytest.fixture
def site() -> Site:
    """Four sectors in a row, four hours from 08:00 on."""
    area = Area(name="Row", time_zone="UTC", sectors=[Sector(id=name) for name in "ABCD"], capabilities=["dog"])
    span = ShiftSpan("2015-01-01", at("08:00"), 240, "08:00", 3, "2015-01-01 day")
    places = np.arange(4.0)
    return Site(area, span, 5.0 * np.abs(places[:, np.newaxis] - places))
