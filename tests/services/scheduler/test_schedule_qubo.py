import itertools
from dataclasses import replace

import dimod
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from services.scheduler.annealers.neal import to_dimod
from services.scheduler.checker import broken_rules, objective_of
from services.scheduler.instance import compile_instance
from services.scheduler.problem import Car, CarHistory, Placement, PresenceRule, Problem
from services.scheduler.qubo import Qubo
from services.scheduler.schedule_qubo import build_schedule_qubo
from tests.services.scheduler.problems import brute_force, every_schedule, random_problem, rows_of, tiny_problems

A, B, C = 11.0, 13.0, 17.0


def small(**changes: object) -> Problem:
    """Two cars, two sectors, three periods: 12 placements."""
    problem = Problem(
        sectors=("A", "B"),
        cars=(Car("C1", "A", ("A",)), Car("C2")),
        period_minutes=30,
        travel_minutes=((0.0, 3.0), (5.0, 0.0)),
        demand=((1, 1), (2, 0), (1, 1)),
        presence_rule=PresenceRule.NO_RETURN_WITHIN_TWO,
        home_cost_factor=2.0,
        history=(CarHistory("C1", ("B", "A")),),
    )
    return replace(problem, **changes)  # type: ignore[arg-type]


def formula(problem: Problem, y: np.ndarray) -> float:
    """[O] (11) term by term for y of shape (T, n, m)."""
    travel = np.array(problem.travel_minutes)
    periods, _, sectors = y.shape
    energy = 0.0
    for i, car in enumerate(problem.cars):
        factor = [1 if not car.home_sectors or s in car.home_sectors else 2.0 for s in problem.sectors]
        past = {h.car_id: [problem.sectors.index(s) for s in h.sectors] for h in problem.history}.get(car.id, [])
        for b in range(sectors):
            if car.start_sector:
                energy += travel[problem.sectors.index(car.start_sector), b] * factor[b] * y[0, i, b]
            for t in range(1, periods):
                energy += sum(travel[a, b] * factor[b] * y[t - 1, i, a] * y[t, i, b] for a in range(sectors))
            energy += C * sum(y[t - 1, i, b] * y[t + 1, i, b] for t in range(1, periods - 1))
            energy += C * (past[-2:-1] == [b]) * y[0, i, b] + C * (past[-1:] == [b]) * y[1, i, b]
        energy += B * sum((y[t, i].sum() - 1) ** 2 for t in range(periods))
    return energy + A * float(((y.sum(axis=1) - np.array(problem.demand)) ** 2).sum())


def test_energy_equals_the_formula_on_every_state() -> None:
    problem = small()
    built = build_schedule_qubo(compile_instance(problem))
    assert built.variable_count == 12
    assert built.variable.ravel().tolist() == list(range(12))
    states = np.array(list(itertools.product((0, 1), repeat=12)), dtype=np.int8)
    expected = [formula(problem, state.reshape(3, 2, 2)) for state in states]
    assert built.weighted(A, B, C).energies(states) == pytest.approx(np.array(expected))


def test_dimod_computes_the_same_energies() -> None:
    qubo = build_schedule_qubo(compile_instance(small())).weighted(A, B, C)
    states = np.random.default_rng(0).integers(0, 2, (50, 12), dtype=np.int8)
    assert to_dimod(qubo).energies((states, range(12))) == pytest.approx(qubo.energies(states))


