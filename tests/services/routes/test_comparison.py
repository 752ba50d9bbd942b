"""Ways of planning, side by side."""

from services.routes.comparison import compare
from services.routes.planning import PlanOptions
from services.routes.survey import Survey


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
