import pytest

from cli.option_errors import naming_day, naming_options
from serving.errors import FailedPrecondition, InvalidArgument, NotFound
from tests.cli.answered import Answered

OPTIONS = {"minimum_cars": "--minimum", "deployments": "--calls", "deployments[1]": "--demand"}


def test_fields_become_options():
    answer = InvalidArgument.of(
        [
            ("minimum_cars", "Expected less."),
            ("deployments[1].timetable.cars[0]", "Expected a sector."),
            ("seed", "No."),
        ]
    )
    with pytest.raises(InvalidArgument) as caught, naming_options(OPTIONS):
        raise Answered(answer)
    assert [violation.field for violation in caught.value.violations] == [
        "--minimum",
        "--demand (deployments[1].timetable.cars[0])",
        "seed",
    ]


def test_other_errors_stay():
    with pytest.raises(Answered), naming_options(OPTIONS):
        raise Answered(NotFound("artifact", "x"))


@pytest.mark.parametrize("reason", ["INCIDENTS_TOO_OLD", "MODEL_SAW_LATER_DAYS", "NO_RECORDS", "TOO_FEW_DAYS"])
def test_days_out_of_reach_become_an_option(reason):
    expected = "^--from: Expected a day within reach. Incidents are known until May.$"
    with pytest.raises(InvalidArgument, match=expected), naming_day("--from"):
        raise Answered(FailedPrecondition(reason, "Incidents are known until May."))


def test_what_has_nothing_to_do_with_the_day_stays():
    with pytest.raises(Answered), naming_day("--date"):
        raise Answered(FailedPrecondition("NO_TRAINED_MODEL", "Train a model first."))