def test_the_ground_state_is_the_optimum() -> None:
    problem = small(demand=((1, 1),) * 3)
    qubo = build_schedule_qubo(compile_instance(problem)).weighted(100, 100, 100)
    assert dimod.ExactSolver().sample(to_dimod(qubo)).first.energy == pytest.approx(brute_force(problem))


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems(fairness=False), data=st.data())
def test_a_schedule_without_penalties_has_its_objective_as_energy(problem: Problem, data: st.DataObject) -> None:
    """With any rules: some setting of the slack bits leaves the objective alone, none leaves less."""
    feasible = [sectors for sectors in every_schedule(problem) if not broken_rules(problem, sectors)]
    assume(feasible)
    sectors = data.draw(st.sampled_from(feasible))
    built = build_schedule_qubo(compile_instance(problem))
    slack_count = built.variable_count - int((built.variable >= 0).sum())
    assume(slack_count <= 10)
    rows = rows_of(problem, sectors)
    state = np.zeros(built.variable_count, dtype=np.int8)
    for car, period in np.argwhere(rows >= 0):
        state[built.variable[period, car, rows[car, period]]] = 1
    decoded, one_hot = built.decode(state)
    assert one_hot
    assert decoded.tolist() == rows.tolist()
    states = np.repeat(state[np.newaxis], 2**slack_count, axis=0)
    if slack_count:
        states[:, -slack_count:] = list(itertools.product((0, 1), repeat=slack_count))
    energies = built.weighted(1000, 1000, 1000).energies(states)
    assert energies.min() == pytest.approx(objective_of(problem, sectors))
    encoded = built.encode(rows)
    assert built.weighted(1000, 1000, 1000).energies(encoded[np.newaxis])[0] == pytest.approx(energies.min())
    assert built.decode(encoded)[0].tolist() == rows.tolist()


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems(fairness=False), data=st.data())
def test_a_schedule_that_breaks_rules_costs_more_than_its_objective(problem: Problem, data: st.DataObject) -> None:
    """With any rule but the longest stay of several periods, which has no quadratic form."""
    assume(problem.presence_rule is not PresenceRule.MAX_CONSECUTIVE or problem.max_consecutive == 1)
    allowed = [s for s in every_schedule(problem) if keeps_pins_and_bans(problem, s)]
    assume(allowed)
    sectors = data.draw(st.sampled_from(allowed))
    built = build_schedule_qubo(compile_instance(problem))
    state = built.encode(rows_of(problem, sectors))[np.newaxis]
    energy = float(built.weighted(1000, 1000, 1000).energies(state)[0])
    excess = energy - objective_of(problem, sectors)
    assert (excess > 500) is bool(broken_rules(problem, sectors))
    assert excess > -1e-6


def keeps_pins_and_bans(problem: Problem, sectors: dict[str, tuple[str, ...]]) -> bool:
    placements = {(car, period, sector) for car, row in sectors.items() for period, sector in enumerate(row)}
    pins = {(pin.car_id, pin.period, pin.sector) for pin in problem.pins}
    return pins <= placements and not placements & {(ban.car_id, ban.period, ban.sector) for ban in problem.bans}


def test_squares_count_in_the_energy() -> None:
    """All 4,096 states against the formula, with every drive squared after its factor."""
    problem = small(square_travel=True)
    counted = [[0.0, 3.0], [5.0, 0.0]]
    qubo = build_schedule_qubo(compile_instance(problem)).weighted(0, 0, 0)
    states = np.array(list(itertools.product((0, 1), repeat=12)), dtype=np.int8)
    expected = []
    for state in states:
        y = state.reshape(3, 2, 2)
        energy = sum((counted[0][b] * (2 if b else 1)) ** 2 * y[0, 0, b] for b in range(2))
        for t, i, a, b in itertools.product((1, 2), range(2), range(2), range(2)):
            energy += (counted[a][b] * (2 if i == 0 and b else 1)) ** 2 * y[t - 1, i, a] * y[t, i, b]
        expected.append(energy)
    assert qubo.energies(states) == pytest.approx(np.array(expected))


def test_pins_and_bans_leave_variables_out() -> None:
    problem = small(pins=(Placement("C1", 0, "A"),), bans=(Placement("C2", 1, "B"),))
    built = build_schedule_qubo(compile_instance(problem))
    assert (built.variable >= 0).sum() == 10


def test_a_longest_stay_of_one_period_is_a_term() -> None:
    problem = small(presence_rule=PresenceRule.MAX_CONSECUTIVE, max_consecutive=1)
    terms = build_schedule_qubo(compile_instance(problem)).presence
    assert len(terms.rows) == 2 * 2 * 2 + 1
    longer = build_schedule_qubo(compile_instance(replace(problem, max_consecutive=2))).presence
    assert len(longer.rows) == 0


def test_the_size_of_the_paper() -> None:
    problem = random_problem(20, 20, 18, seed=0, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    qubo = build_schedule_qubo(compile_instance(problem)).weighted(A, B, C)
    assert qubo.variable_count == 20 * 20 * 18
    low, high = np.minimum(qubo.rows, qubo.columns), np.maximum(qubo.rows, qubo.columns)
    travel, returns = 17 * 20 * 20 * 19, 16 * 20 * 20
    one_hot, demand, linear = 18 * 20 * 190, 18 * 20 * 190, 20 * 20 * 18
    assert len(np.unique(low * qubo.variable_count + high)) == travel + returns + one_hot + demand + linear


def test_a_broken_state_is_decoded_to_a_place_for_every_car() -> None:
    built = build_schedule_qubo(compile_instance(small()))
    rows, one_hot = built.decode(np.ones(12, dtype=np.int8))
    assert not one_hot
    assert ((rows >= 0) & (rows < 2)).all()


def test_a_qubo_without_terms_has_its_offset_as_energy() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert Qubo(3, nothing, nothing, np.zeros(0), 2.5).energies(np.ones((1, 3), dtype=np.int8)).tolist() == [2.5]
