"""Errors of `officers predict` and `officers audit` are in the words of the command line."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

import cli.audit.command
import cli.predict_evaluate
import cli.predict_models
import cli.predict_train
from cli.main import run
from cli.predict_models import check_fits
from officers.area.v1.area_pb2 import Area, Shift
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import FailedPrecondition, InvalidArgument
from tests.cli.answered import Answered

MODEL = "models/town/versions/3"
LISTED = predictor.ListModelsResponse(
    models=[predictor.Model(name=MODEL, promoted=True, promotions=[predictor.Promotion(model=MODEL)])]
)
AREA = Area(
    name="Town",
    time_zone="America/New_York",
    train_until_date="2015-03-31",
    shifts=[Shift(name="day", start="08:00", hours=12, cars=3)],
)


class Refusing:
    """A predictor that lists one model and refuses all else."""

    def __init__(self, error):
        self._error = error

    def ListModels(self, _request):
        return LISTED

    def __getattr__(self, _name):
        def refuse(_request):
            raise Answered(self._error)

        return refuse


@pytest.fixture
def refuse_with(monkeypatch):
    """Let all commands work in a session whose predictor refuses with an error."""

    def refuse(error):
        @contextmanager
        def session(*_arguments, **_options):
            yield SimpleNamespace(area_artifact="a" * 64, area=AREA, clients=SimpleNamespace(predictor=Refusing(error)))

        for module in (cli.predict_train, cli.predict_evaluate, cli.predict_models, cli.audit.command):
            monkeypatch.setattr(module, "open_session", session)

    return refuse


@pytest.mark.parametrize(
    ("arguments", "field", "option"),
    [
        (["predict", "train"], "spec.frame_minutes", "--frame-minutes"),
        (["predict", "train"], "spec.reporting_delay_hours", "--delay-hours"),
        (["predict", "train"], "spec.models[1]", "--models (spec.models[1])"),
        (["predict", "train"], "spec.filters", "--spec (spec.filters)"),
        (["predict", "evaluate", "--from", "x", "--to", "y"], "from_date", "--from"),
        (["predict", "evaluate", "--from", "x", "--to", "y"], "compared_models[0]", "--compare (compared_models[0])"),
        (["predict", "drift"], "deviance_threshold", "--threshold"),
        (["predict", "promote", MODEL], "decided_by", "--by"),
        (["predict", "rollback"], "decided_by", "--by"),
        (["audit", "exposure"], "spec.models[0]", "--model"),
        (["audit", "sensitivity"], "spec.models[0]", "--model"),
    ],
)
def test_options_are_named(refuse_with, arguments, field, option, capsys):
    refuse_with(InvalidArgument(field, "Expected something else."))
    assert run([*arguments[:2], "--area", ".", *arguments[2:]]) == 2
    error = capsys.readouterr().err
    assert f"{option}: Expected something else." in error
    assert error.count(field) == option.count(field)


def test_days_that_every_model_has_seen_are_named_by_their_option(refuse_with, capsys):
    refuse_with(FailedPrecondition("MODEL_SAW_LATER_DAYS", "Ask for a time from 2015-04-01 on."))
    assert run(["predict", "evaluate", "--area", ".", "--from", "2015-03-01", "--to", "2015-03-02"]) == 2
    assert "--from: Expected a day within reach. Ask for a time from 2015-04-01 on." in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_refused_before_any_work(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    page = str(tmp_path / "file" / "page.html")
    absent = str(tmp_path / "absent")  # what comes first otherwise: there is no area
    arguments = ["--area", absent, "--from", "2015-03-01", "--to", "2015-03-02", "--report", page]
    assert run(["predict", "evaluate", *arguments]) == 2
    assert "--report: Expected a folder that can be written to" in capsys.readouterr().err


def test_a_model_of_another_area_is_not_promoted(refuse_with, capsys):
    refuse_with(AssertionError("not asked"))
    assert run(["predict", "promote", "--area", ".", "models/village/versions/1"]) == 2
    assert f"MODEL: Expected one that fits Town: {MODEL}; got 'models/village/versions/1'." in capsys.readouterr().err
    with pytest.raises(InvalidArgument, match="one that fits Village: none does"):
        check_fits(MODEL, [], "Village")
