"""What calls of each type take by hour of the day: priority, cars and on-scene minutes, from the area's records."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area, Priority, ServiceType
from services.predictor.on_scene import draw_truncated_lognormal
from services.predictor.type_mix import HOURS_PER_DAY, TypeMix, recent_incidents, recent_type_mix

PSEUDO_CALLS = 30.0
"""What stands behind a figure counts as this many calls: the type's figure behind an hour's, the services table behind
the type's."""
LEAST_MINUTES = 0.5
"""On-scene minutes are recorded to the minute: shorter ones count as half a minute."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class CallNeeds:
    """What serving calls takes; every array of shape (n,). `capability` is a position in the area's, -1: none."""

    urgent: NDArray[np.bool_]
    target_minutes: FloatArray
    cars_required: IntArray
    service_minutes: FloatArray
    capability: IntArray


@dataclass(frozen=True)
class CallTables:
    """Type mix and what calls of each type take.

    Attributes
    ----------
    urgent_shares : share of urgent calls, shape (24, n_types).
    car_shares : shares of 1, 2, … cars required, shape (n_types, most cars); rows sum to 1.
    log_minutes : mean of the logarithm of on-scene minutes, shape (24, n_types).
    log_spread : its standard deviation within an hour, shape (n_types,).
    capability_shares : shares of calls that need none and each of the area's capabilities, shape
        (n_types, 1 + n_capabilities); rows sum to 1.
    """

    mix: TypeMix
    services: tuple[ServiceType, ...]
    urgent_shares: FloatArray
    car_shares: FloatArray
    log_minutes: FloatArray
    log_spread: FloatArray
    capability_shares: FloatArray

    def draw_needs(self, types: IntArray, local_hours: IntArray, generator: np.random.Generator) -> CallNeeds:
        """Draw what calls take, given type position and local hour of the day of each, shape (n,)."""
        urgent = generator.random(len(types)) < self.urgent_shares[local_hours, types]
        cars = 1 + _draw_columns(self.car_shares, types, generator)
        maximum = np.array([service.maximum_minutes for service in self.services])[types]
        minutes = draw_truncated_lognormal(
            self.log_minutes[local_hours, types], self.log_spread[types], maximum, generator
        )
        capability = _draw_columns(self.capability_shares, types, generator) - 1
        return CallNeeds(urgent, target_minutes(types, urgent, self.services), cars, minutes, capability)


def call_tables(area: Area, known: pd.DataFrame) -> CallTables:
    """Make the tables from the last 365 days of the known incidents.

    Where no record says what a call took, the area's services table stands; where records do, each figure of a type is
    drawn towards that table, and each figure of an hour towards its type's, as if by 30 more calls. Capabilities come
    in the shares of the records, and from the table where a type has no record.

    Parameters
    ----------
    known : incidents that may be looked at, sorted by time, at least one.
    """
    recent = recent_incidents(known)
    types: IntArray = np.asarray(recent["type"].map(area.type_positions), dtype=np.int64)
    hours: IntArray = np.asarray(recent["time"].dt.tz_convert(area.time_zone).dt.hour, dtype=np.int64)
    log_minutes, log_spread = _on_scene(recent, types, hours, area.service_types)
    return CallTables(
        mix=recent_type_mix(area, known),
        services=area.service_types,
        urgent_shares=_urgent_shares(recent, types, hours, area.service_types),
        car_shares=_car_shares(recent, types, area.service_types),
        log_minutes=log_minutes,
        log_spread=log_spread,
        capability_shares=_capability_shares(area, recent, types),
    )


def needed_capabilities(area: Area, rows: pd.DataFrame) -> IntArray:
    """Return the position of the capability that each record needs, its type's where it says none; -1: any car."""
    recorded = rows["capability"].map(area.capability_positions).to_numpy(dtype=np.float64, na_value=np.nan)
    types: IntArray = np.asarray(rows["type"].map(area.type_positions), dtype=np.int64)
    return np.where(np.isnan(recorded), area.type_capabilities[types], recorded).astype(np.int64)


