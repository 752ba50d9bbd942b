import pytest

from cli.sector_counts import counts_by_position, parse_counts
from serving.errors import InvalidArgument


@pytest.mark.parametrize("text", ["P001", "P001=", "=2", "P001=-1", "P001=1.5", "P001=1001"])
def test_what_is_no_count_is_told(text):
    with pytest.raises(InvalidArgument, match=r"^--minimum: Expected NAME=CARS with 0 to 1000 cars"):
        parse_counts([text], "--minimum")


def test_a_name_counts_once():
    with pytest.raises(InvalidArgument, match="'P001' once"):
        parse_counts(["P001=1", "P001=2"], "--minimum")


def test_counts_in_the_order_of_the_area():
    counts = parse_counts(["c=x=3", "a=1"], "--minimum")
    assert counts_by_position(counts, ["a", "b", "c=x"], "--minimum", 0) == [1, 0, 3]
    assert counts_by_position({}, ["a", "b"], "--minimum", 0) == []


def test_unknown_names_are_told_with_those_there_are():
    with pytest.raises(InvalidArgument, match=r"^--minimum: Expected one of a, b, got 'z'.$"):
        counts_by_position({"z": 1}, ["a", "b"], "--minimum", 0)
    with pytest.raises(InvalidArgument, match="for the area has none"):
        counts_by_position({"z": 1}, [], "--team-cars", 0)
