"""What every annealer must do; new ones are picked up by listing the folder."""

import itertools

import numpy as np
import pytest

from services.scheduler.annealers import annealer_names, list_annealers, load_annealer
from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions, draw
from serving.errors import InvalidArgument

pytestmark = pytest.mark.parametrize("name", annealer_names())


def random_qubo(variables: int, seed: int) -> Qubo:
    random = np.random.default_rng(seed)
    rows, columns = np.triu_indices(variables)
    return Qubo(variables, rows, columns, random.normal(size=len(rows)).round(2), 1.5)


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


def test_the_ground_state_of_small_problems_is_found(name: str) -> None:
    for seed in range(5):
        qubo = random_qubo(10, seed)
        every = qubo.energies(np.array(list(itertools.product((0, 1), repeat=10)), dtype=np.int8))
        samples = draw(load_annealer(name), qubo, SampleOptions(num_reads=20, num_sweeps=200, seed=seed), plenty())
        assert samples.energies[0] == pytest.approx(every.min())


def test_samples_are_distinct_sorted_and_counted(name: str) -> None:
    qubo = random_qubo(6, 1)
    samples = draw(load_annealer(name), qubo, SampleOptions(num_reads=12, num_sweeps=5, seed=3), plenty())
    assert samples.occurrences.sum() == 12
    assert len(np.unique(samples.states, axis=0)) == len(samples.states)
    assert (np.diff(samples.energies) >= 0).all()
    assert samples.energies == pytest.approx(qubo.energies(samples.states))
    assert set(np.unique(samples.states)) <= {0, 1}


def test_same_seed_same_states(name: str) -> None:
    qubo, options = random_qubo(12, 2), SampleOptions(num_reads=3, num_sweeps=20, seed=9)
    first, second = (load_annealer(name).sample(qubo, options, plenty()) for _ in range(2))
    assert (first == second).all()


def test_a_stop_leaves_at_least_one_state(name: str) -> None:
    stopped = Budget.of_seconds(60, lambda: True)
    states = load_annealer(name).sample(random_qubo(8, 0), SampleOptions(num_reads=1000), stopped)
    assert states.shape == (1, 8)


def test_a_problem_without_terms_has_states(name: str) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    samples = draw(load_annealer(name), Qubo(2, nothing, nothing, np.zeros(0)), SampleOptions(2), plenty())
    assert samples.energies[0] == 0


def test_it_has_a_description(name: str) -> None:
    (entry,) = (entry for entry in list_annealers() if entry.name == name)
    assert entry.description.endswith(".")


def test_an_unknown_name_is_told_with_those_there_are(name: str) -> None:
    with pytest.raises(InvalidArgument, match=name):
        load_annealer("nothing-like-" + name)
