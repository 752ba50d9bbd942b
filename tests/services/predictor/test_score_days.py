from datetime import date

import numpy as np

from services.predictor.score_days import Period, score_days

PERIOD = Period(date(2015, 3, 13), date(2015, 3, 20))


def test_heaped_times_are_spread_within_their_hour_and_all_else_stays(imported, incidents, training):
    heaped = incidents.copy()
    rounded = heaped["time"].dt.floor("h")
    heaped["time"] = rounded.where(np.arange(len(heaped)) % 2 == 0, heaped["time"])
    heaped = heaped.sort_values("time", kind="stable")
    days = score_days(imported.area, heaped, training.reader, PERIOD)
    recorded, spread = days.events, days.spread_events
    assert len(recorded) == len(spread) == days.counts.sum()
    on_the_hour = (recorded.minutes % 60 == 0).mean()
    assert on_the_hour > 0.4
    assert (spread.minutes % 60 == 0).mean() < 0.05
    hours = [np.bincount((events.minutes // 60).astype(int)).tolist() for events in (recorded, spread)]
    assert hours[0] == hours[1]
    np.testing.assert_allclose(np.sort(recorded.metres, axis=0), np.sort(spread.metres, axis=0))


def test_times_that_are_not_heaped_stay_as_recorded(imported, incidents, training):
    days = score_days(imported.area, incidents, training.reader, PERIOD)
    assert days.spread_events.minutes.tolist() == days.events.minutes.tolist()
