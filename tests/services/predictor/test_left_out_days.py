"""Days that the data policy leaves out: nothing is known of them, and they are never days without incidents."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from services.predictor.area_import import import_area
from services.predictor.area_store import AreaSnapshot
from services.predictor.data_policy import DataPolicy, LeaveOutRule
from services.predictor.day_totals import DayTotals
from services.predictor.dispersion import CountDispersion
from services.predictor.drift import DriftLimits, check_drift
from services.predictor.evaluation import check_period
from services.predictor.frames import Frames
from services.predictor.model_spec import ModelSpec
from services.predictor.models import load_model, model_names
from services.predictor.score_days import Period, score_days
from services.predictor.score_predictor import Contestant, score_predictor
from services.predictor.training_set import training_set
from services.predictor.unobserved_frames import fill_unobserved
from services.predictor.validation import DEVIANCE, predict_validation, validation_figures
from serving.errors import FailedPrecondition, InvalidArgument
from serving.work import never_stop
from tests.services.predictor.fakes import QUIET, card_for
from tests.services.predictor.small_area import SmallArea, incident_rows

CHEAP = [name for name in model_names() if load_model(name).can_win and load_model(name).core_seconds < 10]
CALLS_A_DAY = 16 * 0.4 + 8 * 1.6
BUSIER = 8
"""Times as many calls, where levels are to be seen."""
TOLERANCES = dict.fromkeys(("boosted", "ensemble", "log_linear"), 0.15)
"""Some weeks teach these little of levels: with all days they are up to 15 % off too, with zeros 40 to 70 %."""
SPEC = ModelSpec(closeness_frames=24, period_days=1, trend_weeks=1, train_days=70, validation_days=10)
LEFT_OUT = {"a month": (date(2015, 1, 20), date(2015, 2, 20)), "the last weeks": (date(2015, 2, 16), date(2015, 3, 12))}


@dataclass(frozen=True)
class FlatServer:
    """Predicts what the small area has, the same everywhere."""

    def predict(self, card, inputs):
        cells = card.grid.row_count, card.grid.column_count
        return np.full((len(inputs), *cells), CALLS_A_DAY / 24 / card.grid.cell_count, np.float32)


def snapshot_without(store, first, last, busier=1):
    """The small area, so many times as busy, whose policy leaves out the days from `first` to `last`."""
    rows = [
        incident_rows(seed).assign(number=lambda rows, seed=seed: f"{seed}" + rows["number"])
        for seed in range(100, 100 + busier)
    ]
    area = SmallArea(rows=pd.concat(rows))
    area.toml += f'[[policy.leave_out]]\nfrom_date = {first}\nto_date = {last}\nreason = "No guide to other days."\n'
    imported = import_area(area.zipped(), store)
    return AreaSnapshot("", imported.area, store.get_table(imported.area.incidents_artifact).to_pandas())


@pytest.fixture(scope="module")
def snapshots(session_store):
    return {name: snapshot_without(session_store, *days, BUSIER) for name, days in LEFT_OUT.items()}


@pytest.fixture(scope="module")
def trainings(snapshots):
    return {
        name: training_set(each.area, each.incidents, SPEC, 1, each.area.train_until_date)
        for name, each in snapshots.items()
    }


def frames_after(snapshot, training, first, last):
    """Counted frames up to the day `last` and the numbers of those from `first` on."""
    clock = training.reader.calendar.clock
    numbers = np.arange(clock.first_frame_of(first), clock.end_frame_of(last))
    return training.reader.count(snapshot.incidents, snapshot.area.grid, int(numbers[0]), int(numbers[-1]) + 1), numbers


@pytest.mark.parametrize("left_out", LEFT_OUT)
@pytest.mark.parametrize("name", CHEAP)
def test_the_level_stays(name, left_out, snapshots, trainings):
    snapshot, training = snapshots[left_out], trainings[left_out]
    model = load_model(name).fit(training, QUIET)
    validated = predict_validation(training, model).sum()
    frames, numbers = frames_after(snapshot, training, date(2015, 3, 14), date(2015, 3, 20))
    later = model.predict(training.reader.read(frames, numbers)).sum()
    tolerance = TOLERANCES.get(name, 0.06)
    assert validated == pytest.approx(10 * BUSIER * CALLS_A_DAY, rel=tolerance)
    assert later == pytest.approx(7 * BUSIER * CALLS_A_DAY, rel=tolerance)


@pytest.mark.parametrize("name", CHEAP)
def test_rules_that_leave_out_no_whole_day_change_nothing(name, imported, incidents):
    policy = DataPolicy((LeaveOutRule("x", type="none"), LeaveOutRule("x", to_date=date(2014, 12, 31))), (0, 0))
    predicted = []
    for area in (imported.area, replace(imported.area, policy=policy)):
        training = training_set(area, incidents, SPEC, 1, area.train_until_date)
        assert training.frames.observed is None
        predicted.append(predict_validation(training, load_model(name).fit(training, QUIET)))
    np.testing.assert_array_equal(*predicted)


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_left_out_days_are_neither_fitted_nor_validated_on(left_out, trainings):
    training = trainings[left_out]
    first, last = LEFT_OUT[left_out]
    for numbers in (training.window_frames, training.sample_frames, training.validation_frames):
        days = {time.date() for time in training.reader.calendar.clock.local_times(numbers)}
        assert not any(first <= day <= last for day in days)
    assert len(training.validation_frames) == pytest.approx(24 * SPEC.validation_days, abs=1)  # clocks change
    assert training.window_frames.max() < training.validation_frames.min()


def test_a_window_of_left_out_days_is_refused(snapshots):
    snapshot = snapshots["the last weeks"]
    with pytest.raises(FailedPrecondition, match=r"days up to 2015-03-12 that the data policy does not leave out"):
        training_set(snapshot.area, snapshot.incidents, replace(SPEC, train_days=30), 1, date(2015, 3, 12))


def test_days_left_out_count_neither_as_days_nor_in_how_far_one_looks_back():
    counts = np.ones((30 * 24, 1, 1), np.float32)
    observed = np.repeat(np.arange(30) < 10, 24) | (np.arange(720) >= 708)  # the last day is observed in part
    counts[~observed] = 0
    counts[708:] = 50
    totals = DayTotals.of_counts(0, counts, 24, observed)
    end = np.array([720])
    assert totals.level_means(end, np.array([1, 2, 52])).tolist() == [[1.0, 1.0, 1.0]]
    assert totals.decayed_means(end, np.array([0.5, 3.0])).ravel().tolist() == pytest.approx([1.0, 1.0])
    assert totals.level_means(np.array([12]), np.array([1])).max() == 0


def test_left_out_frames_hold_the_means_of_earlier_ones():
    counts = np.arange(24 * 28, dtype=np.float32)[:, None, None]
    frames = Frames(0, counts)
    observed = np.ones(len(counts), dtype=bool)
    assert fill_unobserved(frames, observed) is frames
    observed[[3, 200, 400]] = False
    filled = fill_unobserved(frames, observed)
    assert filled.counts[[3, 200, 400]].ravel().tolist() == [1.0, 32.0, (400 - 168 + 400 - 336) / 2]
    assert (filled.counts[observed] == counts[observed]).all()
    observed[:] = [False] * 200 + [True] * 472
    counts[:200] = 0
    assert fill_unobserved(frames, observed).counts[:200].max() == 0


def scores(snapshot, training, period):
    days = score_days(snapshot.area, snapshot.incidents, training.reader, period)
    flat = np.full(days.counts.shape, CALLS_A_DAY / 24 / snapshot.area.grid.cell_count, np.float32)
    contestant = Contestant("flat", flat, flat, CountDispersion(), in_full=True)
    return days, score_predictor(snapshot, days, contestant, contestant, 1)


def test_left_out_days_are_not_scored(session_store, training):
    snapshot = snapshot_without(session_store, date(2015, 3, 15), date(2015, 3, 17))
    reader = training_set(snapshot.area, snapshot.incidents, SPEC, 1, date(2015, 3, 12))
    days, score = scores(snapshot, reader, Period(date(2015, 3, 14), date(2015, 3, 19)))
    assert days.observed.sum() == 3 * 24
    assert len(days.shifts) == 3
    assert score.predicted_count == pytest.approx(3 * CALLS_A_DAY, rel=1e-5)
    assert len(days.events) == days.counts.sum() == pytest.approx(3 * CALLS_A_DAY, rel=0.3)
    assert score.predicted_by_day.tolist() == pytest.approx([CALLS_A_DAY, 0, 0, 0, CALLS_A_DAY, CALLS_A_DAY], rel=1e-5)
    assert {each.total: each.total_count for each in score.coverages} == {
        "sector hour": 3 * 72,
        "sector shift": 9,
        "hour": 72,
        "shift": 3,
        "day": 3,
    }
    assert sum(group.predicted_count for group in score.sectors) == pytest.approx(3 * CALLS_A_DAY, rel=1e-5)
    matched = score.match_scores[-1]
    assert len(days.events) * matched.recall / matched.precision == pytest.approx(3 * CALLS_A_DAY, rel=0.2)  # sampled


def test_days_that_are_all_left_out_cannot_be_scored(session_store):
    snapshot = snapshot_without(session_store, date(2015, 3, 14), date(2015, 3, 16))
    period = Period(date(2015, 3, 14), date(2015, 3, 16))
    card = card_for(snapshot.area, date(2015, 3, 12))
    with pytest.raises(InvalidArgument, match="a day that the area's data policy does not leave out"):
        check_period(snapshot.area, snapshot.incidents, card, period)
    check_period(snapshot.area, snapshot.incidents, card, replace(period, to_date=date(2015, 3, 17)))


def drift_without(store, first, last):
    snapshot = snapshot_without(store, first, last)
    training = training_set(snapshot.area, snapshot.incidents, SPEC, 1, date(2015, 2, 18))
    flat = FlatServer()
    card = card_for(snapshot.area, date(2015, 2, 18))
    inputs = training.reader.read(training.frames, training.validation_frames)
    figures = validation_figures(training, flat.predict(card, inputs))
    metrics = ((DEVIANCE, dict(figures)["validation_expected_deviance"]), *figures)
    since = date(2015, 2, 18) - timedelta(days=9)
    card = card_for(snapshot.area, date(2015, 2, 18), metrics=metrics, validated_from_date=since)
    return check_drift(snapshot.area, snapshot.incidents, card, DriftLimits(), flat, never_stop)


def test_left_out_days_are_no_drift(session_store):
    drift = drift_without(session_store, date(2015, 2, 24), date(2015, 3, 8))
    assert drift.alarms == ()
    assert drift.recent.predicted_count == pytest.approx((28 - 13) * CALLS_A_DAY, rel=1e-3)
    assert [round(7 * week.observed_share) for week in drift.weeks] == [3, 5, 7]
    assert drift.recent.deviance_ratio == pytest.approx(1.0, abs=0.15)


def test_drift_cannot_be_checked_where_all_days_are_left_out(session_store):
    with pytest.raises(FailedPrecondition, match="The data policy leaves out all days from 2015-02-21 to 2015-03-20"):
        drift_without(session_store, date(2015, 2, 19), date(2015, 3, 20))
