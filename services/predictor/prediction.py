"""Predicts intensities hour by hour; hours that are not observed yet count as their own predicted means."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.features import FeatureReader
from services.predictor.frames import Frames, count_frames
from services.predictor.hour_clock import HourClock
from services.predictor.model_card import ModelCard
from services.predictor.model_client import ModelServer
from services.predictor.training_set import area_calendar
from serving.errors import Cancelled, FailedPrecondition
from serving.work import Stop

MAXIMUM_ROLL_OUT_HOURS = 35 * 24


@dataclass(frozen=True)
class Horizon:
    """Which hours to predict, and what may be known.

    Attributes
    ----------
    first_hour, hour_count : hours of the area's `HourClock`.
    as_of_time : incidents at or after this instant are not looked at; not after the first hour.
    """

    first_hour: int
    hour_count: int
    as_of_time: datetime

    @property
    def end_hour(self) -> int:
        """The hour after the last."""
        return self.first_hour + self.hour_count


def known_incidents(incidents: pd.DataFrame, as_of_time: datetime) -> pd.DataFrame:
    """Return the incidents before an instant; `incidents` is sorted by time."""
    end = int(incidents["time"].searchsorted(pd.Timestamp(as_of_time), side="left"))
    return incidents.iloc[:end]


def choose_model(cards: tuple[ModelCard, ...], zone_name: str, as_of_time: datetime) -> ModelCard:
    """Return the newest model that has seen nothing at or after `as_of_time`.

    Raises
    ------
    FailedPrecondition
        There is none.
    """
    if not cards:
        raise FailedPrecondition("NO_TRAINED_MODEL", "No model has been trained for this area; train one first.")
    clock = HourClock.of_zone(zone_name)
    for card in cards:
        if _seen_until(card, clock) <= as_of_time:
            return card
    first_date = min(card.trained_until_date for card in cards) + timedelta(days=1)
    raise FailedPrecondition(
        "NO_TRAINED_MODEL",
        f"Every model of this area has seen days up to {first_date - timedelta(days=1)} or later; "
        f"ask for a time from {first_date} on, or train on earlier days.",
    )


def check_model(card: ModelCard, area: Area, as_of_time: datetime) -> None:
    """Raise `FailedPrecondition` unless the model fits the area and has seen nothing at or after `as_of_time`."""
    check_grid(card, area)
    if _seen_until(card, HourClock.of_zone(area.time_zone)) > as_of_time:
        message = f"{card.resource_name} has seen days up to {card.trained_until_date}; ask for a later time."
        raise FailedPrecondition("MODEL_SAW_LATER_DAYS", message)


def check_grid(card: ModelCard, area: Area) -> None:
    """Raise `FailedPrecondition` unless the model was trained on the area's grid."""
    if card.grid != area.grid:
        raise FailedPrecondition("MODEL_DOES_NOT_FIT", f"{card.resource_name} was trained on another grid.")


def predict_hours(
    area: Area, incidents: pd.DataFrame, card: ModelCard, horizon: Horizon, server: ModelServer, stop: Stop
) -> NDArray[np.float32]:
    """Predict the hours of a horizon.

    Frames from the first unobserved hour on (that of `as_of_time`, or the one after the last known incident) are
    filled with predicted means, hour by hour, so that later hours have complete features.

    Returns
    -------
    Intensities, shape (hour_count, n_rows, n_columns), expected incidents per cell and hour.

    Raises
    ------
    FailedPrecondition
        The known incidents end too long before, or do not reach back far enough.
    Unavailable
        The model server is not ready.
    """
    calendar = area_calendar(area)
    reader = FeatureReader(card.spec, calendar)
    observed = _observed_frames(area, incidents, horizon, reader)
    counts = np.concatenate(
        [observed.counts, np.zeros((horizon.end_hour - observed.end_hour, *observed.counts.shape[1:]), np.float32)]
    )
    frames = Frames(observed.first_hour, counts)
    for hour in range(observed.end_hour, horizon.end_hour):
        if stop():
            raise Cancelled("The prediction was stopped.")
        inputs = reader.read(frames.until(hour), np.array([hour]))
        counts[hour - observed.first_hour] = server.predict(card, inputs)[0]
    return counts[horizon.first_hour - observed.first_hour :]


def _observed_frames(area: Area, incidents: pd.DataFrame, horizon: Horizon, reader: FeatureReader) -> Frames:
    """Return the frames that are complete before `as_of_time`, as far back as features need."""
    clock = reader.calendar.clock
    known = known_incidents(incidents, horizon.as_of_time)
    if known.empty:
        raise FailedPrecondition("TOO_FEW_DAYS", f"No incidents before {horizon.as_of_time.isoformat()} are known.")
    known_hours = clock.hours(known["time"])
    end_hour = min(clock.hour(horizon.as_of_time), int(known_hours[-1]) + 1, horizon.first_hour)
    first_hour = end_hour - reader.history_hours
    if first_hour < known_hours[0]:
        raise FailedPrecondition(
            "TOO_FEW_DAYS", f"The model needs incidents of {reader.history_hours // 24} days before the first hour."
        )
    if horizon.end_hour - end_hour > MAXIMUM_ROLL_OUT_HOURS:
        last_time = clock.start_time(end_hour).astimezone(UTC).isoformat()
        raise FailedPrecondition(
            "INCIDENTS_TOO_OLD", f"Incidents are known until {last_time}; predictions reach at most 35 days further."
        )
    return count_frames(known, area.grid, clock, first_hour, end_hour)


def _seen_until(card: ModelCard, clock: HourClock) -> datetime:
    """Return the first instant that the model has not seen."""
    return clock.start_time(clock.end_hour_of(card.trained_until_date))
