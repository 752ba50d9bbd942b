"""Evaluations of so few days that some figures cannot be had."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.predictor.area import Shift
from services.predictor.area_store import AreaSnapshot
from services.predictor.dispersion import CountDispersion
from services.predictor.evaluation import EvaluationOptions, evaluate
from services.predictor.score_days import Period, score_days
from services.predictor.score_predictor import Contestant, score_predictor
from serving.errors import InvalidArgument
from tests.services.predictor.fakes import QUIET, EchoServer, card_for

DAY = Period(date(2015, 3, 14), date(2015, 3, 14))


@pytest.fixture
def night(imported, incidents):
    """The small area with a single shift, which crosses midnight."""
    return AreaSnapshot("", replace(imported.area, shifts=(Shift("night", "20:00", 12.0, 3),)), incidents)


def test_days_without_a_whole_shift_have_no_coverage_of_shifts(night, training):
    days = score_days(night.area, night.incidents, training.reader, DAY)
    flat = np.full(days.counts.shape, 0.8 / night.area.grid.cell_count, np.float32)
    contestant = Contestant("flat", flat, flat, CountDispersion())
    score = score_predictor(night, days, contestant, contestant, 1)
    assert days.shifts.shape == (0, 24)
    assert {coverage.total for coverage in score.coverages} == {"sector hour", "hour", "day"}
    assert all(0 <= coverage.covered <= 1 for coverage in score.coverages)
    assert (score.relative_deviance.low, score.relative_deviance.high) == (None, None)


def test_shifts_cannot_be_scored_where_none_lies_within_the_days(night):
    card = card_for(night.area, date(2015, 3, 12))
    with pytest.raises(InvalidArgument, match="to_date: Expected days that hold a whole shift"):
        evaluate(night, card, DAY, EvaluationOptions(1, score_shifts=True), EchoServer(), QUIET)
