"""Ways of planning, side by side."""

from pathlib import Path

import pytest

from cli.routes_bench import PRECINCTS, manhattan_survey
from services.routes.comparison import compare
from services.routes.planning import PlanOptions
from services.routes.survey import Survey

DATA = Path(__file__).parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data beside the project")


def test_a_collective_set_fits_the_likelihood_at_nearly_the_same_reward(geodanet: Survey) -> None:
    likelihood, gi_star, collective, shortest = compare(geodanet, PlanOptions(seed=5000), run_count=50)
    assert [way.reward for way in (likelihood, gi_star, collective)] == ["likelihood", "gi_star", "collective"]
    assert {way.network for way in (likelihood, gi_star, collective)} == {"geodanet"}
    assert likelihood.r2 is not None
    assert collective.r2 is not None
    assert collective.r2 > 0.85 > 0.6 > likelihood.r2
    assert collective.never_visited == 0
    assert collective.mean_reward > 0.9 * likelihood.mean_reward
    assert collective.entropy_bits > likelihood.entropy_bits
    assert collective.adversary_hit_rate < likelihood.adversary_hit_rate
    for way in (likelihood, gi_star, collective):
        assert 0 < way.adversary_hit_rate < 1
        assert 0 < way.entropy_bits < 2
        assert way.seconds_per_run > 0
    assert shortest.entropy_bits < collective.entropy_bits
    assert shortest.adversary_hit_rate > collective.adversary_hit_rate


@needs_data
@pytest.mark.parametrize("precinct", PRECINCTS)
def test_precincts_are_served_in_proportion_and_harder_to_predict(precinct: str) -> None:
    survey = manhattan_survey(DATA / "manhattan", precinct)
    likelihood, _, collective, _ = compare(survey, PlanOptions(seed=9100), run_count=50)
    assert collective.r2 is not None
    assert collective.r2 > 0.8
    assert collective.never_visited == 0
    assert collective.mean_reward > 0.9 * likelihood.mean_reward
    assert collective.entropy_bits > likelihood.entropy_bits
    assert collective.adversary_hit_rate < likelihood.adversary_hit_rate
