"""`officers predict search`: what it searches on, where its files go, and the spec that comes out."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.json_format import Parse

from cli.main import run
from cli.predict_search import _answer, _search_data, _subject
from officers.predictor.v1 import predictor_pb2 as predictor
from services.predictor.calendar_features import EXTERNAL_FEATURES
from services.predictor.convert_training import training_request
from services.predictor.model_spec import ModelSpec
from services.predictor.search.space import ARCHITECTURE, Point, Space
from services.predictor.search.trial import SearchData, TrialResult
from services.predictor.search.trials_file import TrialRecord, TrialsFile
from services.predictor.training_set import area_calendar
from tests.services.predictor.small_area import SmallArea

NO_TIME = ["--budget-minutes", "1e-9"]
LEAST = tuple((field, values[0]) for field, values in ARCHITECTURE.items())


def write_area(folder: Path, rain: int) -> Path:
    area = SmallArea()
    area.toml = area.toml.replace("[sectors]", '[conditions]\nfile = "weather.csv"\n[sectors]')
    area.more = {"weather.csv": f"time,rain\n2015-01-01T00:00,{rain}\n".encode()}
    folder.mkdir()
    for name, content in area.files().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module", name="area")
def area_folder(tmp_path_factory):
    return write_area(tmp_path_factory.mktemp("areas") / "wet", 1)


@pytest.fixture(name="data")
def search_data(area, tmp_path) -> SearchData:
    return _search_data(area, tmp_path / "var", ModelSpec(reporting_delay_hours=6), 1, True)


def test_a_search_has_the_conditions_that_training_has(data, tmp_path):
    assert area_calendar(data.area).external_count == len(EXTERNAL_FEATURES) + 2
    assert data.area.conditions.values.tolist() == [[1.0]]
    dry = _search_data(write_area(tmp_path / "dry", 0), tmp_path / "var", data.usual, 1, True)
    assert {**_subject(dry), "conditions": ""} == {**_subject(data), "conditions": ""}
    assert _subject(dry) != _subject(data)


def test_the_folder_of_trials_is_made_or_refused_before_anything_is_tried(area, tmp_path, capsys):
    options = ["predict", "search", "--area", str(area), "--state", str(tmp_path / "var"), *NO_TIME]
    (tmp_path / "file").touch()
    for option in ("--trials", "--out"):
        files = {"--trials": tmp_path / "t.jsonl", option: tmp_path / "file" / "t.jsonl"}
        assert run([*options, *(text for pair in files.items() for text in map(str, pair))]) == 2
        assert f"{option}: Expected a folder that can be written to" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()
    assert run([*options, "--trials", str(tmp_path / "new" / "t.jsonl")]) == 1
    assert "No trial came to an end" in capsys.readouterr().err
    assert (tmp_path / "new").is_dir()


def test_a_search_without_any_result_says_why_the_last_trial_failed(area, data, tmp_path, capsys):
    usual = ModelSpec(max_epochs=10)
    file, space = tmp_path / "t.jsonl", Space(("separable",))
    trials = TrialsFile(file, _subject(replace(data, usual=usual)), space)
    trials.add(TrialRecord(Point(1.0, 60, "separable"), TrialResult(None, 1.0, "Too few days.")))
    options = ["--state", str(tmp_path / "var"), *NO_TIME, "--trials", str(file), "--models", "separable"]
    assert run(["predict", "search", "--area", str(area), *options]) == 1
    assert "The last failed: Too few days." in capsys.readouterr().err


def test_the_spec_of_the_best_trial_is_trained_as_it_was_tried(data, tmp_path, capsys):
    point = Point(1.0, 30, "st_resnet", LEAST)
    trials = TrialsFile(tmp_path / "t.jsonl", _subject(data), Space(("st_resnet",)))
    trials.add(TrialRecord(point, TrialResult(0.2, 1.0)))
    _answer(trials, data, tmp_path / "spec.json", True)
    assert json.loads(capsys.readouterr().out)["spec"]["reportingDelayHours"] == 6
    spec = Parse((tmp_path / "spec.json").read_text(), predictor.ModelSpec())
    request = predictor.TrainModelRequest(area_artifact="0" * 64, spec=spec)
    assert training_request(request).spec == point.spec(data.usual)
