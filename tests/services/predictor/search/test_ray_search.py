"""The same trials on Ray; it takes a minute and 2 GB, so it runs where OFFICERS_TEST_RAY is set."""

import os

import pytest

from services.predictor.search.space import Space
from services.predictor.search.trial import SearchData
from services.predictor.search.trials_file import TrialsFile
from tests.services.predictor.fakes import SMALL_SPEC

pytestmark = [
    pytest.mark.skipif(not os.environ.get("OFFICERS_TEST_RAY"), reason="OFFICERS_TEST_RAY is not set"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray"),
    # Tune leaves the log files of trials that it ends to the garbage collector
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io:pytest.PytestUnraisableExceptionWarning"),
]


def test_ray_tune_runs_trials_and_the_file_keeps_them(imported, incidents, tmp_path):
    from services.predictor.search.ray_search import RaySearch

    data = SearchData(imported.area, incidents, SMALL_SPEC, 1)
    told = []
    space = Space(("separable", "climatology"))
    trials = TrialsFile(tmp_path / "trials.jsonl", {"area": "Small Town"}, space)
    RaySearch("local", tmp_path / "ray").run(data, space, trials, 40.0, told.append)
    assert trials.records == tuple(told)
    assert trials.best is not None
    assert TrialsFile(tmp_path / "trials.jsonl", {"area": "Small Town"}, space).records == trials.records
