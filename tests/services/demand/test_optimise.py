"""Candidates, search and choice."""

from dataclasses import replace

import numpy as np
import pytest

from services.demand.optimiser.objective import Objective, Robustness
from services.demand.optimiser.optimise import OptimiseProblem, optimise
from services.demand.optimiser.score import Scorer
from services.demand.optimiser.search import Judges, add_greedily, improve, runs_of_blocks
from services.demand.optimiser.staffing import Staffing, supply_by_block
from services.demand.optimiser.stations import Presence, rotate_cars, station_cars
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.simulator.simulate import Simulator
from serving.work import never_stop


def make_staffing(sectors=4, cars=4, minimum=None, maximum=None, shift=240, block=120):
    low = np.zeros(sectors, int) if minimum is None else np.array(minimum)
    high = np.full(sectors, cars) if maximum is None else np.array(maximum)
    return Staffing.steady(cars, shift, block, low, high)


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
            "greedy",
            "one per sector",
            "proportional",
            "search, by block",
            "search, static",
            "two-stage, average",
            "two-stage, replication 0",
            "two-stage, replication 1",
            "two-stage, static",
        ]
    )
    penalties = [candidate.validation.penalty for candidate in result.candidates]
    assert penalties == sorted(penalties)
    assert all(staffing.allows(candidate.cars) for candidate in result.candidates)
    assert {(each.replication, each.block) for each in result.block_solutions} == {
        (replication, block) for replication in range(2) for block in range(2)
    }
    assert all(each.scenario_count == 20 for each in result.block_solutions)


def test_candidates_are_scored_on_the_validation_calls(random_case):
    problem = make_problem(random_case, make_staffing())
    chosen = optimise(problem, never_stop).chosen
    placement = station_cars(chosen.cars, problem.validation.between_minutes, 120.0)
    outcome = Simulator(problem.validation).simulate(placement)
    assert chosen.validation.failure_rate == outcome.failure_rate
    assert chosen.validation.mean_response_minutes == outcome.mean_response_minutes
    late = 1 / (1 + np.exp((outcome.target_minutes - outcome.response_minutes) / 5.0))
    assert chosen.validation.penalty == pytest.approx(np.mean(late + 0.001 * outcome.response_minutes))


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


def stationed(case, block_minutes):
    return lambda cars: station_cars(cars, case.between_minutes, block_minutes)


def scorer_of(case, block_minutes=120, **options):
    return Scorer(case, stationed(case, block_minutes), **options)


def judges_of(case, staffing, most_calls=10**9, **options):
    scorer = Scorer(case, stationed(case, staffing.block_minutes), **options)
    return Judges(scorer, scorer, most_calls, TimeLimit(60.0, never_stop))


def test_search_never_worsens_what_it_looks_at(random_case):
    staffing = make_staffing(minimum=[1, 0, 0, 0])
    judges = judges_of(random_case(7), staffing)
    start = np.tile([1, 1, 1, 1], (2, 1))
    still = improve(start, [slice(0, 2)], judges, staffing)
    moved = improve(still, runs_of_blocks(2, 2), judges, staffing)
    assert staffing.allows(still)
    assert staffing.allows(moved)
    assert (still == still[0]).all()
    penalties = judges.judge.penalties([start, still, moved])
    assert penalties[0] > penalties[1] >= penalties[2]


def all_shares(cars, sectors):
    if sectors == 1:
        return [[cars]]
    return [[first, *rest] for first in range(cars + 1) for rest in all_shares(cars - first, sectors - 1)]


@pytest.mark.parametrize("seed", range(10))
def test_search_finds_the_best_of_all_static_plans(random_case, seed):
    staffing = make_staffing(cars=3, shift=120)
    judges = judges_of(random_case(seed, span_minutes=120.0, calls_per_scenario=8.0), staffing)
    found = improve(np.array([[0, 0, 0, 3]]), [slice(0, 1)], judges, staffing)
    every = judges.judge.penalties([np.array([share]) for share in all_shares(3, 4)])
    assert judges.judge.penalty(found) == pytest.approx(every.min())


def test_greedy_addition_places_all_cars_from_a_start_on(random_case):
    staffing = make_staffing(cars=5, minimum=[0, 0, 0, 1], maximum=[2, 5, 5, 5])
    cars = add_greedily(staffing.minimum, 5, judges_of(random_case(3, hot=0.9), staffing), staffing)
    assert staffing.allows(cars)
    assert cars[0].tolist()[0] == 2


def test_a_search_without_budget_leaves_what_it_got(random_case):
    staffing = make_staffing()
    start = np.tile([0, 0, 0, 4], (2, 1))
    judges = judges_of(random_case(3), staffing, most_calls=1)
    assert improve(start, runs_of_blocks(2, 2), judges, staffing).tolist() == start.tolist()
    assert add_greedily(staffing.minimum, 4, judges, staffing) is None


def test_workers_change_nothing(random_case):
    staffing = make_staffing()
    alone, shared = (judges_of(random_case(7), staffing, workers=workers) for workers in (1, 3))
    start = np.tile([1, 1, 1, 1], (2, 1))
    found = [improve(start, runs_of_blocks(2, 2), judges, staffing).tolist() for judges in (alone, shared)]
    assert found[0] == found[1]
    assert alone.judge.scored_calls == shared.judge.scored_calls


