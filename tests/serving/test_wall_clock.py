from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from serving.wall_clock import wall_minutes


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (datetime(2015, 6, 1, 4, tzinfo=UTC), [0, 60, 120, 180, 240]),
        (datetime(2015, 3, 8, 5, tzinfo=UTC), [0, 60, 180, 240, 300]),
        (datetime(2015, 11, 1, 4, tzinfo=UTC), [0, 60, 60, 120, 180]),
        (datetime(2015, 6, 2, 2, tzinfo=UTC), [1320, 1380, 1440, 1500, 1560]),
    ],
)
def test_the_clock_skips_an_hour_or_stands_still_for_one(start, shown):
    assert wall_minutes(start, "America/New_York", 300, 60) == shown


def test_a_span_of_part_steps_shows_the_last_one_too():
    start = datetime(2015, 6, 1, 4, tzinfo=UTC)
    assert wall_minutes(start, "America/New_York", 70, 30) == [0, 30, 60]


def test_a_step_begins_where_the_one_before_ends_on_other_days():
    start = datetime(2015, 3, 5, tzinfo=UTC)
    shown = wall_minutes(start, "Europe/Madrid", 7 * 1440, 15)
    assert all(after - before == 15 for before, after in pairwise(shown))
    assert shown[0] == (start.astimezone(UTC) + timedelta(hours=1)).hour * 60