def target_minutes(types: IntArray, urgent: NDArray[np.bool_], services: Sequence[ServiceType]) -> FloatArray:
    """Return the target of calls: their type's, or the usual one of their priority where that is not their type's."""
    type_urgent = np.array([service.priority is Priority.URGENT for service in services])[types]
    targets = np.array([service.target_minutes for service in services])[types]
    usual = np.where(urgent, Priority.URGENT.default_target_minutes, Priority.OTHER.default_target_minutes)
    return np.where(urgent == type_urgent, targets, usual)


def _draw_columns(shares: FloatArray, types: IntArray, generator: np.random.Generator) -> IntArray:
    """Draw a column of the row of each type; shape (n,)."""
    ends = np.cumsum(shares, axis=1)
    columns = (generator.random(len(types))[:, None] * ends[types, -1:] >= ends[types]).sum(axis=1)
    return np.asarray(columns, dtype=np.int64)


def _urgent_shares(
    recent: pd.DataFrame, types: IntArray, hours: IntArray, services: Sequence[ServiceType]
) -> FloatArray:
    prior = np.array([float(service.priority is Priority.URGENT) for service in services])
    said = recent["priority"].notna().to_numpy(bool)
    urgent: FloatArray = np.asarray(recent["priority"].eq(Priority.URGENT.value), dtype=np.float64)
    return _shrunk_means(urgent, said, types, hours, prior)


def _car_shares(recent: pd.DataFrame, types: IntArray, services: Sequence[ServiceType]) -> FloatArray:
    listed = np.array([service.cars_required for service in services])
    cars = recent["cars_required"].to_numpy(dtype=np.float64, na_value=np.nan)
    said = ~np.isnan(cars)
    numbers = cars[said].astype(np.int64)
    counts = np.zeros((len(services), max(int(listed.max()), int(numbers.max(initial=1)))))
    np.add.at(counts, (types[said], numbers - 1), 1.0)
    counts[np.arange(len(services)), listed - 1] += PSEUDO_CALLS
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _capability_shares(area: Area, recent: pd.DataFrame, types: IntArray) -> FloatArray:
    counts = np.zeros((len(area.service_types), 1 + len(area.capabilities)))
    np.add.at(counts, (types, 1 + needed_capabilities(area, recent)), 1.0)
    unseen = np.flatnonzero(counts.sum(axis=1) == 0)
    counts[unseen, 1 + area.type_capabilities[unseen]] = 1.0
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _on_scene(
    recent: pd.DataFrame, types: IntArray, hours: IntArray, services: Sequence[ServiceType]
) -> tuple[FloatArray, FloatArray]:
    """Return mean, shape (24, n_types), and standard deviation, shape (n_types,), of the logarithm of minutes."""
    prior_means = np.array([service.lognormal_mu for service in services])
    prior_spread = np.array([service.lognormal_sigma for service in services])
    minutes = recent["service_minutes"].to_numpy(dtype=np.float64, na_value=np.nan)
    said = ~np.isnan(minutes)
    logs = np.log(np.maximum(np.where(said, minutes, 1.0), LEAST_MINUTES))
    means = _shrunk_means(logs, said, types, hours, prior_means)
    squares = np.bincount(types[said], np.square(logs - means[hours, types])[said], minlength=len(services))
    calls = np.bincount(types[said], minlength=len(services))
    variances = (squares + PSEUDO_CALLS * np.square(prior_spread)) / (calls + PSEUDO_CALLS)
    return means, np.sqrt(variances)


def _shrunk_means(
    values: FloatArray, said: NDArray[np.bool_], types: IntArray, hours: IntArray, prior: FloatArray
) -> FloatArray:
    """Return means by hour and type, shape (24, n_types), drawn towards the type's and that towards the prior."""
    sums, calls = np.zeros((2, HOURS_PER_DAY, len(prior)))
    np.add.at(sums, (hours[said], types[said]), values[said])
    np.add.at(calls, (hours[said], types[said]), 1.0)
    type_means = (sums.sum(axis=0) + PSEUDO_CALLS * prior) / (calls.sum(axis=0) + PSEUDO_CALLS)
    return np.asarray((sums + PSEUDO_CALLS * type_means) / (calls + PSEUDO_CALLS))
