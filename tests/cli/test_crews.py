from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cli.crews import on_duty_cars, parse_crew, parse_crews, read_crews
from officers.demand.v1.demand_pb2 import CrewShift
from serving.errors import InvalidArgument
from serving.wall_clock import wall_minutes


def test_crews_are_read():
    assert parse_crew(" 07:30, 480 ,3", "--crew", 30) == CrewShift(start="07:30", minutes=480, cars=3)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("07:30,480", "Expected START,MINUTES,CARS such as 07:00,480,3, got '07:30,480'"),
        ("07:30,8h,3", "Expected START,MINUTES,CARS"),
        ("7:30,480,3", "Expected a time such as 07:30, got '7:30'"),
        ("24:00,480,3", "Expected a time such as 07:30"),
        ("07:15,480,3", "Expected a start on a multiple of 30 minutes"),
        ("07:30,100,3", "Expected 30 to 1440 minutes in steps of 30, got 100"),
        ("07:30,1470,3", "Expected 30 to 1440 minutes"),
        ("07:30,480,0", "Expected 1 to 1000 cars, got 0"),
    ],
)
def test_what_is_no_crew_is_told(text, allowed):
    with pytest.raises(InvalidArgument, match=r"^--crew: ") as caught:
        parse_crew(text, "--crew", 30)
    assert allowed in str(caught.value)


def test_cars_on_duty_around_midnight_and_beyond_the_shift():
    crews = parse_crews(["22:00,600,2", "06:30,60,5"], "--crew", 15)
    assert on_duty_cars(crews, range(1200, 1920, 60)) == [0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 7]
    assert on_duty_cars(crews, range(420, 480, 15)) == [7, 7, 2, 2]


def test_crews_keep_their_local_hours_where_clocks_change():
    crews = parse_crews(["04:00,240,3"], "--crew", 15)
    evening = datetime(2015, 3, 7, 20, tzinfo=ZoneInfo("America/New_York"))
    clock = wall_minutes(evening, "America/New_York", 720, 60)
    # 02:00 is skipped: seven hours after 20:00 it is 04:00.
    assert on_duty_cars(crews, clock) == [0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 0]


def test_crews_of_a_file(tmp_path):
    file = tmp_path / "crews.csv"
    file.write_text("start,minutes,cars\n08:00,480,2\n\n10:15,480,1\n")
    assert [(crew.start, crew.cars) for crew in read_crews(file, "--crews")] == [("08:00", 2), ("10:15", 1)]
    roster = tmp_path / "roster.json"
    roster.write_text('{"planned": {"shifts": [{"start": "09:00", "minutes": 600, "cars": 4, "sectorCars": [4, 0]}]}}')
    assert [crew.start for crew in read_crews(roster, "--crews")] == ["09:00"]


@pytest.mark.parametrize(
    ("content", "allowed"),
    [
        ("start,minutes,cars\n", "Expected lines START,MINUTES,CARS"),
        ("08:00;480;2\n", "Expected START,MINUTES,CARS"),
        ("{}", "it holds no roster"),
        ('{"planned": 3}', "Expected what `officers demand staffing --out` writes"),
    ],
)
def test_files_without_crews_are_told(content, allowed, tmp_path):
    file = tmp_path / "crews"
    file.write_text(content)
    with pytest.raises(InvalidArgument, match=r"^--crews") as caught:
        read_crews(file, "--crews")
    assert allowed in str(caught.value)
