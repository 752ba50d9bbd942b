"""Feedback against what is known of urns and of the fixed point of place, find and learn."""

import numpy as np
import pytest
from scipy import stats

from cli.audit.feedback import Learner, World, distance, limit_shares, simulate, true_shares, world_of_ratio
from cli.audit.feedback_study import StudyOptions, Verdict, study_feedback
from cli.audit.report import feedback_markdown
from officers.area.v1.area_pb2 import Area

RATES = np.array([1.0, 2.0, 3.0, 6.0, 8.0])
OFFICERS_ONLY = Learner(None, learns_from_reported=False)


def _urn(finds) -> World:
    """One look a day that always or often finds, and nobody who reports: Polya's urn."""
    return World(np.zeros(len(finds)), np.array(finds, dtype=float), 1)


def test_an_urn_without_correction_ends_anywhere(generator):
    # From one record each, every number of draws of a sector out of n is equally likely: beta-binomial(n, 1, 1).
    shares = simulate(_urn([1, 1]), OFFICERS_ONLY, days=199, every_days=199, runs=4_000, generator=generator)[-1, :, 0]
    assert stats.kstest(shares, stats.beta(1, 1).cdf).pvalue > 0.01
    assert shares.std() == pytest.approx(np.sqrt(1 / 12), rel=0.05)


def test_an_urn_of_three_sectors_ends_by_a_beta_law(generator):
    shares = simulate(_urn([1, 1, 1]), OFFICERS_ONLY, days=399, every_days=399, runs=3_000, generator=generator)[-1]
    assert stats.kstest(shares[:, 0], stats.beta(1, 2).cdf).pvalue > 0.01


def test_with_unequal_chances_the_better_sector_takes_all(generator):
    early, late = simulate(_urn([0.9, 0.3]), OFFICERS_ONLY, 4_000, 2_000, 200, generator)[1:, :, 0].mean(axis=1)
    assert 0.9 < early < late
    assert limit_shares(_urn([0.9, 0.3]), OFFICERS_ONLY)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("memory_days", [None, 100])
def test_reported_incidents_alone_are_followed_whatever_patrol_finds(generator, memory_days):
    world = world_of_ratio(RATES, 400, 4.0)
    learner = Learner(memory_days, learns_from_officers=False)
    shares = simulate(world, learner, 1_500, 1_500, 200, generator)[-1]
    assert shares.mean(axis=0) == pytest.approx(RATES / RATES.sum(), abs=0.006)
    assert distance(shares, true_shares(world)).max() < 0.04
    assert limit_shares(world, learner) == pytest.approx(RATES / RATES.sum())


@pytest.mark.parametrize("ratio", [0.25, 1.0, 3.0])
def test_both_kinds_together_end_at_the_fixed_point(generator, ratio):
    world = world_of_ratio(RATES, 800, ratio)
    shares = simulate(world, Learner(60), 2_000, 2_000, 300, generator)[-1]
    limit = limit_shares(world, Learner(60))
    assert shares.mean(axis=0) == pytest.approx(limit, abs=0.01)
    records = RATES + 800 * limit * world.find_probability
    assert records / records.sum() == pytest.approx(limit, abs=1e-9)
    assert limit[-1] > RATES[-1] / RATES.sum()  # the busiest sector gets more than its part


def test_the_ratio_is_met_where_patrol_follows_the_truth():
    world = world_of_ratio(RATES, 500, 0.5)
    found = 500 * RATES / RATES.sum() * world.find_probability
    assert found.sum() == pytest.approx(0.5 * RATES.sum())


def test_few_looks_cannot_find_many():
    with pytest.raises(ValueError, match="Expected at most"):
        world_of_ratio(RATES, 10, 4.0)


def test_the_same_seed_gives_the_same_runs():
    world, runs = world_of_ratio(RATES, 100, 1.0), []
    for seed in (1, 1, 2):
        runs.append(simulate(world, Learner(30), 60, 20, 5, np.random.default_rng(seed)))
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()
    assert runs[0].shape == (4, 5, len(RATES))
    assert runs[0].sum(axis=-1) == pytest.approx(np.ones((4, 5)))


def test_figures_out_of_range_are_refused():
    for wrong in (
        lambda: World(np.array([1.0]), np.array([1.5]), 1),
        lambda: World(np.array([-1.0]), np.array([0.5]), 1),
        lambda: World(np.array([1.0, 1.0]), np.array([0.5]), 1),
        lambda: World(np.array([1.0]), np.array([0.5]), 0),
        lambda: Learner(0),
        lambda: Learner(None, learns_from_reported=False, learns_from_officers=False),
    ):
        with pytest.raises(ValueError, match="Expected"):
            wrong()


@pytest.fixture(scope="module")
def study():
    options = StudyOptions((0.25, 4.0), memory_days=180, days=1_080, runs=40, seed=3)
    sectors = [f"S{position}" for position in range(len(RATES))]
    weekly = np.tile(7 * RATES.astype(np.int64), (8, 1))
    return study_feedback(sectors, weekly, 1_000, options, lambda _fraction, _message: None)


def test_leaving_officer_records_out_stops_feedback(study):
    assert study.cases[0].verdict is Verdict.FOLLOWS
    assert study.cases[0].busiest_ratio[1] < 1.0 < study.cases[0].busiest_ratio[2]
    assert study.cases[0].limit_distance == pytest.approx(0.0)


def test_stronger_feedback_distorts_more(study):
    final = [case.distance_mean[-1] for case in study.cases]
    assert final == sorted(final)
    assert study.cases[1].verdict is Verdict.AMPLIFIES
    assert study.cases[-1].verdict is Verdict.RUNS_AWAY
    for case in study.cases:
        assert (case.distance_low <= case.distance_mean).all()
        assert (case.distance_mean <= case.distance_high).all()
        assert len(case.distance_mean) == 1 + 1_080 // 30


def test_the_page_says_of_how_many_weeks_the_rates_are(study):
    assert study.reported_per_day == pytest.approx(RATES)
    assert "20.0 reported incidents a day (mean of 8 weeks recorded in full)" in feedback_markdown(study, Area())
