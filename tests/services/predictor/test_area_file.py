import pytest

from services.predictor.area_file import parse_area_file
from serving.errors import InvalidArgument

LEAST = 'name = "X"\ntime_zone = "America/New_York"\ncell_size_degrees = 0.01\n[incidents]\nfile = "i.csv"\n'


def _fields(content: str) -> set[str]:
    with pytest.raises(InvalidArgument) as caught:
        parse_area_file(content.encode())
    return {violation.field for violation in caught.value.violations}


def test_defaults():
    parsed = parse_area_file(LEAST.encode())
    assert parsed.incidents.time_format == "iso"
    assert parsed.incidents.precision == "minute"
    travel = parsed.travel_speeds
    assert (travel.speed_km_h, travel.urgent_speed_km_h, travel.detour_factor) == (24.0, 36.0, 1.35)
    assert (travel.mobilisation_minutes, travel.hour_factors, travel.osrm_url) == (0.0, (), "")
    assert not travel.calibrate
    assert parsed.shift_list == ()
    assert parsed.holiday_calendar is None


def test_travel():
    hours = ", ".join(["1.0"] * 12 + ["2"] * 12)
    travel = (
        f'[travel]\nhour_factors = [{hours}]\nosrm_url = "http://osrm:5000/"\nosrm_profile = "car"\ncalibrate = true\n'
    )
    speeds = parse_area_file((LEAST + travel).encode()).travel_speeds
    assert speeds.hour_factors == (1.0,) * 12 + (2.0,) * 12
    assert (speeds.osrm_url, speeds.osrm_profile, speeds.calibrate) == ("http://osrm:5000", "car", True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (('name = "X"', ""), "name"),
        (("America/New_York", "Mars/Base"), "time_zone"),
        (("cell_size_degrees = 0.01", "cell_size_degrees = 0"), "cell_size_degrees"),
        (("cell_size_degrees = 0.01", "cell_size_degrees = nan"), "cell_size_degrees"),
        (("cell_size_degrees = 0.01", ""), "area.toml"),
        (("cell_size_degrees = 0.01", "cell_size_degrees = 0.01\ncell_size_m = 500"), "area.toml"),
        (("cell_size_degrees = 0.01", "cell_size_degrees = 0.01\ntrain_until = 2014-13-31"), "area.toml"),
        (("cell_size_degrees = 0.01", 'cell_size_degrees = 0.01\ntrain_until = "2014-12-31"'), "train_until"),
        (("cell_size_degrees = 0.01", 'cell_size_degrees = 0.01\nholidays = {country = "ZZ"}'), "holidays"),
        (('file = "i.csv"', 'file = "../i.csv"'), "incidents.file"),
        (('file = "i.csv"', 'file = "i.csv"\ncolumns = {colour = "c"}'), "incidents.columns"),
        (('file = "i.csv"', 'file = "i.csv"\nprecision = "second"'), "incidents.precision"),
        (('file = "i.csv"', 'file = "i.csv"\n[roads]\nnodes = "n.csv"'), "roads.arcs"),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\nspeed_km_h = -1.0'), "travel.speed_km_h"),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\ndetour_factor = 0.9'), "travel.detour_factor"),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\nmobilisation_minutes = 61'), "travel.mobilisation_minutes"),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\nhour_factors = [1, 1]'), "travel.hour_factors"),
        (
            ('file = "i.csv"', f'file = "i.csv"\n[travel]\nhour_factors = {[1] * 23 + [0]}'),
            "travel.hour_factors[23]",
        ),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\nosrm_url = "osrm:5000"'), "travel.osrm_url"),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\nosrm_url = "http://me:key@osrm"'), "travel.osrm_url"),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\nosrm_url = "http://osrm:port"'), "travel.osrm_url"),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\nosrm_url = "http://["'), "travel.osrm_url"),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\nosrm_profile = "car"'), "travel"),
        (
            ('file = "i.csv"', 'file = "i.csv"\n[travel]\nosrm_url = "http://osrm"\nosrm_profile = "a/b"'),
            "travel.osrm_profile",
        ),
        (('file = "i.csv"', 'file = "i.csv"\n[travel]\ncalibrate = 1'), "travel.calibrate"),
        (('file = "i.csv"', 'file = "i.csv"\n[shifts]\nd = {start = "08:15", hours = 8, cars = 1}'), "shifts.d.start"),
        (('file = "i.csv"', 'file = "i.csv"\n[shifts]\nd = {start = "24:00", hours = 8, cars = 1}'), "shifts.d.start"),
        (
            ('file = "i.csv"', 'file = "i.csv"\n[shifts]\nd = {start = "08:00", hours = 8.2, cars = 1}'),
            "shifts.d.hours",
        ),
        (('file = "i.csv"', 'file = "i.csv"\n[shifts]\nd = {start = "08:00", hours = 25, cars = 1}'), "shifts.d.hours"),
        (('file = "i.csv"', 'file = "i.csv"\n[shifts]\nd = {start = "08:00", hours = 8, cars = 0}'), "shifts.d.cars"),
        (
            ('file = "i.csv"', 'file = "i.csv"\n[shifts]\nd = {start = "08:00", hours = 8, cars = 1001}'),
            "shifts.d.cars",
        ),
        (('file = "i.csv"', 'file = "i.csv"\ntime_format = "%Q"'), "incidents.time_format"),
        (('file = "i.csv"', 'file = "i.csv"\ntime_format = "%Y-%m-%d %"'), "incidents.time_format"),
        (('file = "i.csv"', 'file = "i.csv"\ntime_format = "%H:%M"'), "incidents.time_format"),
        (('file = "i.csv"', 'file = "i.csv"\ntime_format = "%Y %Y"'), "incidents.time_format"),
        (('file = "i.csv"', 'file = "i.csv"\ntime_format = "mixed"'), "incidents.time_format"),
        (('file = "i.csv"', 'file = "i.csv"\n[teams]\nsouth = []'), "teams.south"),
    ],
)
def test_a_wrong_field_is_named(change, field):
    assert change[0] in LEAST
    assert _fields(LEAST.replace(*change)) == {field}


def test_several_faults_are_named_together():
    assert _fields(LEAST.replace('name = "X"', "").replace("0.01", "-1")) == {"name", "cell_size_degrees"}


@pytest.mark.parametrize(("section", "allowed"), [("", "cell_size_m"), ("[travel]\n", "detour_factor")])
def test_unknown_keys_are_refused_with_the_allowed_ones(section, allowed):
    content = f"{LEAST}{section}colour = 1\n" if section else f"colour = 1\n{LEAST}"
    with pytest.raises(InvalidArgument, match=f"Unknown key; expected one of .*{allowed}"):
        parse_area_file(content.encode())


def test_no_toml_is_refused():
    assert _fields("name = ") == {"area.toml"}
    with pytest.raises(InvalidArgument, match="Expected TOML"):
        parse_area_file(b"\xff\xfe")


def test_teams_name_known_sectors_once():
    parsed = parse_area_file(f'{LEAST}[teams]\nnorth = ["A"]\nsouth = ["B", "A"]\n'.encode())
    with pytest.raises(InvalidArgument, match=r"teams\.south\[1\]: Expected every sector in one team"):
        parsed.team_list(frozenset("AB"))
    with pytest.raises(InvalidArgument, match=r"teams\.south\[0\]: Expected a known sector"):
        parsed.team_list(frozenset("A"))
