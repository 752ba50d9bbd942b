from datetime import date, timedelta

import pytest

from cli.area_session import shift_span
from cli.call_sets.recorded import days_between, days_of_copies, read_recorded_calls
from cli.call_sets.superpose import scenario_count
from serving.errors import InvalidArgument

FIRST = date(2015, 4, 1)


def spans_of(session, groups):
    return [[shift_span(session.area, None, day.isoformat(), None) for day in group] for group in groups]


def test_days():
    assert len(days_between(FIRST, date(2015, 6, 30))) == 91
    assert days_between(FIRST, FIRST) == [FIRST]
    for last in (FIRST - timedelta(days=1), FIRST + timedelta(days=366)):
        with pytest.raises(InvalidArgument, match=r"^--to: Expected a day from 2015-04-01 to 2016-03-31"):
            days_between(FIRST, last)


def test_a_single_day_takes_the_weeks_that_follow():
    assert days_of_copies([FIRST], 3) == [[date(2015, 4, 1), date(2015, 4, 8), date(2015, 4, 15)]]


def test_of_many_days_every_call_is_used_once_on_its_weekday():
    groups = days_of_copies(days_between(FIRST, date(2015, 6, 30)), 3)
    used = [day for group in groups for day in group]
    assert len(groups) == 28
    assert len(set(used)) == len(used)
    assert all(len({day.weekday() for day in group}) == 1 for group in groups)
    assert max(used) <= date(2015, 6, 30)


def test_too_few_weeks_are_told():
    with pytest.raises(
        InvalidArgument, match=r"^--copies: Expected --from to --to to be at least 3 weeks, got 14 days."
    ):
        days_of_copies(days_between(FIRST, FIRST + timedelta(days=13)), 3)


def test_replays_become_scenarios(session):
    replays = spans_of(session, days_of_copies(days_between(FIRST, FIRST + timedelta(days=13)), 2))
    found = read_recorded_calls(session, replays, 7, lambda _share, _message: None)
    table = session.store.get_table(found.artifact)
    assert (scenario_count(table), table.num_rows, found.call_count) == (7, 14, 14)
    assert found.notes == ("The last record is of yesterday.",)
    asked = session.clients.predictor.recorded
    assert len({request.seed for request in asked}) == 14  # on-scene times of days are drawn apart
    assert (asked[1].start_time.seconds - asked[0].start_time.seconds) == 7 * 86400


@pytest.mark.parametrize("spreads", [False, True])
def test_heaped_times_are_spread_where_asked(session, spreads):
    read_recorded_calls(session, spans_of(session, [[FIRST]]), 7, lambda _share, _message: None, spreads)
    assert [request.spread_heaped_times for request in session.clients.predictor.recorded] == [spreads]


def test_one_day_is_as_it_was_read(session):
    found = read_recorded_calls(session, spans_of(session, [[FIRST]]), 7, lambda _share, _message: None)
    assert scenario_count(session.store.get_table(found.artifact)) == 1
    assert session.clients.predictor.recorded[0].seed == 7
