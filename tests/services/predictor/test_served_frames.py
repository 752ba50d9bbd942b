"""Predictions of recorded days: records need to reach back as far as the model looks, no further."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from services.predictor.features import INPUT_NAMES, FeatureReader
from services.predictor.frame_history import with_history
from services.predictor.model_spec import ModelSpec
from services.predictor.prediction import Horizon, predict_hours
from services.predictor.served_frames import served_frames
from services.predictor.training_set import area_calendar
from serving.errors import FailedPrecondition
from serving.work import never_stop
from tests.services.predictor.fakes import RecentServer, card_for

FIRST, LAST = date(2015, 1, 12), date(2015, 1, 14)
"""Eleven days after the records begin."""
SPEC = ModelSpec()


def serve(area, incidents, inputs, first=FIRST, server=None):
    card = card_for(area, FIRST - timedelta(days=1), spec=SPEC, inputs=inputs)
    return served_frames(area, incidents, card, first, LAST, server or RecentServer(), never_stop)


@pytest.mark.parametrize(
    ("inputs", "first", "days"),
    [(INPUT_NAMES, FIRST, 28), (("period",), date(2015, 1, 6), 7), (("level",), date(2015, 1, 5), 7)],
)
def test_records_that_begin_too_late_are_refused(imported, incidents, inputs, first, days):
    with pytest.raises(FailedPrecondition, match=f"The model needs incidents of {days} days before the first hour"):
        serve(imported.area, incidents, inputs, first)


@pytest.mark.parametrize("inputs", [("hour_of_week",), ("closeness", "level", "recent"), ("period",)])
def test_models_need_no_more_days_than_they_look_back(imported, incidents, inputs):
    server = RecentServer()
    served = serve(imported.area, incidents, inputs, server=server)
    assert len(served.predicted) == 3 * 24
    assert served.observed.all()
    reader = FeatureReader(SPEC, area_calendar(imported.area))
    numbers = reader.calendar.clock.first_frame_of(FIRST) + np.arange(2)
    frames = reader.count(incidents, imported.area.grid, int(numbers[0]), int(numbers[-1]) + 1)
    known = frames.day_totals.level_means(numbers, np.array([1, 52]))
    np.testing.assert_array_equal(server.asked[0].level[:2, [0, -1]], known)


def test_a_model_of_the_hour_of_the_week_predicts_after_a_few_days(imported, incidents):
    start_time = incidents["time"].iloc[100].floor("h").to_pydatetime()
    card = card_for(imported.area, start_time.date() - timedelta(days=2), spec=SPEC, inputs=("hour_of_week",))
    horizon = Horizon(start_time, 12, start_time)
    assert len(predict_hours(imported.area, incidents, card, horizon, RecentServer(), never_stop)) == 12
    trend = replace(card, inputs=("trend",))
    with pytest.raises(FailedPrecondition, match="The model needs incidents of 28 days"):
        predict_hours(imported.area, incidents, trend, horizon, RecentServer(), never_stop)


def test_frames_that_reach_back_stay_as_they_are(training):
    first = int(training.sample_frames[0])
    assert with_history(training.frames, training.reader, first, INPUT_NAMES) is training.frames
