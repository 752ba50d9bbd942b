"""Alarms on planted drifts, silence without, over a fake server that knows the true intensities."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from services.predictor.drift import DriftLimits, check_drift
from services.predictor.expected_deviance import expected_deviance
from serving.errors import FailedPrecondition
from serving.work import never_stop
from tests.services.predictor.fakes import card_for

TRAINED_UNTIL = date(2015, 2, 10)
PER_CELL_AND_HOUR = 0.2


@dataclass
class FlatServer:
    """Predicts the same everywhere."""

    level: float = PER_CELL_AND_HOUR

    def predict(self, card, inputs):
        return np.full((len(inputs), card.grid.row_count, card.grid.column_count), self.level, np.float32)


@pytest.fixture(name="card")
def validated_card(imported):
    grid = imported.area.grid
    expected = expected_deviance(np.full((28 * 24, grid.row_count, grid.column_count), PER_CELL_AND_HOUR))
    total = 28 * 24 * grid.cell_count * PER_CELL_AND_HOUR
    metrics = {
        "validation_mean_poisson_deviance": expected.mean,
        "validation_expected_deviance": expected.mean,
        "validation_expected_deviance_error": expected.standard_error,
        "validation_actual_count": total,
        "validation_predicted_count": total,
        "validation_daily_dispersion": 1.2,
    }
    return card_for(imported.area, TRAINED_UNTIL, metrics=tuple(metrics.items()), validated_from_date=date(2015, 1, 14))


def incidents_of(area, level, generator, half_of_cells=False):
    """Poisson incidents in every cell and hour of 80 days; with `half_of_cells` twice as many in every second cell."""
    hours = pd.date_range("2015-01-01T05:00Z", periods=80 * 24, freq="h")
    rates = np.full((len(hours), area.grid.cell_count), level)
    if half_of_cells:
        rates *= np.where(np.arange(area.grid.cell_count) % 2, 1.9, 0.1)
    hour, cell = np.nonzero(counts := generator.poisson(rates))
    repeats = counts[hour, cell]
    hour, cell = np.repeat(hour, repeats), np.repeat(cell, repeats)
    bounds = np.array([area.grid.bounds(k) for k in range(area.grid.cell_count)])
    west, south, east, north = bounds[cell].T
    return pd.DataFrame({"time": hours[hour], "latitude": (south + north) / 2, "longitude": (west + east) / 2})


def test_no_alarm_where_nothing_changes(imported, card, generator):
    incidents = incidents_of(imported.area, PER_CELL_AND_HOUR, generator)
    drift = check_drift(imported.area, incidents, card, DriftLimits(), FlatServer(), never_stop)
    assert drift.alarms == ()
    assert (drift.recent.from_date, drift.recent.to_date) == (date(2015, 2, 22), date(2015, 3, 21))
    assert len(drift.weeks) == 4
    assert abs(drift.level_change) < 3 * drift.level_change_error
    assert abs(drift.deviance_change) < 3 * drift.deviance_change_error
    assert drift.recent.recorded_count == sum(week.recorded_count for week in drift.weeks)


@pytest.mark.parametrize("factor", [0.7, 1.4])
def test_an_alarm_where_the_level_changes(imported, card, generator, factor):
    incidents = incidents_of(imported.area, factor * PER_CELL_AND_HOUR, generator)
    drift = check_drift(imported.area, incidents, card, DriftLimits(), FlatServer(), never_stop)
    assert drift.level_change == pytest.approx(factor - 1, abs=0.06)
    assert any("incidents are recorded where" in alarm for alarm in drift.alarms)
    raised = DriftLimits(level_threshold=0.9, deviance_threshold=0.9)
    assert check_drift(imported.area, incidents, card, raised, FlatServer(), never_stop).alarms == ()


def test_an_alarm_where_incidents_move_to_other_cells(imported, card, generator):
    incidents = incidents_of(imported.area, PER_CELL_AND_HOUR, generator, half_of_cells=True)
    drift = check_drift(imported.area, incidents, card, DriftLimits(), FlatServer(), never_stop)
    assert drift.deviance_change > 0.05
    assert any("The deviance is" in alarm for alarm in drift.alarms)


def test_weeks_are_whole_recorded_and_after_the_training(imported, card, generator):
    incidents = incidents_of(imported.area, PER_CELL_AND_HOUR, generator)
    until = incidents[incidents["time"] < "2015-03-01T17:00Z"]  # 12:00 local: the day is not recorded in full
    drift = check_drift(imported.area, until, card, DriftLimits(weeks=9), FlatServer(), never_stop)
    assert [(week.from_date, week.to_date) for week in drift.weeks] == [
        (date(2015, 2, 15), date(2015, 2, 21)),
        (date(2015, 2, 22), date(2015, 2, 28)),
    ]
    late = replace(card, spec=replace(card.spec, reporting_delay_hours=30))
    drift = check_drift(imported.area, until, late, DriftLimits(weeks=1), FlatServer(), never_stop)
    assert drift.recent.to_date == date(2015, 2, 26)
    with pytest.raises(FailedPrecondition, match="No whole week is recorded after the training"):
        check_drift(
            imported.area,
            until,
            replace(card, trained_until_date=date(2015, 2, 22)),
            DriftLimits(),
            FlatServer(),
            never_stop,
        )


def test_a_card_without_figures_is_refused(imported, card, generator):
    incidents = incidents_of(imported.area, PER_CELL_AND_HOUR, generator)
    old = replace(card, metrics=(("validation_rmse", 0.1),))
    with pytest.raises(FailedPrecondition, match="train it again"):
        check_drift(imported.area, incidents, old, DriftLimits(), FlatServer(), never_stop)


def test_validation_days_without_an_incident_are_refused(imported, card, generator):
    incidents = incidents_of(imported.area, PER_CELL_AND_HOUR, generator)
    quiet = replace(card, metrics=tuple((name, 0.0 if "actual" in name else value) for name, value in card.metrics))
    with pytest.raises(FailedPrecondition, match=r"No incident was recorded on the validation days of .*2015-01-14 to"):
        check_drift(imported.area, incidents, quiet, DriftLimits(), FlatServer(), never_stop)


def test_chance_alone_rarely_alarms(imported, card):
    """With thresholds near zero only chance is left to explain a change: three standard errors are rarely passed."""
    touchy = DriftLimits(weeks=2, level_threshold=1e-9, deviance_threshold=1e-9)
    alarms = 0
    for seed in range(12):
        incidents = incidents_of(imported.area, PER_CELL_AND_HOUR, np.random.default_rng(seed))
        alarms += bool(check_drift(imported.area, incidents, card, touchy, FlatServer(), never_stop).alarms)
    assert alarms <= 1
