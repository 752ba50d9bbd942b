import pytest

from services.predictor.area import Priority
from services.predictor.service_types import COLUMNS, complete, read_service_types
from serving.errors import InvalidArgument

HEADER = ",".join(COLUMNS)
GOOD = "fight,urgent,15,2,3.9,1.0,240"


def _read(*lines):
    return read_service_types({"s.csv": "\n".join([HEADER, *lines]).encode()}, "s.csv")


def test_rows_are_read():
    (service,) = _read(GOOD)
    assert (service.type, service.priority, service.cars_required) == ("fight", Priority.URGENT, 2)
    assert not service.assumed


def test_complete_adds_assumed_types_in_order_and_leaves_out_types_without_incidents():
    services = complete(_read(GOOD, "fire,urgent,10,3,3,1,240"), ["theft", "fight"])
    assert [(service.type, service.assumed) for service in services] == [("fight", False), ("theft", True)]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (",urgent,15,2,3.9,1.0,240", "services.type"),
        (GOOD, "services.type"),
        ("x,soon,15,2,3.9,1.0,240", "services.priority"),
        ("x,urgent,0,2,3.9,1.0,240", "services.target_minutes"),
        ("x,urgent,15,1.5,3.9,1.0,240", "services.cars_required"),
        ("x,urgent,15,0,3.9,1.0,240", "services.cars_required"),
        ("x,urgent,15,2,nan,1.0,240", "services.lognormal_mu"),
        ("x,urgent,15,2,3.9,-1,240", "services.lognormal_sigma"),
        ("x,urgent,15,2,3.9,1.0,many", "services.maximum_minutes"),
    ],
)
def test_bad_rows_are_named(line, field):
    with pytest.raises(InvalidArgument, match="row 2") as caught:
        _read(GOOD, line)
    assert caught.value.violations[0].field == field
