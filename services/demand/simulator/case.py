"""What is replayed: calls with the travel to them."""

from dataclasses import dataclass, fields, replace

import numpy as np

from services.demand.area import Area
from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.calls import CallSet
from services.demand.travel.pace import local_hours
from services.demand.travel.times import TravelTimes
from services.demand.travel.unreached import UnreachedPoints, find_unreached


@dataclass(frozen=True, eq=False)
class DispatchCase:
    """Calls, and the minutes between them and the sectors.

    Parameters
    ----------
    to_call_minutes
        Shape (n_calls, n_sectors): from the sector's centre to the call, at the speed of the call's priority, from when
        a car is sent.
    from_call_minutes
        Shape (n_calls, n_sectors): from the call to the sector's centre, normal driving.
    minutes_per_km
        Shape (n_calls,): how long a car on the move takes per km of straight line to the call.
    call_km
        Shape (n_calls, 2): the call's place on a plane.
    between_minutes
        Shape (n_sectors, n_sectors): between centres, normal driving, row = from.
    sector_km
        Shape (n_sectors, 2): the centres on the same plane.
    normal_minutes_per_km
        As `minutes_per_km`, between sectors.
    adjacent
        Shape (n_sectors, n_sectors): whether sectors are next to each other, or the same; None: not known.
    mobilisation_minutes
        Part of `to_call_minutes` that passes before a standing car drives off.
    score_from_minute
        Calls before it load the fleet, but do not count.
    team_of_sector
        Shape (n_sectors,): numbers of teams; free cars are moved within the team of the sector that they are in. None:
        all sectors are one team.
    """

    calls: CallSet
    to_call_minutes: FloatArray
    from_call_minutes: FloatArray
    minutes_per_km: FloatArray
    call_km: FloatArray
    between_minutes: FloatArray
    sector_km: FloatArray
    normal_minutes_per_km: float
    adjacent: BoolArray | None
    mobilisation_minutes: float = 0.0
    score_from_minute: float = 0.0
    team_of_sector: IntArray | None = None

    @property
    def counted(self) -> BoolArray:
        """True for calls that count; shape (n_calls,)."""
        counted: BoolArray = self.calls.minute >= self.score_from_minute
        return counted

    @property
    def sector_count(self) -> int:
        """Number of sectors."""
        return len(self.between_minutes)

    @property
    def same_team(self) -> BoolArray:
        """Whether sectors are of the same team, shape (n_sectors, n_sectors)."""
        teams = np.zeros(self.sector_count) if self.team_of_sector is None else self.team_of_sector
        same: BoolArray = teams[:, np.newaxis] == teams
        return same

    @property
    def reachable(self) -> BoolArray:
        """True for calls that a car can drive to from some sector and from there to some sector; shape (n_calls,)."""
        nearest_minutes = self.to_call_minutes.min(axis=1, initial=np.inf)
        way_back_minutes = self.from_call_minutes.min(axis=1, initial=np.inf)
        reachable: BoolArray = np.isfinite(nearest_minutes + way_back_minutes)
        return reachable

    @property
    def unreached(self) -> UnreachedPoints:
        """The calls that are not reachable."""
        return find_unreached(self.reachable, self.calls.latitude, self.calls.longitude)

    def counting_from(self, minute: float) -> "DispatchCase":
        """Let calls before a minute load the fleet only."""
        return replace(self, score_from_minute=minute)

    def without_needs(self) -> "DispatchCase":
        """Let any car do for any call."""
        return replace(self, calls=replace(self.calls, needs=np.zeros_like(self.calls.needs)))

    def first_scenarios(self, count: int) -> "DispatchCase":
        """Take the first `count` scenarios."""
        end = int(self.calls.first_call[count])
        by_call = ("to_call_minutes", "from_call_minutes", "minutes_per_km", "call_km")
        kept = {field.name: getattr(self, field.name)[:end] for field in fields(self) if field.name in by_call}
        return replace(self, calls=self.calls.first_scenarios(count), **kept)


def measure_travel(calls: CallSet, area: Area, travel: TravelTimes, sectors: IntArray | None = None) -> DispatchCase:
    """Look up the minutes between all calls and all sectors, at the area's pace.

    With `sectors`, of an area's team, only calls in these and these sectors are kept, which are then numbered from 0.
    In an area with teams, no sector of another team reaches a call, and no free car is moved to another team's sector.

    Driving to and from a call takes the factor of the call's local hour, driving between sectors the mean of the span.

    Raises
    ------
    ValueError
        Hours of the day differ and the calls do not say when their span begins.
    """
    if sectors is None:
        sectors = np.arange(area.sector_count)
    calls = calls.take(np.isin(calls.sector, sectors))
    factors, span_factor = _hour_factors(calls, area)
    normal_minutes_per_km = travel.minutes_per_km(urgent=False)
    to_call_minutes = travel.to_points(calls.latitude, calls.longitude, calls.urgent)[:, sectors]
    team_of_sector = area.team_of_sector
    to_call_minutes[team_of_sector[calls.sector][:, np.newaxis] != team_of_sector[sectors]] = np.inf
    minutes_per_km = np.where(calls.urgent, travel.minutes_per_km(urgent=True), normal_minutes_per_km)
    return DispatchCase(
        calls=replace(calls, sector=np.searchsorted(sectors, calls.sector)),
        to_call_minutes=to_call_minutes * factors[:, np.newaxis] + area.pace.mobilisation_minutes,
        from_call_minutes=travel.from_points(calls.latitude, calls.longitude)[:, sectors] * factors[:, np.newaxis],
        minutes_per_km=minutes_per_km * factors,
        call_km=area.plane_km(calls.latitude, calls.longitude),
        between_minutes=travel.between_sectors(urgent=False)[np.ix_(sectors, sectors)] * span_factor,
        sector_km=area.sector_km[sectors],
        normal_minutes_per_km=normal_minutes_per_km * span_factor,
        adjacent=None if area.adjacent is None else area.adjacent[np.ix_(sectors, sectors)],
        mobilisation_minutes=area.pace.mobilisation_minutes,
        team_of_sector=team_of_sector[sectors],
    )


def _hour_factors(calls: CallSet, area: Area) -> tuple[FloatArray, float]:
    """Return the factor of driving minutes at each call, shape (n_calls,), and the mean of the span."""
    if area.pace.is_even:
        return np.full(calls.call_count, area.pace.day_factor), area.pace.day_factor
    if calls.start_time is None:
        raise ValueError("Expected calls that say when their span begins, since the hours of the day differ.")
    hours = local_hours(calls.start_time, calls.minute, area.time_zone)
    return area.pace.factors(hours), area.pace.span_factor(calls.start_time, calls.span_minutes, area.time_zone)
