from itertools import product

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cover import cars_on_break, count_covers
from officers.gateway.v1.gateway_pb2 import CrewStart
from officers.scheduler.v1.scheduler_pb2 import MinuteSpan

Rows = list[list[bool]]


def most_covers(available: npt.NDArray[np.bool_]) -> int:
    """Return the most groups of cars that each cover every quarter hour, by trying all of them."""
    cars, quarters = available.shape
    if not cars:
        return 0
    best = 0
    for group_of in product(range(cars), repeat=cars):
        groups = np.zeros((cars, quarters), np.bool_)
        for car, group in enumerate(group_of):
            groups[group] |= available[car]
        best = max(best, int(groups.all(axis=1).sum()))
    return best


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=5))
@settings(deadline=None, max_examples=60)
def test_cars_that_come_and_go_are_counted_exactly(hours: list[tuple[int, int]]) -> None:
    available = np.zeros((len(hours), 4), np.bool_)
    for row, (start, length) in zip(available, hours, strict=True):
        row[start : start + length] = True
    assert count_covers(available) == available.sum(axis=0).min() == most_covers(available)


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), max_size=5))
@settings(deadline=None, max_examples=60)
def test_no_more_is_promised_than_there_is(rows: Rows) -> None:
    available = np.array(rows, np.bool_).reshape(len(rows), 4)
    throughout = int(available.all(axis=1).sum())
    assert throughout <= count_covers(available) <= most_covers(available)


def crews_with_breaks(*starts: int, cars: int = 1, minutes: int = 15) -> list[CrewStart]:
    return [
        CrewStart(minutes=120, cars=cars, breaks=[MinuteSpan(start_minute=start, minutes=minutes)]) for start in starts
    ]


def test_breaks_after_each_other_leave_the_others_to_be_counted_on() -> None:
    on_break = cars_on_break(crews_with_breaks(0, 30, cars=2, minutes=30), 120, 60)
    assert on_break.tolist() == [2, 2, 2, 2, 0, 0, 0, 0]


def test_breaks_that_nobody_can_stand_in_for_count_throughout_the_period() -> None:
    on_break = cars_on_break(crews_with_breaks(0, 15, 30), 120, 60)
    assert on_break.tolist() == [2, 2, 2, 2, 0, 0, 0, 0]  # one pair covers a sector; a third car cannot do it alone
    assert cars_on_break(crews_with_breaks(0, 15, 30), 120, 15).tolist() == [1, 1, 1, 0, 0, 0, 0, 0]


def test_a_handover_within_a_period_takes_no_cars_away() -> None:
    crews = [CrewStart(minutes=75, cars=3), CrewStart(start_minute=75, minutes=45, cars=3)]
    assert cars_on_break(crews, 120, 60).tolist() == [0] * 8


def test_many_cars_take_no_time() -> None:
    crews = crews_with_breaks(*range(0, 120, 15), cars=100)
    assert (cars_on_break(crews, 120, 60) < 800).all()
