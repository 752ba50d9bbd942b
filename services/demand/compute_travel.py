"""Answers "how long does it take to drive between the sectors, and how is that known"."""

from dataclasses import dataclass
from datetime import datetime

from services.demand.arrays import FloatArray
from services.demand.library import Library
from services.demand.travel.calibration import Calibration
from services.demand.travel.pace import Pace
from services.demand.travel.unreached import UnreachedPoints
from serving.errors import InvalidArgument

MOST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class TravelOrder:
    """What is asked for; without `start_time` all hours of the day count alike."""

    area_artifact: str
    start_time: datetime | None
    minutes: int


@dataclass(frozen=True, eq=False)
class TravelAnswer:
    """Driving minutes between sector centres, shape (n_sectors, n_sectors), row = from, and how they were found."""

    sector_ids: tuple[str, ...]
    normal_minutes: FloatArray
    urgent_minutes: FloatArray
    method: str
    pace: Pace
    calibration: Calibration | None
    unreached: UnreachedPoints


def compute_travel(order: TravelOrder, library: Library) -> TravelAnswer:
    """Look up the driving minutes between all sectors, at the mean pace of the span.

    Raises
    ------
    InvalidArgument
        There is no such span, or the artifact is no area.
    NotFound
        An artifact does not exist.
    FailedPrecondition
        The area's roads or its travel server are unusable, or leave sectors cut off.
    Unavailable
        The area's travel server cannot be reached.
    """
    if order.start_time is not None and not 1 <= order.minutes <= MOST_MINUTES:
        raise InvalidArgument("minutes", f"Expected 1 to {MOST_MINUTES} minutes, got {order.minutes}.")
    if order.start_time is None and order.minutes:
        raise InvalidArgument("start_time", "Expected a time where minutes is set, got none.")
    area, travel = library.open_area(order.area_artifact)
    factor = area.pace.day_factor
    if order.start_time is not None:
        factor = area.pace.span_factor(order.start_time, order.minutes, area.time_zone)
    return TravelAnswer(
        sector_ids=area.sector_ids,
        normal_minutes=travel.between_sectors(urgent=False) * factor,
        urgent_minutes=travel.between_sectors(urgent=True) * factor,
        method=travel.method,
        pace=area.pace,
        calibration=library.calibration(order.area_artifact),
        unreached=library.check_incidents(order.area_artifact),
    )
