"""The two-stage program against enumeration, and what surrounds it."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from services.demand.optimiser import two_stage
from services.demand.optimiser.program import ProgramWeights, _build, _peak_use, _Program, solve_program
from services.demand.optimiser.sample import SCENARIOS_PER_PROGRAM, draw_scenarios, sample_block
from services.demand.optimiser.smooth import smooth_blocks
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.stations import station_cars
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.optimiser.two_stage import solve_replications
from services.demand.simulator.rules import DEFAULT_RULES, DispatchRules, Territory


def make_staffing(sectors, cars, shift=240, block=120, minimum=0, maximum=99):
    limits = np.broadcast_to(minimum, sectors).copy(), np.broadcast_to(maximum, sectors).copy()
    return Staffing.steady(cars, shift, block, *limits)


def unlimited():
    return TimeLimit(60.0, lambda: False)


def sendings(sample, call, cars):
    """Every way to send at most the required cars to a call, from sectors that reach it in time."""
    in_time = sample.to_call_minutes[call] <= sample.target_minutes[call]
    required = sample.cars_required[call]
    choices = [range(min(required, x) + 1 if near else 1) for x, near in zip(cars, in_time, strict=True)]
    return [sent for sent in product(*choices) if sum(sent) <= required]


def busy_too_often(sample, sent, cars):
    for call in range(sample.call_count):
        now = sample.minute[call]
        for sector in range(len(cars)):
            busy = 0
            for earlier in range(call + 1):
                there_and_back = sample.to_call_minutes[earlier, sector] + sample.from_call_minutes[earlier, sector]
                ends = sample.minute[earlier] + there_and_back + sample.service_minutes[earlier]
                same = sample.scenario[earlier] == sample.scenario[call]
                busy += sent[earlier][sector] if same and (earlier == call or ends > now) else 0
            if busy > cars[sector]:
                return True
    return False


def cost(sample, sent, weights):
    total = 0.0
    for call, from_sectors in enumerate(sent):
        required = sample.cars_required[call]
        total += weights.late * (sum(from_sectors) == 0)
        total += weights.missing_car * (required - sum(from_sectors))
        pairs = zip(from_sectors, sample.to_call_minutes[call], strict=True)
        driven = sum(cars * minutes for cars, minutes in pairs if cars)
        total += weights.travel_minute * driven / required
    return total / sample.call_count


def enumerate_best(sample, supply, staffing, weights):
    best = np.inf
    limits = zip(staffing.minimum, staffing.maximum, strict=True)
    for cars in product(*(range(low, min(high, supply) + 1) for low, high in limits)):
        if sum(cars) != supply:
            continue
        for sent in product(*(sendings(sample, call, cars) for call in range(sample.call_count))):
            value = cost(sample, sent, weights)
            if value < best and not busy_too_often(sample, sent, cars):
                best = value
    return best


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("minimum", "maximum"), [(0, 99), ((0, 0, 1), (1, 2, 2))])
@pytest.mark.parametrize("rules", [DispatchRules(), DispatchRules(Territory.ADJACENT_ONLY, sends_returning=True)])
def test_equals_enumeration(random_case, seed, minimum, maximum, rules):
    case = random_case(seed, sectors=(0.0, 5.0, 9.0), scenarios=2, calls_per_scenario=3.0, span_minutes=60.0, hot=0.6)
    case = case if case.calls.call_count <= 5 else case.first_scenarios(1)
    sample = sample_block(case, rules, np.array([0, 1][: case.calls.scenario_count]), 0, 60)
    if not 0 < sample.call_count <= 5:
        pytest.skip("enumeration takes 1 to 5 calls")
    staffing, weights = make_staffing(3, 2, 60, 60, minimum, maximum), ProgramWeights()
    solution = solve_program(sample, 2, staffing, unlimited(), weights)
    assert solution is not None
    assert solution.objective == pytest.approx(enumerate_best(sample, 2, staffing, weights), rel=0.0101, abs=1e-6)
    assert staffing.allows(solution.cars[np.newaxis])
    assert (solution.used <= solution.cars).all()
    assert 0 <= solution.gap <= 0.01


def test_in_parts_only_cars_per_sector_are_whole(random_case):
    sample = sample_block(random_case(1, scenarios=20), DEFAULT_RULES, np.arange(20), 0, 120)
    models = {whole: _build(sample, 4, make_staffing(4, 4), ProgramWeights(), whole).model for whole in (True, False)}
    assert np.flatnonzero(models[False].is_integer).tolist() == [0, 1, 2, 3]
    assert models[True].is_integer.sum() > 4 + sample.call_count
    assert models[False].costs.tolist() == models[True].costs.tolist()


def test_candidates_are_solved_in_parts(random_case, monkeypatch):
    asked = []
    monkeypatch.setattr(
        two_stage, "solve_program", lambda *given, **options: asked.append(options) or solve_program(*given, **options)
    )
    list(solve_replications(random_case(1, scenarios=20), DEFAULT_RULES, make_staffing(4, 4), 0, unlimited()))
    assert asked
    assert all(options == {"in_parts": True} for options in asked)


def test_parts_of_cars_are_busy_cars():
    sharers = csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    program = _Program(model=None, pair_count=3, sharers=sharers, sharing_sectors=np.array([2, 0]))
    assert _peak_use(program, np.array([0.4, 0.3, 1.00005]), 3).tolist() == [1, 0, 1]


@pytest.mark.parametrize("seed", range(6))
def test_serving_calls_in_parts_costs_no_more_and_places_cars_as_well(random_case, seed):
    sample = sample_block(random_case(seed, scenarios=20), DEFAULT_RULES, np.arange(20), 0, 120)
    staffing = make_staffing(4, 4)
    whole = solve_program(sample, 4, staffing, unlimited())
    parts = solve_program(sample, 4, staffing, unlimited(), in_parts=True)
    assert whole is not None
    assert parts is not None
    assert parts.objective * (1 - parts.gap) <= whole.objective + 1e-9
    assert staffing.allows(parts.cars[np.newaxis])
    assert (parts.used <= parts.cars).all()
    placed = replace(staffing, minimum=parts.cars, maximum=parts.cars)
    with_its_cars = solve_program(sample, 4, placed, unlimited())
    assert with_its_cars is not None
    assert with_its_cars.objective <= 1.05 * whole.objective


def test_ends_at_once_when_told_to(random_case):
    sample = sample_block(random_case(1), DEFAULT_RULES, np.arange(20), 0, 120)
    assert solve_program(sample, 3, make_staffing(4, 3), TimeLimit(60.0, lambda: True)) is None


def test_a_fault_of_the_solver_is_no_missing_solution(random_case):
    sample = sample_block(random_case(1), DEFAULT_RULES, np.arange(20), 0, 120)
    sample.to_call_minutes[0, 0] = -np.inf  # in time, but no coefficient of a program
    with pytest.raises((ValueError, AttributeError, OverflowError)):
        solve_program(sample, 3, make_staffing(4, 3), unlimited())


@pytest.mark.parametrize("weights", [{"late": 0}, {"missing_car": -1}, {"travel_minute": 0}])
def test_weights_are_checked(weights):
    with pytest.raises(ValueError, match="Expected"):
        ProgramWeights(**weights)


def test_a_sample_holds_the_calls_of_its_block_that_can_be_reached(random_case):
    case = random_case(4)
    case.to_call_minutes[5] = np.inf
    sample = sample_block(case, DEFAULT_RULES, np.array([3, 0, 7]), 60, 120)
    calls = case.calls
    expected = [
        index
        for index in range(calls.call_count)
        if calls.scenario[index] in (0, 3, 7) and 60 <= calls.minute[index] < 120 and index != 5
    ]
    assert sample.minute.tolist() == calls.minute[expected].tolist()
    assert sample.scenario_count == 3


def test_cars_that_are_sent_from_the_scene_on_need_no_road_back(random_case):
    case = random_case(4)
    case.from_call_minutes[:, 2] = np.inf
    rules = DispatchRules(sends_returning=True)
    assert not sample_block(case, rules, np.arange(8), 0, 120).from_call_minutes.any()
    assert np.isinf(sample_block(case, DEFAULT_RULES, np.arange(8), 0, 120).from_call_minutes[:, 2]).all()


def test_a_busy_block_is_sampled_from_fewer_scenarios(random_case):
    case = random_case(4, scenarios=30, calls_per_scenario=60.0, span_minutes=120.0)
    sample = sample_block(case, DEFAULT_RULES, np.arange(30), 0, 120)
    assert 1 <= sample.scenario_count < 30
    assert sample.call_count <= 350


def test_replications_differ_and_seeds_repeat():
    first, second = draw_scenarios(200, 0, seed=1), draw_scenarios(200, 1, seed=1)
    assert len(first) == SCENARIOS_PER_PROGRAM == len(set(first.tolist()))
    assert first.tolist() != second.tolist()
    assert first.tolist() == draw_scenarios(200, 0, seed=1).tolist()


def test_blocks_without_calls_keep_the_cars(build_case, line_call):
    calls = [line_call(130 + minute, 20.0, scenario=scenario) for scenario in range(3) for minute in (0, 30)]
    case = build_case([0, 20], calls, span_minutes=360, scenario_count=3)
    staffing = make_staffing(2, 2, 360)
    (replication,) = solve_replications(case, DEFAULT_RULES, staffing, 0, unlimited())
    assert replication.cars.tolist() == [replication.cars[1].tolist()] * 3
    assert replication.cars[1, 1] >= 1
    assert [solution.block for solution in replication.solutions] == [1]


@pytest.mark.parametrize(("supply", "called"), [([1, 3, 2], 1), ([3, 0, 1], 0), ([0, 2, 2], 2)])
def test_a_block_without_calls_has_its_own_cars(build_case, line_call, supply, called):
    calls = [line_call(120 * called + 10, place, scenario=scenario) for scenario in range(3) for place in (0, 20)]
    case = build_case([0, 20], calls, span_minutes=360, scenario_count=3)
    staffing = Staffing(np.array(supply), 360, 120, np.zeros(2, int), np.full(2, 9))
    (replication,) = solve_replications(case, DEFAULT_RULES, staffing, 0, unlimited())
    assert staffing.allows(replication.cars)


def test_urgent_calls_count_as_several_others(build_case, line_call):
    urgent = [line_call(10, 0, urgent=True)]
    others = [line_call(10 + minute, 40) for minute in (0, 1)]
    case = build_case([0, 40], sorted(urgent + others, key=lambda call: call.minute), span_minutes=120)
    staffing = make_staffing(2, 1, 120)
    placed = {
        weight: next(solve_replications(case, DEFAULT_RULES, staffing, 0, unlimited(), weight)).cars[0].tolist()
        for weight in (0.5, 5.0)
    }
    assert placed == {0.5: [0, 1], 5.0: [1, 0]}


@st.composite
def solved_blocks(draw):
    blocks, sectors, cars = draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    solved = rng.multinomial(cars, np.full(sectors, 1 / sectors), size=blocks)
    used = rng.integers(0, solved + 1)
    return solved, used, np.minimum(rng.integers(0, 2, sectors), solved.min(axis=0))


@given(solved_blocks())
def test_smoothing_moves_only_what_was_not_used(problem):
    solved, used, minimum = problem
    smoothed = smooth_blocks(solved, used, minimum)
    assert (smoothed.sum(axis=1) == solved.sum(axis=1)).all()
    assert (smoothed >= np.maximum(np.minimum(used, solved), minimum)).all()
    assert (smoothed[0] == solved[0]).all()
    for block in range(1, len(solved)):
        as_solved = np.abs(solved[block] - smoothed[block - 1]).sum()
        assert np.abs(smoothed[block] - smoothed[block - 1]).sum() <= as_solved


def test_unused_blocks_become_like_the_one_before():
    solved = np.array([[3, 0], [0, 3], [1, 2]])
    assert smooth_blocks(solved, np.zeros_like(solved), np.zeros(2, int)).tolist() == [[3, 0]] * 3


@given(solved_blocks(), st.integers(0, 1000))
def test_stationed_cars_are_where_they_are_needed_with_least_travel(problem, seed):
    cars, _, _ = problem
    between = np.random.default_rng(seed).uniform(1, 9, (cars.shape[1], cars.shape[1]))
    np.fill_diagonal(between, 0.0)
    placement = station_cars(cars, between, 120.0)
    for block, counts in enumerate(cars):
        assert np.bincount(placement.sectors[block], minlength=len(counts)).tolist() == counts.tolist()
    for before, after in zip(placement.sectors, placement.sectors[1:], strict=False):
        driven = between[before, after].sum()
        for a in range(len(before)):
            for b in range(a):
                swapped = after.copy()
                swapped[[a, b]] = after[[b, a]]
                assert driven <= between[before, swapped].sum() + 1e-9


@pytest.mark.parametrize(
    "wrong",
    [{"cars": -1}, {"minimum": 2}, {"maximum": 1}, {"minimum": 3, "maximum": 2}, {"minimum": -1}, {"block": 0}],
)
def test_staffing_is_checked(wrong):
    with pytest.raises(ValueError, match="Expected"):
        make_staffing(**({"sectors": 3, "cars": 4} | wrong))


def test_the_last_block_may_be_shorter():
    assert make_staffing(3, 4, shift=540, block=120).block_count == 5
