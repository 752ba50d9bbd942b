"""Predicts the hours of a horizon from what is known at an instant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn

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
from services.predictor.model_spec import ModelSpec
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
    as_of_time : incidents whose reports are not in at this instant are not looked at; not after the first hour.
    """

    start_time: datetime
    hour_count: int
    as_of_time: datetime


def known_incidents(incidents: pd.DataFrame, as_of_time: datetime) -> pd.DataFrame:
    """Return the incidents before an instant; `incidents` is sorted by time."""
    end = int(incidents["time"].searchsorted(pd.Timestamp(as_of_time), side="left"))
    return incidents.iloc[:end]


def known_time(spec: ModelSpec, as_of_time: datetime) -> datetime:
    """Return the instant before which all reports are in at `as_of_time`: less the model's reporting delay."""
    return as_of_time - timedelta(hours=spec.reporting_delay_hours)


def choose_model(cards: tuple[ModelCard, ...], zone_name: str, as_of_time: datetime) -> ModelCard:
    """Return the first model that has seen nothing that is not known yet at `as_of_time`.

    Parameters
    ----------
    cards : models that fit the area, the preferred one first.

    Raises
    ------
    FailedPrecondition
        No model has been trained, or all have seen later days.
    """
    clock = FrameClock.of_zone(zone_name)
    usable = [card for card in cards if _usable_from(card, clock) <= as_of_time]
    return usable[0] if usable else _refuse_all(cards, clock)


def choose_for_days(cards: tuple[ModelCard, ...], zone_name: str, from_date: date) -> ModelCard:
    """Return the first model that has seen no day from `from_date` on, as `choose_model` does."""
    unseen = [card for card in cards if card.trained_until_date < from_date]
    return unseen[0] if unseen else _refuse_all(cards, FrameClock.of_zone(zone_name))


def check_model(card: ModelCard, area: Area, as_of_time: datetime) -> None:
    """Raise `FailedPrecondition` unless the model fits the area and has seen only what is known at `as_of_time`."""
    check_fit(card, area)
    if _usable_from(card, FrameClock.of_zone(area.time_zone)) > as_of_time:
        delay_hours = card.spec.reporting_delay_hours
        known = f", which are known {delay_hours} hours later" if delay_hours else ""
        message = f"{card.resource_name} has seen days up to {card.trained_until_date}{known}; ask for a later time."
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
    known_until = known_time(reader.spec, horizon.as_of_time)
    known = known_incidents(incidents, known_until)
    if known.empty:
        raise FailedPrecondition("TOO_FEW_DAYS", f"No incidents before {known_until.isoformat()} are known.")
    last_known = clock.frames(known["time"].iloc[-1:])[0]
    end_frame = min(clock.frame(known_until), int(last_known) + 1, clock.frame(horizon.start_time))
    if horizon_end_frame - end_frame > MAXIMUM_ROLL_OUT_DAYS * clock.frames_per_day:
        last_time = clock.start_time(end_frame).astimezone(UTC).isoformat()
        raise FailedPrecondition(
            "INCIDENTS_TOO_OLD",
            f"Incidents are known until {last_time}; predictions reach at most {MAXIMUM_ROLL_OUT_DAYS} days further.",
        )
    return reader.count(known, area.grid, end_frame, end_frame)


def _usable_from(card: ModelCard, clock: FrameClock) -> datetime:
    """Return the first instant at which all that the model has seen is known."""
    seen_until = clock.start_time(clock.end_frame_of(card.trained_until_date))
    return seen_until + timedelta(hours=card.spec.reporting_delay_hours)


def _refuse_all(cards: tuple[ModelCard, ...], clock: FrameClock) -> NoReturn:
    """Say that there is no model, or from when on there is one."""
    if not cards:
        raise FailedPrecondition("NO_TRAINED_MODEL", "No model has been trained for this area; train one first.")
    first = min(cards, key=lambda card: _usable_from(card, clock))
    delay_hours = first.spec.reporting_delay_hours
    local = clock.local_times(np.array([clock.frame(_usable_from(first, clock))]))[0]
    raise FailedPrecondition(
        "MODEL_SAW_LATER_DAYS",
        f"Every model of this area has seen days up to {min(card.trained_until_date for card in cards)} or later; "
        f"ask for a time from {local.isoformat(' ', 'minutes') if delay_hours else local.date()} on, "
        "or train on earlier days.",
    )
