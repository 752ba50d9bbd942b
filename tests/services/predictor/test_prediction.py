from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.data_policy import DataPolicy, LeaveOutRule
from services.predictor.prediction import Horizon, check_fit, check_model, choose_model, predict_hours
from services.predictor.training_set import area_calendar
from serving.errors import Cancelled, FailedPrecondition
from serving.work import never_stop
from tests.services.predictor.fakes import EchoServer, card_for

DAY = date(2015, 3, 1)
AS_OF = datetime(2015, 3, 10, 13, 20, tzinfo=UTC)


def _predict(area, incidents, as_of_time=AS_OF, hours_later=0, hour_count=30, server=None, stop=never_stop):
    clock = area_calendar(area).clock
    first_frame = clock.frame(as_of_time) + hours_later
    card = card_for(area, DAY)
    horizon = Horizon(clock.start_time(first_frame), hour_count, as_of_time)
    return predict_hours(area, incidents, card, horizon, server or EchoServer(), stop)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 3))
def test_incidents_at_or_after_as_of_time_do_not_matter(imported, incidents, seed, hours_later):
    generator = np.random.default_rng(seed)
    expected = _predict(imported.area, incidents, hours_later=hours_later)
    late = incidents["time"] >= AS_OF
    kept = incidents[~late | (generator.random(len(incidents)) < 0.5)]
    more = incidents[late].assign(time=pd.Timestamp(AS_OF))
    for changed in (incidents[~late], kept, pd.concat([incidents[~late], more])):
        np.testing.assert_array_equal(_predict(imported.area, changed, hours_later=hours_later), expected)


def test_incidents_before_as_of_time_do_matter(imported, incidents):
    recent = (incidents["time"] < AS_OF) & (incidents["time"] > AS_OF - timedelta(hours=3))
    assert recent.any()
    assert (_predict(imported.area, incidents[~recent]) != _predict(imported.area, incidents)).any()


def test_unobserved_hours_count_as_their_predicted_means(imported, incidents):
    server = EchoServer()
    predicted = _predict(imported.area, incidents, server=server)
    assert predicted.shape == (30, imported.area.grid.row_count, imported.area.grid.column_count)
    for hour in (3, 10):
        np.testing.assert_array_equal(server.asked[hour].closeness[0, ..., 0], predicted[hour - 1])
        np.testing.assert_array_equal(server.asked[hour].closeness[0, ..., 2], predicted[hour - 3])
    np.testing.assert_array_equal(server.asked[26].period[0, ..., 0], predicted[2])


def test_a_later_start_is_the_tail_of_the_same_roll_out(imported, incidents):
    from_now = _predict(imported.area, incidents, hour_count=30)
    later = _predict(imported.area, incidents, hours_later=10, hour_count=20)
    np.testing.assert_array_equal(later, from_now[10:])


def test_hours_after_the_last_incident_are_predicted_not_taken_as_quiet(imported, incidents):
    server = EchoServer()
    early = incidents[incidents["time"] < AS_OF - timedelta(hours=5)]
    _predict(imported.area, early, hour_count=1, server=server)
    assert len(server.asked) >= 5


def test_too_old_and_too_few_incidents(imported, incidents):
    with pytest.raises(FailedPrecondition, match="at most 35 days further"):
        _predict(imported.area, incidents, as_of_time=AS_OF + timedelta(days=60))
    with pytest.raises(FailedPrecondition, match="incidents of 7 days"):
        _predict(imported.area, incidents, as_of_time=datetime(2015, 1, 4, tzinfo=UTC))
    with pytest.raises(FailedPrecondition, match="No incidents before"):
        _predict(imported.area, incidents, as_of_time=datetime(2014, 1, 4, tzinfo=UTC))


def test_stop_ends_the_roll_out(imported, incidents):
    with pytest.raises(Cancelled):
        _predict(imported.area, incidents, stop=lambda: True)


def test_the_newest_model_that_has_not_seen_the_time_is_chosen(imported):
    area = imported.area
    newest = card_for(area, date(2015, 3, 10), version=2)
    older = card_for(area, date(2015, 3, 9))
    midnight = datetime(2015, 3, 11, 4, tzinfo=UTC)
    assert choose_model((newest, older), area.time_zone, midnight) is newest
    assert choose_model((newest, older), area.time_zone, midnight - timedelta(microseconds=1)) is older
    with pytest.raises(FailedPrecondition, match="ask for a time from 2015-03-10 on"):
        choose_model((newest, older), area.time_zone, datetime(2015, 3, 1, tzinfo=UTC))
    with pytest.raises(FailedPrecondition, match="No model has been trained"):
        choose_model((), area.time_zone, midnight)


def test_a_named_model_must_fit(imported):
    area = imported.area
    card = card_for(area, date(2015, 3, 10))
    check_model(card, area, datetime(2015, 3, 11, 4, tzinfo=UTC))
    with pytest.raises(FailedPrecondition, match="has seen days up to 2015-03-10"):
        check_model(card, area, datetime(2015, 3, 11, 3, tzinfo=UTC))
    with pytest.raises(FailedPrecondition, match="another grid"):
        check_model(card, replace(area, grid=replace(area.grid, row_count=9)), AS_OF)


def test_a_model_trained_under_another_data_policy_does_not_fit(imported):
    area, card = imported.area, card_for(imported.area, DAY)
    check_fit(card, area)
    rule = LeaveOutRule("Found where patrol was.", reported_by="officer")
    policed = replace(area, policy=DataPolicy((rule,), (12,)))
    with pytest.raises(FailedPrecondition, match="another data policy"):
        check_fit(card, policed)
    check_fit(replace(card, policy=DataPolicy((replace(rule, reason="Said otherwise."),), (7,))), policed)
