from datetime import date

import pytest

from cli.options import find_shift, parse_day
from officers.area.v1.area_pb2 import Area, Shift
from serving.errors import InvalidArgument

AREA = Area(train_until_date="2014-12-31", shifts=[Shift(name="day"), Shift(name="night")])


def test_shifts_are_found_by_name_and_the_first_without_one() -> None:
    assert find_shift(AREA, "night").name == "night"
    assert find_shift(AREA, None).name == "day"


def test_an_unknown_shift_is_told_with_those_there_are() -> None:
    with pytest.raises(InvalidArgument, match=r"^--shift: Expected one of day, night, got 'noon'.$"):
        find_shift(AREA, "noon")


@pytest.mark.parametrize("name", [None, "day"])
def test_an_area_without_shifts_is_told(name: str | None) -> None:
    with pytest.raises(InvalidArgument, match=r"^--area: Expected an area with at least one shift in area\.toml"):
        find_shift(Area(), name)


def test_days() -> None:
    assert parse_day(AREA, None) == date(2015, 1, 1)
    assert parse_day(AREA, "2015-01-31") == date(2015, 1, 31)
    with pytest.raises(InvalidArgument, match=r"^--date: Expected a day such as 2015-01-31, got '2015-13-01'.$"):
        parse_day(AREA, "2015-13-01")
