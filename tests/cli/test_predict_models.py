"""What `officers predict models|drift|search|train` show and read."""

import io

import pytest
from google.protobuf.json_format import MessageToJson
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console

from cli.main import run
from cli.predict_models import drift_table, model_table, promoted_name
from cli.predict_search import trial_table
from cli.predict_train import card_table, read_spec
from officers.predictor.v1 import predictor_pb2 as predictor
from services.predictor.search.space import Point
from services.predictor.search.trial import TrialResult
from services.predictor.search.trials_file import TrialRecord
from serving.errors import FailedPrecondition, InvalidArgument


def text_of(table):
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    return console.file.getvalue()


MODEL = predictor.Model(
    name="models/town/versions/3",
    kind="low_rank",
    trained_until_date="2015-03-31",
    incident_count=7582,
    promoted=True,
    metrics=[predictor.Metric(name="validation_deviance_relative_to_separable", value=-0.0114)],
)


def test_models_are_listed_with_what_they_are():
    text = text_of(model_table([MODEL]))
    for shown in ("models/town/versions/3", "low_rank", "2015-03-31", "7582", "-1.14%", "yes"):
        assert shown in text
    assert "validation deviance relative to separable" in text_of(card_table(MODEL))


def test_what_a_rollback_takes_back_may_have_been_removed():
    decisions = [
        predictor.Promotion(model="models/town/versions/3", time=Timestamp(seconds=1)),
        predictor.Promotion(
            model="models/town/versions/4", replaced_model="models/town/versions/3", time=Timestamp(seconds=2)
        ),
    ]
    left = predictor.Model(name="models/town/versions/3", promotions=decisions)
    assert promoted_name([predictor.Model(name="models/town/versions/2"), left], "Town") == "models/town/versions/4"
    with pytest.raises(FailedPrecondition, match="No stored model of Town is promoted"):
        promoted_name([predictor.Model(name="models/town/versions/2")], "Town")


def test_drift_is_shown_week_by_week():
    week = predictor.DriftPeriod(
        from_date="2015-04-01",
        to_date="2015-04-07",
        recorded_count=410,
        predicted_count=455.0,
        level=0.901,
        mean_poisson_deviance=0.0612,
        deviance_ratio=1.03,
    )
    answer = predictor.CheckDriftResponse(
        model=MODEL.name, weeks=[week], recent=week, validation=week, level_change=-0.099, level_change_error=0.05
    )
    text = text_of(drift_table(answer))
    for shown in ("2015-04-01 to 2015-04-07", "410", "0.901", "-9.9% ± 5.0%", "validation"):
        assert shown in text


def test_the_best_trials_come_first():
    records = [
        TrialRecord(Point(2.0, 60, "low_rank"), TrialResult(0.3, 5.0)),
        TrialRecord(Point(1.0, 30, "st_resnet", (("filters", 8),)), TrialResult(0.2, 60.0)),
        TrialRecord(Point(1.0, 30, "separable"), TrialResult(None, 1.0, "too few days")),
    ]
    text = text_of(trial_table(records))
    assert text.index("st_resnet") < text.index("low_rank")
    assert "filters 8" in text
    assert "separable" not in text


def test_a_spec_is_read_from_a_file(tmp_path):
    spec = predictor.ModelSpec(models=["low_rank"], frame_minutes=30)
    file = tmp_path / "spec.json"
    file.write_text(MessageToJson(spec))
    assert read_spec(file) == spec
    assert read_spec(None) == predictor.ModelSpec()
    file.write_text('{"colour": 1}')
    with pytest.raises(InvalidArgument, match="Expected a ModelSpec as JSON"):
        read_spec(file)
    with pytest.raises(InvalidArgument, match="Expected a ModelSpec as JSON"):
        read_spec(tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["search", "--area", ".", "--budget-minutes", "0", "--trials", "t"], "0"),
        (["search", "--area", ".", "--budget-minutes", "1", "--trials", "t", "--models", "oracle"], "Expected one of"),
        (["drift", "--area", ".", "--weeks", "53"], "53"),
        (["promote", "--area", "."], "MODEL"),
    ],
)
def test_wrong_options_end_with_one_line_and_exit_code_2(arguments, text, capsys):
    assert run(["predict", *arguments]) == 2
    assert text in capsys.readouterr().err
