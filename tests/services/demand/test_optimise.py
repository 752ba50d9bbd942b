"""Candidates, search and choice."""

import numpy as np
import pytest

from services.demand.optimiser.optimise import OptimiseProblem, optimise
from services.demand.optimiser.score import Score, Scorer
from services.demand.optimiser.search import Scope, improve
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.stations import station_cars
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.simulator.simulate import Simulator
from serving.work import never_stop


def make_staffing(sectors=4, cars=4, minimum=None, maximum=None, shift=240, block=120):
    low = np.zeros(sectors, int) if minimum is None else np.array(minimum)
    high = np.full(sectors, cars) if maximum is None else np.array(maximum)
    return Staffing(cars, shift, block, low, high)


def make_problem(random_case, staffing, past_calls=(5, 1, 1, 1), seed=0, **case_options):
    return OptimiseProblem(
        training=random_case(1, scenarios=40, **case_options),
        validation=random_case(2, scenarios=60, **case_options),
        staffing=staffing,
        past_calls=np.array(past_calls),
        seed=seed,
        time_limit_seconds=60.0,
    )


def test_cars_go_where_the_calls_are(random_case):
    result = optimise(make_problem(random_case, make_staffing(), hot=0.9), never_stop)
    assert result.chosen.cars[:, 0].min() >= 2
    by_name = {candidate.name: candidate for candidate in result.candidates}
    assert result.chosen.validation.failure_rate < by_name["one per sector"].validation.failure_rate


def test_reports_every_candidate_best_first(random_case):
    staffing = make_staffing()
    result = optimise(make_problem(random_case, staffing), never_stop)
    names = [candidate.name for candidate in result.candidates]
    assert sorted(names) == sorted(
        [
            "one per sector",
            "proportional",
            "search, by block",
            "search, static",
            "two-stage, average",
            "two-stage, replication 0",
            "two-stage, replication 1",
            "two-stage, replication 2",
            "two-stage, static",
        ]
    )
    penalties = [candidate.validation.penalty for candidate in result.candidates]
    assert penalties == sorted(penalties)
    assert all(staffing.allows(candidate.cars) for candidate in result.candidates)
    assert {(each.replication, each.block) for each in result.block_solutions} == {
        (replication, block) for replication in range(3) for block in range(2)
    }
    assert all(each.scenario_count == 30 for each in result.block_solutions)


def test_candidates_are_scored_on_the_validation_calls(random_case):
    problem = make_problem(random_case, make_staffing())
    chosen = optimise(problem, never_stop).chosen
    placement = station_cars(chosen.cars, problem.validation.between_minutes, 120.0)
    outcome = Simulator(problem.validation).simulate(placement)
    assert chosen.validation == Score(outcome.failure_rate, outcome.mean_response_minutes)


def test_a_seed_gives_one_result(random_case):
    first, second = (optimise(make_problem(random_case, make_staffing()), never_stop) for _ in range(2))
    assert [each.name for each in first.candidates] == [each.name for each in second.candidates]
    for one, other in zip(first.candidates, second.candidates, strict=True):
        assert one.cars.tolist() == other.cars.tolist()


def test_limits_hold_for_every_candidate(random_case):
    staffing = make_staffing(minimum=[0, 0, 1, 1], maximum=[1, 3, 3, 3])
    result = optimise(make_problem(random_case, staffing, hot=0.9), never_stop)
    assert all(staffing.allows(candidate.cars) for candidate in result.candidates)


def test_one_block_one_sector_one_scenario(random_case):
    staffing = make_staffing(sectors=1, cars=2, shift=120)
    result = optimise(
        OptimiseProblem(
            random_case(1, sectors=(0.0,), scenarios=1, span_minutes=120.0),
            random_case(2, sectors=(0.0,), scenarios=1, span_minutes=120.0),
            staffing,
            np.array([1]),
            seed=0,
            time_limit_seconds=60.0,
        ),
        never_stop,
    )
    assert result.chosen.cars.tolist() == [[2]]
    assert "search, by block" not in {candidate.name for candidate in result.candidates}


def test_without_past_calls_nothing_is_in_proportion_to_them(random_case):
    result = optimise(make_problem(random_case, make_staffing(), past_calls=(0, 0, 0, 0)), never_stop)
    assert "proportional" not in {candidate.name for candidate in result.candidates}


def test_told_to_stop_the_simple_rules_remain(random_case):
    result = optimise(make_problem(random_case, make_staffing()), lambda: True)
    assert {"one per sector", "proportional"} <= {candidate.name for candidate in result.candidates}
    assert result.block_solutions == ()


@pytest.mark.parametrize("scope", Scope)
def test_search_never_worsens_what_it_looks_at(random_case, scope):
    staffing = make_staffing(minimum=[1, 0, 0, 0])
    scorer = Scorer(random_case(7), staffing)
    start = staffing.static(np.array([1, 1, 1, 1]))
    improved = improve(start, scope, scorer, staffing, TimeLimit(60.0, never_stop), seed=3)
    assert staffing.allows(improved)
    assert scorer.score(improved).penalty < scorer.score(start).penalty
    if scope is Scope.SHIFT:
        assert (improved == improved[0]).all()


def test_search_ends_where_no_single_move_helps(random_case):
    staffing = make_staffing(cars=3, shift=120)
    case = random_case(9, span_minutes=120.0)
    scorer = Scorer(case, staffing)
    best = improve(
        staffing.static(np.array([0, 0, 0, 3])), Scope.SHIFT, scorer, staffing, TimeLimit(60.0, never_stop), seed=0
    )
    least = scorer.score(best).penalty
    for giver in np.flatnonzero(best[0]):
        for taker in range(4):
            moved = best.copy()
            moved[0, giver] -= 1
            moved[0, taker] += 1
            assert scorer.score(moved).penalty >= least - 1e-12


def test_an_unanswered_call_set_still_has_a_penalty():
    assert Score(failure_rate=1.0, mean_response_minutes=float("nan")).penalty == 1.0


def test_a_time_limit_is_shared_and_ends():
    limit = TimeLimit(100.0, never_stop)
    assert 0 < limit.share(0.5).remaining_seconds <= 50
    assert not limit.over()
    assert TimeLimit(0.0, never_stop).over()
    assert TimeLimit(100.0, lambda: True).remaining_seconds == 0.0
