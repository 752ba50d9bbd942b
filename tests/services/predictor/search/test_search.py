"""The space, the suggester, the file of trials, trials of all resolutions, and both backends."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from services.predictor.data_policy import DataPolicy, LeaveOutRule
from services.predictor.scores import mean_poisson_deviance
from services.predictor.search.local_search import DIED, LocalSearch
from services.predictor.search.space import ARCHITECTURE, Point, Space, searchable_models
from services.predictor.search.suggester import Suggester
from services.predictor.search.trial import SearchData, TrialResult, run_trial
from services.predictor.search.trials_file import TrialRecord, TrialsFile
from serving.errors import InvalidArgument
from tests.services.predictor.fakes import SMALL_SPEC, failing_trial

SUBJECT = {"area": "Small Town", "seed": 1}
SPACE = Space(("separable", "climatology", "st_resnet"))
POINT = Point(1.0, 60, "separable")
NETWORK = Point(
    2.0,
    30,
    "st_resnet",
    (("closeness_frames", 6), ("period_days", 1), ("trend_weeks", 1), ("residual_units", 1), ("filters", 8)),
)


@pytest.fixture(name="data")
def search_data(imported, incidents):
    return SearchData(imported.area, incidents, SMALL_SPEC, 1)


def far(seconds=600.0):
    return time.time() + seconds


def test_every_point_asked_for_is_of_the_space():
    space = Space(searchable_models())
    suggester = Suggester(space, 3, ())
    models = set()
    for number in range(40):
        point = suggester.ask()
        models.add(point.model)
        assert set(dict(point.architecture)) == (set(ARCHITECTURE) if point.model.startswith("st_resnet") else set())
        assert space.positions(point)["model"] == searchable_models().index(point.model)
        assert Point.from_dict(point.to_dict()) == point
        suggester.tell(TrialRecord(point, TrialResult(0.1 + number % 7, 1.0)))
    assert len(models) >= 4


def test_the_same_trials_lead_to_the_same_point():
    space = Space(("separable", "st_resnet"))
    records = []
    for _ in range(25):
        first, second = Suggester(space, 5, records), Suggester(space, 5, records)
        point = first.ask()
        assert second.ask() == point
        records.append(TrialRecord(point, TrialResult(None if len(records) % 5 == 0 else 0.2, 1.0, "failed")))


def test_points_become_better():
    """A toy deviance with one best corner: later points lie nearer to it than the random first ones."""
    space = Space(("st_resnet",))

    def deviance(point):
        shape = dict(point.architecture)
        return point.cell_scale + shape["residual_units"] / 4 + shape["closeness_frames"] / 48

    suggester = Suggester(space, 1, ())
    found = []
    for _ in range(80):
        point = suggester.ask()
        found.append(deviance(point))
        suggester.tell(TrialRecord(point, TrialResult(found[-1], 1.0)))
    assert sum(found[-20:]) / 20 < 0.85 * sum(found[:20]) / 20


def test_spaces_name_their_models():
    with pytest.raises(InvalidArgument, match="Expected one of"):
        Space(("oracle",))
    with pytest.raises(InvalidArgument, match="at least one"):
        Space(())
    assert "ensemble" not in searchable_models()


def test_a_file_of_trials_goes_on_where_it_was(tmp_path):
    path = tmp_path / "trials.jsonl"
    trials = TrialsFile(path, SUBJECT, SPACE)
    assert trials.best is None
    for point, deviance in ((POINT, 0.3), (NETWORK, 0.2), (replace(POINT, cell_scale=2.0), None)):
        trials.add(TrialRecord(point, TrialResult(deviance, 2.5, "" if deviance else "too few days")))
    again = TrialsFile(path, SUBJECT, SPACE)
    assert again.records == trials.records
    assert again.best.point == NETWORK
    assert len(path.read_text().splitlines()) == 4
    with pytest.raises(InvalidArgument, match="another area, seed or split"):
        TrialsFile(path, {**SUBJECT, "seed": 2}, SPACE)
    path.write_text("no trials")
    with pytest.raises(InvalidArgument, match="Expected a file of trials"):
        TrialsFile(path, SUBJECT, SPACE)


def test_trials_outside_the_space_stay_in_the_file_and_count_for_nothing(tmp_path):
    path = tmp_path / "trials.jsonl"
    all_trials = TrialsFile(path, SUBJECT, SPACE)
    for point in (NETWORK, POINT):
        all_trials.add(TrialRecord(point, TrialResult(0.1 if point == NETWORK else 0.2, 1.0)))
    path.write_text(path.read_text().replace('"residual_units": 1', '"residual_units": 0'))  # once it was searched
    narrow = Space(("separable", "climatology"))
    for space in (SPACE, narrow):
        trials = TrialsFile(path, SUBJECT, space)
        assert [record.point for record in trials.records] == [POINT]
        assert trials.best.point == POINT
        assert space.holds(Suggester(space, 1, trials.records).ask())
    other = Space(("climatology",))
    trials = TrialsFile(path, SUBJECT, other)
    assert (trials.records, trials.best) == ((), None)
    trials.add(TrialRecord(replace(POINT, model="climatology"), TrialResult(0.3, 1.0)))
    assert trials.best.point.model == "climatology"
    assert TrialsFile(path, SUBJECT, narrow).best.point == POINT
    assert len(path.read_text().splitlines()) == 4


def test_every_architecture_that_is_searched_can_be_asked_for():
    """In a request 0 means the usual: what the best trial had must come out of `train --spec` as it was."""
    for field, values in ARCHITECTURE.items():
        assert 0 not in values
        with pytest.raises(InvalidArgument, match=f"spec.{field}"):
            replace(SMALL_SPEC, **{field: 0})


def test_a_trial_that_raises_or_kills_its_process_has_failed_and_the_search_goes_on(data, tmp_path):
    told, space = [], Space(("separable", "climatology"))
    trials = TrialsFile(tmp_path / "trials.jsonl", SUBJECT, space)
    seen = set()

    def on_trial(record):
        told.append(record)
        seen.add(record.result.failure)

    for _ in range(20):
        LocalSearch(2, failing_trial).run(data, space, trials, 15.0, on_trial)
        if len(seen) == 3:
            break
    assert seen == {"", "ZeroDivisionError: no such frames", DIED}
    assert trials.records == tuple(told)
    for record in told:
        assert (record.result.deviance is None) == (record.result.failure != "")
        assert (record.result.failure == DIED) == (record.point.model == "climatology")
    assert trials.best.result.deviance == 0.5


def test_a_point_on_the_finest_resolution_is_scored_as_it_is(data, incidents):
    from services.predictor.models import load_model
    from services.predictor.training_set import training_set
    from services.predictor.validation import predict_validation
    from tests.services.predictor.fakes import QUIET

    point = replace(POINT, frame_minutes=30)
    training = training_set(data.area, incidents, point.spec(SMALL_SPEC), 1, data.area.train_until_date)
    predicted = predict_validation(training, load_model("separable").fit(training, QUIET))
    expected = mean_poisson_deviance(training.frames.at(training.validation_frames), predicted)
    assert run_trial(data, point, far()).deviance == pytest.approx(expected, rel=1e-6)


def test_resolutions_are_comparable(data):
    """The true intensity of the small area is flat within sectors: resolutions come to nearly the same deviance."""
    results = {
        (scale, minutes): run_trial(data, Point(scale, minutes, "separable"), far()).deviance
        for scale in (1.0, 1.5, 2.0)
        for minutes in (60, 30)
    }
    finest = results[(1.0, 30)]
    for deviance in results.values():
        assert deviance == pytest.approx(finest, rel=0.05)


def test_days_left_out_of_the_validation_are_not_scored(data):
    until = data.area.train_until_date
    rule = LeaveOutRule("flood", from_date=until - timedelta(days=3), to_date=until - timedelta(days=2))
    days = data.incidents["time"].dt.tz_convert(data.area.time_zone).dt.date
    kept = data.incidents[(days < rule.from_date) | (days > rule.to_date)]
    without = replace(data, area=replace(data.area, policy=DataPolicy((rule,))), incidents=kept)
    whole = run_trial(data, POINT, far()).deviance
    deviances = [run_trial(without, replace(POINT, frame_minutes=minutes), far()).deviance for minutes in (30, 60)]
    assert deviances == pytest.approx([whole, whole], rel=0.1)
    assert deviances[1] == pytest.approx(deviances[0], rel=0.02)


def test_a_trial_past_its_time_or_without_enough_days_fails(data):
    late = run_trial(data, NETWORK, time.time() - 1)
    assert (late.deviance, late.failure) == (None, "The training was stopped.")
    short = replace(data, usual=replace(SMALL_SPEC, trend_weeks=12))
    assert "Training needs incidents" in run_trial(short, POINT, far()).failure


def test_a_local_search_runs_in_processes_and_goes_on(data, tmp_path):
    path, space = tmp_path / "trials.jsonl", Space(("separable", "climatology"))
    told = []
    LocalSearch(1).run(data, space, TrialsFile(path, SUBJECT, space), 12.0, told.append)
    first = TrialsFile(path, SUBJECT, space)
    assert first.records == tuple(told)
    assert first.best is not None
    assert {record.point.model for record in told} <= {"separable", "climatology"}
    LocalSearch(1).run(data, space, first, 1e-9, told.append)  # no time: nothing more is tried
    assert len(TrialsFile(path, SUBJECT, space).records) == len(told)
