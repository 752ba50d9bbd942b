"""The kernel against a plain event-by-event simulator, on random small cases under every combination of rules."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demand.calls import CallSet
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import Break, Placement
from services.demand.simulator.records import OFF_DUTY
from services.demand.simulator.rules import DispatchRules, Queue, Territory
from services.demand.simulator.simulate import Simulator
from services.demand.simulator.stationing import Stationing
from tests.services.demand.plain_simulator import PlainSimulator, sum_up
from tests.services.demand.plain_stationing import PlainStationing

NEVER = float("inf")
NEARBY = [0, 0, 1, 2, 3, 5, 8, 13]
SPAN_MINUTES, PERIOD_MINUTES = 60.0, 10.0
SEEDS = st.integers(0, 2**32 - 1).map(np.random.default_rng)
RULES = st.builds(
    DispatchRules,
    st.sampled_from(Territory),
    st.sampled_from(Queue),
    sends_returning=st.booleans(),
    preempts=st.booleans(),
    patience_minutes=st.sampled_from([0.0, 3.0, NEVER, NEVER]),
)


@st.composite
def cases(draw):
    """Few calls, close together. All numbers are whole, so that much happens at once, or none is, so that nothing does;
    minutes of driving have nothing to do with distances."""
    counts, sectors = draw(st.lists(st.integers(0, 10), min_size=1, max_size=3)), draw(st.integers(1, 4))
    is_whole, is_connected, mobilisation = draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from([0.0, 1.0]))
    has_teams = draw(st.booleans())
    rng, count = draw(SEEDS), sum(counts)

    def numbers(values, *shape):
        drawn = rng.choice(np.array(values, float), shape)
        return drawn if is_whole else drawn + (drawn > 0) * rng.uniform(0, 0.9, shape)

    first_call = np.concatenate(([0], np.cumsum(counts)))
    minute = numbers(range(55), count)
    for first, end in pairwise(first_call):
        minute[first:end].sort()
    no_road = [] if is_connected else [NEVER]
    adjacent = (rng.random((sectors, sectors)) < 0.2) | np.eye(sectors, dtype=bool)
    urgent = rng.random(count) < 0.4
    calls = CallSet(
        span_minutes=SPAN_MINUTES,
        first_call=first_call,
        minute=minute,
        latitude=np.zeros(count),
        longitude=np.zeros(count),
        sector=rng.integers(0, sectors, count),
        urgent=urgent,
        target_minutes=numbers([0, 2, 4, 8], count),
        cars_required=rng.choice([1, 1, 2, 3], count),
        service_minutes=numbers([0, 1, 4, 9, 20], count),
        needs=rng.choice([0, 0, 0, 0, 1, 2, 3], count),
    )
    return DispatchCase(
        calls=calls,
        to_call_minutes=mobilisation + numbers([*NEARBY, *no_road], count, sectors),
        from_call_minutes=numbers([*NEARBY, *NEARBY, *no_road], count, sectors),
        minutes_per_km=np.where(urgent, 1.0, 1.5),
        call_km=numbers(range(12), count, 2),
        between_minutes=numbers(range(1, 30), sectors, sectors) * (1 - np.eye(sectors)),
        sector_km=numbers(range(12), sectors, 2),
        normal_minutes_per_km=float(rng.choice([0.5, 2.0])),
        adjacent=adjacent | adjacent.T,
        mobilisation_minutes=mobilisation,
        team_of_sector=rng.integers(0, 2, sectors) if has_teams else None,
    )


@st.composite
def placements(draw, sectors):
    """One to five cars of several skills; some are off duty now and then, some have breaks."""
    cars, periods, rng = draw(st.integers(1, 5)), draw(st.sampled_from([1, 1, 2, 4, 7])), draw(SEEDS)
    has_breaks, has_shifts, has_skills = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    breaks = []
    for car in range(cars if has_breaks else 0):
        ends = np.sort(rng.choice(70, 2 * rng.integers(0, 3), replace=False))
        ends[:1] *= rng.random() < 0.8  # else it begins with a break
        breaks += [Break(car, *ends[first : first + 2].tolist()) for first in range(0, len(ends), 2)]
    return Placement(
        sectors=rng.integers(OFF_DUTY if has_shifts else 0, sectors, (periods, cars)),
        period_minutes=PERIOD_MINUTES,
        breaks=tuple(breaks),
        skills=rng.choice([0, 1, 2, 3, 3], cars) if has_skills else None,
    )


@st.composite
def stationings(draw, sectors):
    rng, blocks = draw(SEEDS), draw(st.integers(1, 3))
    return Stationing(
        demand=rng.uniform(0, 3, (blocks, sectors)),
        block_minutes=draw(st.sampled_from([10.0, 25.0])),
        reach=rng.uniform(0, 1, (sectors, sectors)),
        busy_share=draw(st.sampled_from([0.05, 0.3, 0.9])),
        horizon_minutes=draw(st.sampled_from([5.0, 20.0, 60.0])),
        least_gain=draw(st.sampled_from([0.001, 0.02, 0.1])),
        rest_minutes=draw(st.sampled_from([0.0, 7.0, 30.0])),
        most_moves_per_hour=draw(st.sampled_from([0, 0, 1, 2, 3])),
    )


def spread(case, factor):
    """Let calls come over a span that is so many times as long."""
    minute, span_minutes = case.calls.minute * factor, case.calls.span_minutes * factor
    return replace(case, calls=replace(case.calls, minute=minute, span_minutes=span_minutes))


def assert_alike(outcome, plain):
    assert outcome.response_minutes == pytest.approx(plain.response_minutes, abs=1e-9)
    assert outcome.waiting_minutes == pytest.approx(plain.waiting_minutes, abs=1e-9)
    assert outcome.car_busy_minutes == pytest.approx(plain.car_busy_minutes, abs=1e-9)
    assert (outcome.diversions, outcome.moves) == (plain.diversions, plain.moves)


@settings(max_examples=800, deadline=None, derandomize=True)
@given(data=st.data(), case=cases(), rules=RULES)
def test_equals_the_plain_simulator(data, case, rules):
    placement = data.draw(placements(case.sector_count))
    runs = [PlainSimulator(case, placement, rules, scenario).run() for scenario in range(case.calls.scenario_count)]
    assert_alike(Simulator(case, rules).simulate(placement), sum_up(runs))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(data=st.data(), case=cases(), rules=RULES)
def test_equals_the_plain_simulator_when_cars_are_moved(data, case, rules):
    placement, stationing = data.draw(placements(case.sector_count)), data.draw(stationings(case.sector_count))
    scenarios = range(case.calls.scenario_count)
    runs = [PlainStationing(case, placement, rules, scenario, stationing).run() for scenario in scenarios]
    assert_alike(Simulator(case, rules, stationing).simulate(placement), sum_up(runs))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data(), case=cases(), rules=RULES, most_moves=st.integers(1, 4), factor=st.sampled_from([1, 4, 10]))
def test_no_more_moves_begin_in_any_hour_than_may(data, case, rules, most_moves, factor):
    case = spread(case, factor)
    placement, drawn = data.draw(placements(case.sector_count)), data.draw(stationings(case.sector_count))
    stationing = replace(drawn, most_moves_per_hour=most_moves)
    scenarios = range(case.calls.scenario_count)
    runs = [PlainStationing(case, placement, rules, scenario, stationing).run() for scenario in scenarios]
    assert_alike(Simulator(case, rules, stationing).simulate(placement), sum_up(runs))
    for run in runs:
        for one_too_many, first in zip(run.begun[most_moves:], run.begun, strict=False):
            assert one_too_many - first >= 60


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data(), case=cases(), rules=RULES)
def test_physical_limits(data, case, rules):
    placement = data.draw(placements(case.sector_count))
    outcome = Simulator(case, rules).simulate(placement)
    assert (outcome.waiting_minutes >= 0).all()
    assert (outcome.waiting_minutes <= outcome.response_minutes).all()
    assert (outcome.car_busy_minutes >= 0).all()
    assert outcome.busy_minutes <= outcome.duty_minutes + 1e-9


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data(), case=cases(), rules=RULES)
def test_scenarios_do_not_depend_on_each_other(data, case, rules):
    placement = data.draw(placements(case.sector_count))
    together = Simulator(case, rules).simulate(placement).response_minutes
    first = Simulator(case.first_scenarios(1), rules).simulate(placement).response_minutes
    assert together[: len(first)].tolist() == first.tolist()
