"""Predicts the hours of a horizon from what is known at an instant."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.features import LATEST_INPUT_NAMES, FeatureReader
from services.predictor.frame_clock import FrameClock
from services.predictor.frame_history import with_history
from services.predictor.frames import Frames
from services.predictor.model_card import ModelCard
from services.predictor.model_client import ModelServer
from services.predictor.training_set import area_calendar
from serving.errors import Cancelled, FailedPrecondition
from serving.work import Stop

MAXIMUM_ROLL_OUT_DAYS = 35
MAXIMUM_BATCH_FRAMES = 24
"""Frames predicted in one request."""


@dataclass(frozen=True)
class Horizon:
    """Which hours to predict, and what may be known.

    Attributes
    ----------
    start_time : start of the first hour (UTC), on the full local hour.
    hour_count : hours to predict.
    as_of_time : incidents at or after this instant are not looked at; not after the first hour.
    """

    start_time: datetime
    hour_count: int
    as_of_time: datetime


def known_incidents(incidents: pd.DataFrame, as_of_time: datetime) -> pd.DataFrame:
    """Return the incidents before an instant; `incidents` is sorted by time."""
    end = int(incidents["time"].searchsorted(pd.Timestamp(as_of_time), side="left"))
    return incidents.iloc[:end]


def choose_model(cards: tuple[ModelCard, ...], zone_name: str, as_of_time: datetime) -> ModelCard:
    """Return the first model that has seen nothing at or after `as_of_time`.

    Parameters
    ----------
    cards : models that fit the area, the preferred one first.

    Raises
    ------
    FailedPrecondition
        No model has been trained, or all have seen later days.
    """
    if not cards:
        raise FailedPrecondition("NO_TRAINED_MODEL", "No model has been trained for this area; train one first.")
    clock = FrameClock.of_zone(zone_name)
    for card in cards:
        if _seen_until(card, clock) <= as_of_time:
            return card
    first_date = min(card.trained_until_date for card in cards) + timedelta(days=1)
    raise FailedPrecondition(
        "MODEL_SAW_LATER_DAYS",
        f"Every model of this area has seen days up to {first_date - timedelta(days=1)} or later; "
        f"ask for a time from {first_date} on, or train on earlier days.",
    )


def check_model(card: ModelCard, area: Area, as_of_time: datetime) -> None:
    """Raise `FailedPrecondition` unless the model fits the area and has seen nothing at or after `as_of_time`."""
    check_fit(card, area)
    if _seen_until(card, FrameClock.of_zone(area.time_zone)) > as_of_time:
        message = f"{card.resource_name} has seen days up to {card.trained_until_date}; ask for a later time."
        raise FailedPrecondition("MODEL_SAW_LATER_DAYS", message)


def check_fit(card: ModelCard, area: Area) -> None:
    """Raise `FailedPrecondition` unless the model was trained on the area's grid and under the area's data policy."""
    if card.grid != area.grid:
        raise FailedPrecondition("MODEL_DOES_NOT_FIT", f"{card.resource_name} was trained on another grid.")
    if not card.policy.leaves_out_the_same(area.policy):
        message = f"{card.resource_name} was trained on records that another data policy left; train a model anew."
        raise FailedPrecondition("MODEL_DOES_NOT_FIT", message)


def predict_hours(
    area: Area, incidents: pd.DataFrame, card: ModelCard, horizon: Horizon, server: ModelServer, stop: Stop
) -> NDArray[np.float32]:
    """Predict the hours of a horizon.

    Only incidents whose report is known at `as_of_time` are looked at (`reporting_delay_hours` of the model). A model
    that looks at the latest frames goes on from the first unobserved one, and each unobserved frame counts as its own
    predicted mean; any other model predicts the whole horizon at once.

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
    reader = FeatureReader(card.spec, area_calendar(area, card.spec.frame_minutes))
    clock = reader.calendar.clock
    first_frame = clock.frame(horizon.start_time)
    end_frame = first_frame + horizon.hour_count * clock.frames_per_hour
    observed = _observed_frames(area, incidents, horizon, reader, end_frame)
    frames = with_history(_with_room(observed, end_frame), reader, observed.end_frame, card.inputs)
    looks_at_latest = bool(LATEST_INPUT_NAMES.intersection(card.inputs))
    batch = min(MAXIMUM_BATCH_FRAMES, 1 + reader.delay_frames) if looks_at_latest else MAXIMUM_BATCH_FRAMES
    for start in range(observed.end_frame if looks_at_latest else first_frame, end_frame, batch):
        if stop():
            raise Cancelled("The prediction was stopped.")
        numbers = np.arange(start, min(start + batch, end_frame))
        inputs = reader.read(frames, numbers, observed.day_totals)
        frames.counts[numbers - frames.first_frame] = server.predict(card, inputs)
    values = frames.counts[first_frame - frames.first_frame :]
    hourly = values.reshape(horizon.hour_count, clock.frames_per_hour, *values.shape[1:]).sum(axis=1)
    return np.asarray(hourly, dtype=np.float32)


def _with_room(observed: Frames, end_frame: int) -> Frames:
    """Return the frames followed by empty ones up to `end_frame`."""
    room = np.zeros((end_frame - observed.end_frame, *observed.counts.shape[1:]), np.float32)
    return Frames(observed.first_frame, np.concatenate([observed.counts, room]), observed.frames_per_day)


def _observed_frames(
    area: Area, incidents: pd.DataFrame, horizon: Horizon, reader: FeatureReader, horizon_end_frame: int
) -> Frames:
    """Return the frames whose reports are complete at `as_of_time`, as far back as features look."""
    clock = reader.calendar.clock
    known_time = horizon.as_of_time - timedelta(hours=reader.spec.reporting_delay_hours)
    known = known_incidents(incidents, known_time)
    if known.empty:
        raise FailedPrecondition("TOO_FEW_DAYS", f"No incidents before {known_time.isoformat()} are known.")
    last_known = clock.frames(known["time"].iloc[-1:])[0]
    end_frame = min(clock.frame(known_time), int(last_known) + 1, clock.frame(horizon.start_time))
    if horizon_end_frame - end_frame > MAXIMUM_ROLL_OUT_DAYS * clock.frames_per_day:
        last_time = clock.start_time(end_frame).astimezone(UTC).isoformat()
        raise FailedPrecondition(
            "INCIDENTS_TOO_OLD",
            f"Incidents are known until {last_time}; predictions reach at most {MAXIMUM_ROLL_OUT_DAYS} days further.",
        )
    return reader.count(known, area.grid, end_frame, end_frame)


def _seen_until(card: ModelCard, clock: FrameClock) -> datetime:
    """Return the first instant that the model has not seen."""
    return clock.start_time(clock.end_frame_of(card.trained_until_date))
