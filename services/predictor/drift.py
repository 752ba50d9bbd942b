"""Drift: whether the last weeks still look as a model's validation days did."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil, sqrt

import numpy as np
import pandas as pd

from services.predictor.area import Area
from services.predictor.expected_deviance import expected_deviance
from services.predictor.frame_clock import FrameClock
from services.predictor.model_card import ModelCard
from services.predictor.model_client import ModelServer
from services.predictor.scores import mean_poisson_deviance
from services.predictor.served_frames import ServedFrames, served_frames
from services.predictor.validation import (
    ACTUAL_COUNT,
    DAILY_DISPERSION,
    DEVIANCE,
    EXPECTED_DEVIANCE,
    EXPECTED_DEVIANCE_ERROR,
    PREDICTED_COUNT,
)
from serving.errors import FailedPrecondition
from serving.work import Stop

DAYS_PER_WEEK = 7
HOURS_PER_DAY = 24
CHANCE_ERRORS = 3.0
"""A change within so many standard errors may be chance."""


@dataclass(frozen=True)
class DriftLimits:
    """What raises an alarm; see `officers.predictor.v1.CheckDriftRequest`."""

    weeks: int = 4
    level_threshold: float = 0.15
    deviance_threshold: float = 0.05


@dataclass(frozen=True)
class DriftPeriod:
    """A stretch of local days, both ends included.

    Attributes
    ----------
    recorded_count, predicted_count : incidents.
    deviance : mean Poisson deviance per cell and frame.
    expected_deviance, expected_error : what it would be, and its standard error, were the predictions right.
    observed_share : of its frames that are looked at; the figures are of these alone.
    """

    from_date: date
    to_date: date
    recorded_count: float
    predicted_count: float
    deviance: float
    expected_deviance: float
    expected_error: float
    observed_share: float = 1.0

    @property
    def level(self) -> float:
        """Recorded over predicted."""
        return self.recorded_count / self.predicted_count

    @property
    def deviance_ratio(self) -> float:
        """Deviance over what is expected; 1 is as good as it can be."""
        return self.deviance / self.expected_deviance

    @property
    def deviance_ratio_error(self) -> float:
        """Standard error of `deviance_ratio` for Poisson counts."""
        return self.expected_error / self.expected_deviance


@dataclass(frozen=True)
class Drift:
    """The last weeks beside the validation days; changes are shares with standard errors; no `alarms`: no drift."""

    weeks: tuple[DriftPeriod, ...]
    recent: DriftPeriod
    validation: DriftPeriod
    level_change: float
    level_change_error: float
    deviance_change: float
    deviance_change_error: float
    alarms: tuple[str, ...]


def check_drift(
    area: Area, incidents: pd.DataFrame, card: ModelCard, limits: DriftLimits, server: ModelServer, stop: Stop
) -> Drift:
    """Compare the last whole weeks after a model's training with its validation days.

    A change is alarming where it is above its threshold and more than chance explains: three standard errors, from the
    variance of daily totals on the validation days. Deviance depends on how much happens; it is therefore compared as
    a multiple of what is expected where the predictions are right. Days that the data policy leaves out do not count.

    Raises
    ------
    FailedPrecondition
        No whole week is recorded after the model's training, all are left out, or its card has no figures or no
        incidents to compare with.
    """
    validation = _validation(card)
    days = _recorded_days(area, incidents, card, limits.weeks)
    weeks = []
    for first_day in days[::DAYS_PER_WEEK]:
        last_day = first_day + timedelta(days=DAYS_PER_WEEK - 1)
        frames = served_frames(area, incidents, card, first_day, last_day, server, stop)
        if frames.observed.any():
            weeks.append(_period(first_day, last_day, frames))
    if not weeks:
        raise FailedPrecondition(
            "TOO_FEW_DAYS", f"The data policy leaves out all days from {days[0]} to {days[-1]}; ask for more weeks."
        )
    return _compare(tuple(weeks), validation, max(1.0, card.metric(DAILY_DISPERSION) or 1.0), limits)


def _recorded_days(area: Area, incidents: pd.DataFrame, card: ModelCard, weeks: int) -> list[date]:
    """Return the days of the last whole weeks, at most so many, that are recorded in full after the training."""
    clock = FrameClock.of_zone(area.time_zone)
    last_time = clock.local_times(clock.frames(incidents["time"].iloc[-1:]))[0]
    delay_days = ceil(card.spec.reporting_delay_hours / HOURS_PER_DAY)
    last_day = last_time.date() - timedelta(days=1 + delay_days)  # the last one may still go on
    count = min(weeks, (last_day - card.trained_until_date).days // DAYS_PER_WEEK)
    if count < 1:
        raise FailedPrecondition(
            "TOO_FEW_DAYS",
            f"No whole week is recorded after the training of {card.resource_name}, which has seen days up to "
            f"{card.trained_until_date}; the last day recorded in full is {last_day}.",
        )
    return [last_day - timedelta(days=back) for back in reversed(range(count * DAYS_PER_WEEK))]


def _period(from_date: date, to_date: date, frames: ServedFrames) -> DriftPeriod:
    recorded, predicted = frames.recorded[frames.observed], frames.predicted[frames.observed]
    expected = expected_deviance(predicted)
    return DriftPeriod(
        from_date,
        to_date,
        float(recorded.sum(dtype=np.float64)),
        float(predicted.sum(dtype=np.float64)),
        mean_poisson_deviance(recorded, predicted),
        expected.mean,
        expected.standard_error,
        frames.observed_share,
    )


def _validation(card: ModelCard) -> DriftPeriod:
    names = (ACTUAL_COUNT, PREDICTED_COUNT, DEVIANCE, EXPECTED_DEVIANCE, EXPECTED_DEVIANCE_ERROR)
    figures = [figure for name in names if (figure := card.metric(name)) is not None]
    if len(figures) < len(names) or card.validated_from_date is None:
        message = f"The card of {card.resource_name} does not hold what to compare with; train it again."
        raise FailedPrecondition("NO_VALIDATION_FIGURES", message)
    validation = DriftPeriod(card.validated_from_date, card.trained_until_date, *figures)
    if validation.recorded_count == 0:
        raise FailedPrecondition(
            "NO_VALIDATION_INCIDENTS",
            f"No incident was recorded on the validation days of {card.resource_name}, {validation.from_date} to "
            f"{validation.to_date}: there is no level to compare with. Train it on days with incidents.",
        )
    return validation


def _compare(
    weeks: Sequence[DriftPeriod], validation: DriftPeriod, daily_dispersion: float, limits: DriftLimits
) -> Drift:
    recent = _together(weeks)
    periods = (recent, validation)
    level_change = recent.level / validation.level - 1
    level_error = sqrt(sum(daily_dispersion / period.predicted_count for period in periods))
    deviance_change = recent.deviance_ratio / validation.deviance_ratio - 1
    deviance_error = sqrt(daily_dispersion * sum(period.deviance_ratio_error**2 for period in periods))
    alarms = []
    if abs(level_change) > max(limits.level_threshold, CHANCE_ERRORS * level_error):
        alarms.append(
            f"{recent.recorded_count:.0f} incidents are recorded where {recent.predicted_count:.0f} were predicted: "
            f"{level_change:+.1%} beside the validation days (± {level_error:.1%})."
        )
    if deviance_change > max(limits.deviance_threshold, CHANCE_ERRORS * deviance_error):
        alarms.append(
            f"The deviance is {recent.deviance_ratio:.3f} times what the predictions let expect, "
            f"{deviance_change:+.1%} beside the validation days (± {deviance_error:.1%})."
        )
    return Drift(
        tuple(weeks),
        recent,
        validation,
        level_change,
        level_error,
        deviance_change,
        deviance_error,
        tuple(alarms),
    )


def _together(weeks: Sequence[DriftPeriod]) -> DriftPeriod:
    """Return the period of all weeks; whole ones have nearly the same number of frames."""
    count = sum(week.observed_share for week in weeks)
    return replace(
        weeks[0],
        to_date=weeks[-1].to_date,
        recorded_count=sum(week.recorded_count for week in weeks),
        predicted_count=sum(week.predicted_count for week in weeks),
        deviance=sum(week.observed_share * week.deviance for week in weeks) / count,
        expected_deviance=sum(week.observed_share * week.expected_deviance for week in weeks) / count,
        expected_error=sqrt(sum((week.observed_share * week.expected_error) ** 2 for week in weeks)) / count,
        observed_share=count * DAYS_PER_WEEK / ((weeks[-1].to_date - weeks[0].from_date).days + 1),
    )
