from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.data_policy import DataPolicy, LeaveOutRule
from services.predictor.features import INPUT_NAMES
from services.predictor.prediction import (
    Horizon,
    check_fit,
    check_model,
    choose_for_days,
    choose_model,
    predict_hours,
)
from services.predictor.training_set import area_calendar
from serving.errors import Cancelled, FailedPrecondition
from serving.work import never_stop
from tests.services.predictor.fakes import SMALL_SPEC, EchoServer, RecentServer, card_for

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


def test_a_model_is_used_once_all_that_it_has_seen_is_known(imported):
    area, zone = imported.area, imported.area.time_zone
    card = card_for(area, date(2015, 3, 10), spec=replace(SMALL_SPEC, reporting_delay_hours=6))
    known = datetime(2015, 3, 11, 10, tzinfo=UTC)
    assert choose_model((card,), zone, known) is card
    check_model(card, area, known)
    with pytest.raises(FailedPrecondition, match="ask for a time from 2015-03-11 06:00-04:00 on"):
        choose_model((card,), zone, known - timedelta(microseconds=1))
    with pytest.raises(FailedPrecondition, match="2015-03-10, which are known 6 hours later"):
        check_model(card, area, known - timedelta(microseconds=1))
    assert choose_for_days((card,), zone, date(2015, 3, 11)) is card
    with pytest.raises(FailedPrecondition, match="has seen days up to 2015-03-10"):
        choose_for_days((card,), zone, date(2015, 3, 10))


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


def _card(area, **changes):
    inputs = changes.pop("inputs", INPUT_NAMES)
    return card_for(area, DAY, spec=replace(SMALL_SPEC, **changes), inputs=inputs)


@pytest.mark.parametrize("inputs", [INPUT_NAMES, ("hour_of_week", "level", "recent")])
def test_incidents_whose_report_is_not_known_yet_do_not_matter(imported, incidents, inputs):
    card = _card(imported.area, reporting_delay_hours=30, inputs=inputs)
    horizon = Horizon(AS_OF.replace(minute=0) + timedelta(hours=1), 12, AS_OF)

    def predict(known):
        return predict_hours(imported.area, known, card, horizon, RecentServer(), never_stop)

    unreported = incidents["time"] >= AS_OF - timedelta(hours=30)
    changed = pd.concat([incidents[~unreported], incidents[unreported].sample(frac=0.3, random_state=1).sort_index()])
    np.testing.assert_array_equal(predict(changed), predict(incidents))
    reported = incidents["time"] >= AS_OF - timedelta(hours=80)
    assert (predict(incidents[~reported | unreported]) != predict(incidents)).any()


def test_a_model_without_the_latest_frames_predicts_a_shift_in_one_batch(imported, incidents):
    server = RecentServer()
    card = _card(imported.area, inputs=("hour_of_week", "level", "recent"))
    horizon = Horizon(AS_OF.replace(minute=0) + timedelta(hours=6), 12, AS_OF)
    predicted = predict_hours(imported.area, incidents, card, horizon, server, never_stop)
    assert [len(inputs) for inputs in server.asked] == [12]
    assert predicted.shape[0] == 12


def test_a_delay_allows_larger_batches(imported, incidents):
    server = RecentServer()
    card = _card(imported.area, reporting_delay_hours=5)
    horizon = Horizon(AS_OF.replace(minute=0), 12, AS_OF)
    predict_hours(imported.area, incidents, card, horizon, server, never_stop)
    assert [len(inputs) for inputs in server.asked] == [6, 6, 5]


def test_shorter_frames_are_summed_to_hours(imported, incidents):
    server = RecentServer()
    card = _card(imported.area, frame_minutes=30, inputs=("recent",))
    horizon = Horizon(AS_OF.replace(minute=0), 5, AS_OF)
    predicted = predict_hours(imported.area, incidents, card, horizon, server, never_stop)
    assert [len(inputs) for inputs in server.asked] == [10]
    np.testing.assert_allclose(predicted, 2 * np.repeat(RecentServer().predict(card, server.asked[0])[:1], 5, axis=0))
