import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cli.demand_bench.data import BenchData, open_data, weeks_from
from serving.artifacts import ArtifactStore
from tests.cli.demand_bench.stored import FIRST_WEEK, SECOND_WEEK, WEEK_MINUTES, put_area, put_calls, store_bench

SUNDAY = 6 * 1440
WEEKS_IN_MAY = (("04", 1.0), ("11", 2.0), ("18", 3.0), ("25", 4.0))


def recorded(folder: Path, *weeks: tuple[str, list[float]], start: str, copies: int = 1) -> BenchData:
    """Weeks of calls in the first sector, of which nothing is past."""
    store = ArtifactStore(str(folder))
    artifacts = tuple(put_calls(store, [[(minute, 0) for minute in calls]], 10_080, first) for first, calls in weeks)
    empty = put_calls(store, [[]], 10_080, FIRST_WEEK)
    return BenchData(
        str(folder), put_area(store), copies, "2015-10-26", (empty,), (empty,), start, artifacts, (), empty
    )


def test_data_are_written_and_read_as_json(tmp_path) -> None:
    data = store_bench(tmp_path)
    assert BenchData.from_dict(json.loads(json.dumps(data.to_dict()))) == data


@pytest.mark.parametrize(
    ("last", "weeks"),
    [
        (date(2015, 4, 6), []),
        (date(2015, 4, 7), [date(2015, 4, 1)]),
        (date(2015, 4, 13), [date(2015, 4, 1)]),
        (date(2015, 4, 14), [date(2015, 4, 1), date(2015, 4, 8)]),
        (date(2015, 3, 1), []),
    ],
)
def test_weeks_are_whole(last: date, weeks: list[date]) -> None:
    assert weeks_from(date(2015, 4, 1), last) == weeks


def test_calls_are_where_the_clock_says_when_clocks_go_back(tmp_path) -> None:
    # On Sunday 01:30 comes twice, 08:00 is nine hours after midnight; the next week begins at midnight again.
    sunday = [SUNDAY + 90.0, SUNDAY + 150.0, SUNDAY + 540.0]
    data = recorded(tmp_path, (FIRST_WEEK, sunday), (SECOND_WEEK, [0.0]), start="2015-10-26")
    calls = open_data(data).timeline(past=False).calls
    assert calls.minute.tolist() == [SUNDAY + 90, SUNDAY + 90, SUNDAY + 480, WEEK_MINUTES]
    assert (calls.span_minutes, calls.scenario_count) == (2 * WEEK_MINUTES, 1)


def test_calls_are_where_the_clock_says_when_clocks_go_forward(tmp_path) -> None:
    # On Sunday 8 March 08:00 is seven hours after midnight, and the next week begins an hour sooner.
    weeks = ("2015-03-02T05:00:00+00:00", [SUNDAY + 90.0, SUNDAY + 420.0]), ("2015-03-09T04:00:00+00:00", [0.0])
    calls = open_data(recorded(tmp_path, *weeks, start="2015-03-02")).timeline(past=False).calls
    assert calls.minute.tolist() == [SUNDAY + 90, SUNDAY + 480, WEEK_MINUTES]


def test_weeks_are_laid_over_each_other(tmp_path) -> None:
    weeks = (FIRST_WEEK, [10.0]), (SECOND_WEEK, [20.0])
    calls = open_data(recorded(tmp_path, *weeks, start="2015-10-26", copies=2)).timeline(past=False).calls
    assert calls.minute.tolist() == [10, 20, WEEK_MINUTES + 10, WEEK_MINUTES + 20]


def test_weeks_are_laid_over_each_other_in_every_way_that_meets_other_weeks(tmp_path) -> None:
    weeks = [(f"2015-05-{day}T04:00:00+00:00", [minute]) for day, minute in WEEKS_IN_MAY]
    first, other = open_data(recorded(tmp_path, *weeks, start="2015-05-04", copies=2)).layings()
    assert first.calls.minute[:4].tolist() == [1, 2, WEEK_MINUTES + 2, WEEK_MINUTES + 3]
    assert other.calls.minute[:4].tolist() == [1, 4, WEEK_MINUTES + 1, WEEK_MINUTES + 2]
    assert first.calls.call_count == other.calls.call_count == 8


def test_the_past_of_a_shift_goes_around_midnight(tmp_path) -> None:
    opened = open_data(store_bench(tmp_path))
    assert opened.past_calls(0, 720).tolist() == [7 * 32, 0]
    assert opened.past_calls(1080, 720).tolist() == [7 * 16, 7 * 16]  # 18:00 to 06:00
    nights = opened.past_shifts(1080, 720).calls
    assert nights.scenario_count == 7
    assert nights.minute[:32].tolist() == [minute for minute in range(0, 720, 90) for _ in range(4)]
    assert nights.sector[:32].tolist() == [1] * 16 + [0] * 16


def test_scenarios_are_laid_over_each_other(tmp_path) -> None:
    data = store_bench(tmp_path)
    case = open_data(replace(data, copies=2)).scenarios(data.shifts[0].training)
    assert (case.calls.scenario_count, case.calls.call_count) == (1, 2 * 64)  # the third scenario is left over
