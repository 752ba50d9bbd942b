import pytest

from cli.json_files import read_demand_plan, read_roster_answer, require_same_sectors
from officers.area.v1.area_pb2 import Area, Sector
from serving.errors import InvalidArgument

PLAN = '{"plan": {"sectorIds": ["A", "B"], "periodMinutes": 60, "periods": [{"cars": [1, 0]}, {"cars": [0, 1]}]}}'


def test_a_plan_is_read_back(tmp_path):
    file = tmp_path / "demand.json"
    file.write_text(PLAN.replace('"plan"', '"laterField": 1, "plan"'))
    plan = read_demand_plan(file, "--demand")
    assert [list(period.cars) for period in plan.periods] == [[1, 0], [0, 1]]
    require_same_sectors(plan, Area(sectors=[Sector(id="A"), Sector(id="B")]), file, "--demand")
    with pytest.raises(InvalidArgument, match=r"^--demand: Expected a plan for the sectors of Town"):
        require_same_sectors(plan, Area(name="Town", sectors=[Sector(id="A")]), file, "--demand")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", PLAN.replace("[0, 1]}", "[0]}"), '{"plan": {"periods": 1}}', "\udcff"]
)
def test_what_is_no_plan_is_told(text, tmp_path):
    file = tmp_path / "demand.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InvalidArgument, match=r"^--demand: Expected .*[^.]\.$"):
        read_demand_plan(file, "--demand")
    with pytest.raises(InvalidArgument, match=r"^--roster: Expected .*[^.]\.$"):
        read_roster_answer(file, "--roster")


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(InvalidArgument, match=r"^--demand: Expected a text file that can be read"):
        read_demand_plan(tmp_path / "absent.json", "--demand")