def test_an_unanswered_call_set_still_has_a_penalty(build_case, line_call):
    scorer = scorer_of(build_case([0], [line_call(1, 0)]))
    score = scorer.score(np.zeros((6, 1), int))
    assert (score.penalty, score.failure_rate) == (pytest.approx(1 + 0.72), 1.0)
    assert np.isnan(score.mean_response_minutes)


def test_without_calls_there_is_no_penalty(build_case):
    assert scorer_of(build_case([0], [])).score(np.ones((6, 1), int)).penalty == 0.0


def test_the_worst_tenth_of_the_shifts_by_hand(build_case, line_call):
    calls = [line_call(0, 0, scenario=scenario) for scenario in range(20)]
    calls += [line_call(1, 0, scenario=19, target_minutes=1)]  # the only late one: the car is back at minute 10
    case = build_case([0], calls, scenario_count=20)
    sharp = Objective(softness_minutes=0, response_weight=0, robustness=Robustness.WORST_SHIFTS, robust_weight=1.0)
    # The worst two of twenty scenarios have half a late call on average, of 21 / 20 calls.
    assert scorer_of(case, 720, objective=sharp).score(np.array([[1]])).penalty == pytest.approx(0.5 / (21 / 20))


def test_the_worst_sector_by_hand(build_case, line_call):
    calls = [line_call(100 * number, 0) for number in range(5)] + [line_call(600, 50, target_minutes=10)]
    case = build_case([0, 50], calls)
    sharp = Objective(softness_minutes=0, response_weight=0, robustness=Robustness.WORST_SECTOR, robust_weight=1.0)
    # One call of the second sector, late; 20 calls at the mean of 1 / 6 beside it.
    assert scorer_of(case, 720, objective=sharp).score(np.array([[1, 0]])).penalty == pytest.approx((1 + 20 / 6) / 21)


@pytest.mark.parametrize("robustness", Robustness)
def test_what_is_held_down_is_a_mean_of_the_calls_that_count(build_case, line_call, robustness):
    calls = [line_call(60 * hour, 50 * (hour % 2), target_minutes=5) for hour in range(12)]
    case = build_case([0, 50], calls).counting_from(360.0)
    sharp = Objective(softness_minutes=0, response_weight=0, robustness=robustness, robust_weight=1.0)
    assert scorer_of(case, 720, objective=sharp).score(np.array([[0, 0]])).penalty == pytest.approx(1.0)  # all are late


def test_urgent_calls_may_count_more(build_case, line_call):
    calls = [line_call(0, 9, target_minutes=1, urgent=True), line_call(300, 0), line_call(500, 0)]
    case = build_case([0], calls)
    sharp = Objective(softness_minutes=0, response_weight=0, urgent_weight=4.0)
    assert scorer_of(case, 720, objective=sharp).score(np.array([[1]])).penalty == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    "wrong", [{"softness_minutes": -1}, {"response_weight": -1}, {"urgent_weight": 0}, {"robust_weight": 1.5}]
)
def test_objectives_are_checked(wrong):
    with pytest.raises(ValueError, match="Expected"):
        Objective(**wrong)


def test_supply_is_what_no_break_takes_away():
    on_duty, on_break = np.array([5] * 4 + [8] * 4), np.array([0, 1, 2, 0, 0, 0, 0, 1])
    assert supply_by_block(on_duty, on_break, 60).tolist() == [3, 7]


def test_cars_come_and_go_with_the_supply(random_case):
    staffing = Staffing(np.array([2, 4]), 240, 120, np.zeros(4, int), np.full(4, 9))
    problem = make_problem(random_case, staffing, hot=0.9)
    result = optimise(problem, never_stop)
    assert all(candidate.cars.sum(axis=1).tolist() == [2, 4] for candidate in result.candidates)
    placement = station_cars(result.chosen.cars, problem.training.between_minutes, 120.0)
    assert (placement.sectors >= 0).sum(axis=1).tolist() == [2, 4]


def test_a_standing_plan_is_a_candidate(random_case):
    standing = np.array([[4, 0, 0, 0], [3, 1, 0, 0]])
    problem = replace(make_problem(random_case, make_staffing()), standing=standing)
    by_name = {candidate.name: candidate for candidate in optimise(problem, never_stop).candidates}
    assert by_name["standing"].cars.tolist() == standing.tolist()


def test_cars_rotate_under_the_presence_rule():
    between = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
    rule = Presence.NO_RETURN_WITHIN_TWO
    sectors = rotate_cars(np.tile([1, 1, 1, 1], (3, 1)), between, 120, 60, rule).sectors
    assert len(sectors) == 6
    assert (np.sort(sectors, axis=1) == np.arange(4)).all()
    assert not (sectors[2:] == sectors[:-2]).any()


def test_a_time_limit_is_shared_and_ends():
    limit = TimeLimit(100.0, never_stop)
    assert 0 < limit.share(0.5).remaining_seconds <= 50
    assert not limit.over()
    assert TimeLimit(0.0, never_stop).over()
    assert TimeLimit(100.0, lambda: True).remaining_seconds == 0.0


def test_a_call_answered_very_late_is_better_than_one_never_answered(build_case, line_call):
    """The car is 300 minutes away; without it nobody comes."""
    scorer = scorer_of(build_case((0.0, 10.0), [line_call(0.0, 300.0)]))
    assert scorer.penalty(np.array([[1, 0]])) == pytest.approx(1 + 0.3, abs=1e-6)
    assert scorer.penalty(np.array([[0, 0]])) == pytest.approx(1 + 0.72, abs=1e-6)
