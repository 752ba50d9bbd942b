import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.area_session import AreaSession
from cli.demand_bench.data import BenchData
from cli.demand_bench.source import SourceOptions, _asked_for, _check, _record, _sample_shifts, prepare_data
from officers.area.v1.area_pb2 import Area, Shift
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import InvalidArgument

TRAINED_UNTIL = date(2014, 12, 31)
DAY, NIGHT = Shift(name="day", start="08:00", hours=12, cars=6), Shift(name="night", start="20:00", hours=12, cars=4)


def area_of(*shifts: Shift) -> Area:
    return Area(
        name="Town", time_zone="America/New_York", train_until_date=TRAINED_UNTIL.isoformat(), shifts=list(shifts)
    )


def options_of(first: date = date(2015, 4, 1), last: date = date(2015, 4, 14), **fields: object) -> SourceOptions:
    known = {"area_folder": Path("area"), "state": Path("var"), "copies": 3, "scenarios": 20, "seed": 1}
    return SourceOptions(**known | fields, first=first, last=last)


class FakePredictor:
    def __init__(self) -> None:
        self.recorded: list[predictor.ReadRecordedCallsRequest] = []
        self.sampled: list[predictor.SampleScenariosRequest] = []
        self.notes: tuple[str, ...] = ()

    def SampleScenarios(self, request: predictor.SampleScenariosRequest) -> predictor.SampleScenariosResponse:
        self.sampled.append(request)
        call_set = predictor.CallSet(artifact=f"sampled {len(self.sampled)}")
        return predictor.SampleScenariosResponse(call_set=call_set)

    def ReadRecordedCalls(self, request: predictor.ReadRecordedCallsRequest) -> predictor.ReadRecordedCallsResponse:
        self.recorded.append(request)
        call_set = predictor.CallSet(artifact=f"recorded {len(self.recorded)}")
        return predictor.ReadRecordedCallsResponse(call_set=call_set, notes=self.notes)


@pytest.fixture
def session() -> AreaSession:
    return AreaSession(SimpleNamespace(predictor=FakePredictor()), "a" * 64, area_of(DAY, NIGHT), None, "b" * 64)


@pytest.mark.parametrize(
    ("options", "shifts", "message"),
    [
        (options_of(first=TRAINED_UNTIL), (DAY, NIGHT), "--from: Expected a day after 2014-12-31"),
        (options_of(last=date(2015, 4, 6)), (DAY, NIGHT), "--to: Expected at least a week from 2015-04-01 on"),
        (options_of(last=date(2015, 3, 1)), (DAY, NIGHT), "--to: Expected at least a week"),
        (options_of(), (), "--area: Expected shifts"),
        (options_of(), (DAY,), "--area: Expected shifts"),
        (options_of(), (DAY, DAY), "--area: Expected shifts"),
        (options_of(), (DAY, Shift(name="late", start="21:00", hours=12)), "--area: Expected shifts"),
    ],
)
def test_what_cannot_be_compared_is_named(options: SourceOptions, shifts: tuple[Shift, ...], message: str) -> None:
    with pytest.raises(InvalidArgument, match=f"^{message}"):
        _check(area_of(*shifts), options, TRAINED_UNTIL)


@pytest.mark.parametrize(
    "shifts",
    [
        (DAY, NIGHT),
        (NIGHT, DAY),
        (Shift(name="all day", start="07:00", hours=24),),
        tuple(Shift(name=start, start=start, hours=8) for start in ("23:15", "07:15", "15:15")),
    ],
)
def test_shifts_around_the_clock_will_do(shifts: tuple[Shift, ...]) -> None:
    _check(area_of(*shifts), options_of(first=date(2015, 1, 1), last=date(2015, 1, 7)), TRAINED_UNTIL)


def test_weeks_are_recorded_from_local_midnight_on(session: AreaSession) -> None:
    assert list(_record(session, [date(2015, 3, 2), date(2015, 3, 9)], 1, True)) == ["recorded 1", "recorded 2"]
    before, after = session.clients.predictor.recorded
    assert (before.start_time.ToJsonString(), before.minutes) == ("2015-03-02T05:00:00Z", 7 * 1440 - 60)
    assert (after.start_time.ToJsonString(), after.minutes) == ("2015-03-09T04:00:00Z", 7 * 1440)
    assert before.seed != after.seed
    assert before.spread_heaped_times
    assert after.spread_heaped_times


def test_a_week_beyond_the_records_is_refused(session: AreaSession) -> None:
    session.clients.predictor.notes = ("The last record is of 2015-03-05.",)
    with pytest.raises(InvalidArgument, match=r"^--to: .*2015-03-02\. The last record"):
        list(_record(session, [date(2015, 3, 2)], 1, False))


def test_the_shift_of_the_evening_before_reaches_into_the_first_day(session: AreaSession) -> None:
    shifts = list(_sample_shifts(session, options_of(), 2, lambda _share, _message: None))
    assert [(shift.day, shift.shift, shift.start_minute) for shift in shifts] == [
        ("2015-03-31", "night", -240),
        ("2015-04-01", "day", 480),
        ("2015-04-01", "night", 1200),
        ("2015-04-02", "day", 1920),
        ("2015-04-02", "night", 2640),
    ]
    sampled = session.clients.predictor.sampled
    assert {(request.minutes, request.scenario_count) for request in sampled} == {(720, 60)}
    assert len({(request.start_time.seconds, request.seed) for request in sampled}) == 10
    assert (shifts[1].training, shifts[1].validation) == ("sampled 3", "sampled 4")


@pytest.mark.parametrize("damaged", ["", "{"])
def test_data_that_cannot_be_read_are_drawn_anew(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "manifest.json").write_text(damaged)
    with pytest.raises(InvalidArgument, match=r"^--area"):
        prepare_data(options_of(area_folder=tmp_path / "nowhere"), tmp_path, lambda _share, _message: None, quiet=True)


def test_data_of_an_earlier_run_with_the_same_options_are_kept(tmp_path: Path, bench_data) -> None:
    options, data = options_of(area_folder=tmp_path / "nowhere"), bench_data(480, 1200)
    document = {"asked_for": _asked_for(options), "data": data.to_dict()}
    (tmp_path / "manifest.json").write_text(json.dumps(document))
    assert prepare_data(options, tmp_path, lambda _share, _message: None, quiet=True) == data
    assert isinstance(data, BenchData)
    with pytest.raises(InvalidArgument, match=r"^--area"):  # other options: drawn anew, and there is no such area
        prepare_data(
            options_of(area_folder=tmp_path / "nowhere", seed=2), tmp_path, lambda _share, _message: None, quiet=True
        )
