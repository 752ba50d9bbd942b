"""What every annealer must do; new ones are picked up by listing the folder."""

import itertools
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from pydantic import SecretStr

from services.scheduler import annealers
from services.scheduler.annealers import (
    DEFAULT_ANNEALER,
    annealer_names,
    digital_annealer,
    leap_hybrid,
    list_annealers,
    load_annealer,
)
from services.scheduler.budget import Budget
from services.scheduler.digital_annealer_settings import DigitalAnnealerSettings
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import Annealer, SampleOptions, draw
from services.scheduler.testing.digital_annealer_server import KEY, local_digital_annealer
from services.scheduler.testing.local_leap import LocalLeap
from serving.errors import FailedPrecondition, InvalidArgument

LOCAL = [name for name in annealer_names() if name not in ("digital_annealer", "leap_hybrid")]
"""Those that need no other machine; the rest is held to the same by the fixture `annealer`."""


@pytest.fixture(params=annealer_names())
def annealer(request: pytest.FixtureRequest) -> Iterator[Annealer]:
    """Every annealer of the folder; those of vendors with a local stand-in."""
    if request.param == "digital_annealer":
        with local_digital_annealer() as server:
            settings = DigitalAnnealerSettings(url=server.url, key=SecretStr(KEY), poll_seconds=0.01)
            yield digital_annealer.Annealer(settings)
            for thread in threading.enumerate():
                if thread.name == "digital-annealer-clean-up":
                    thread.join()
    elif request.param == "leap_hybrid":
        yield leap_hybrid.Annealer(binary=LocalLeap())
    else:
        yield load_annealer(request.param)


def random_qubo(variables: int, seed: int) -> Qubo:
    random = np.random.default_rng(seed)
    rows, columns = np.triu_indices(variables)
    return Qubo(variables, rows, columns, random.normal(size=len(rows)).round(2), 1.5)


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


def test_the_ground_state_of_small_problems_is_found(annealer: Annealer) -> None:
    for seed in range(5):
        qubo = random_qubo(10, seed)
        every = qubo.energies(np.array(list(itertools.product((0, 1), repeat=10)), dtype=np.int8))
        samples = draw(annealer, qubo, SampleOptions(num_reads=20, num_sweeps=200, seed=seed), plenty())
        assert samples.energies[0] == pytest.approx(every.min())


def test_samples_are_distinct_sorted_and_counted(annealer: Annealer) -> None:
    qubo = random_qubo(6, 1)
    samples = draw(annealer, qubo, SampleOptions(num_reads=12, num_sweeps=5, seed=3), plenty())
    assert samples.occurrences.sum() == 12
    assert len(np.unique(samples.states, axis=0)) == len(samples.states)
    assert (np.diff(samples.energies) >= 0).all()
    assert samples.energies == pytest.approx(qubo.energies(samples.states))
    assert set(np.unique(samples.states)) <= {0, 1}


def test_a_problem_without_terms_has_states(annealer: Annealer) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    samples = draw(annealer, Qubo(2, nothing, nothing, np.zeros(0)), SampleOptions(2), plenty())
    assert samples.energies[0] == 0


@pytest.mark.parametrize("name", LOCAL)
def test_same_seed_same_states(name: str) -> None:
    qubo, options = random_qubo(12, 2), SampleOptions(num_reads=3, num_sweeps=20, seed=9)
    first, second = (load_annealer(name).sample(qubo, options, plenty()) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("name", LOCAL)
def test_a_stop_leaves_at_least_one_state(name: str) -> None:
    stopped = Budget.of_seconds(60, lambda: True)
    states = load_annealer(name).sample(random_qubo(8, 0), SampleOptions(num_reads=1000), stopped)
    assert states.shape == (1, 8)


@pytest.mark.parametrize("name", LOCAL)
def test_the_budget_is_looked_at_every_tenth_of_a_second(name: str) -> None:
    """Of processor time, with room for a machine that does other things too."""
    looks: list[float] = []

    def stop() -> bool:
        looks.append(time.thread_time())
        return len(looks) > 12

    load_annealer(name).sample(random_qubo(12, 1), SampleOptions(1, 5), plenty())
    load_annealer(name).sample(random_qubo(600, 1), SampleOptions(10_000, 10_000), Budget.of_seconds(600, stop))
    assert np.median(np.diff(looks)) < 0.1


@pytest.mark.parametrize("name", annealer_names())
def test_it_has_a_description(name: str) -> None:
    (entry,) = (entry for entry in list_annealers() if entry.name == name)
    assert entry.description.endswith(".")


def test_the_list_says_which_can_begin_from_a_schedule_and_which_lack_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DWAVE_API_TOKEN", raising=False)
    monkeypatch.setenv("DWAVE_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr(annealers, "_provided", {})
    entries = {entry.name: entry for entry in list_annealers()}
    warm = {name for name, entry in entries.items() if entry.can_begin_warm}
    assert {"neal", "one_hot_tempering"} <= warm
    assert not {"tabu", "digital_annealer", "leap_hybrid"} & warm
    unusable = {name: entry.unusable_reason for name, entry in entries.items() if entry.unusable_reason}
    assert unusable == {
        "digital_annealer": "Set DIGITAL_ANNEALER_KEY or DIGITAL_ANNEALER_KEY_FILE.",
        "leap_hybrid": "Set DWAVE_API_TOKEN for the hybrid solvers of Leap.",
    }


@pytest.mark.parametrize("name", annealer_names())
def test_an_unknown_name_is_told_with_those_there_are(name: str) -> None:
    with pytest.raises(InvalidArgument, match=name):
        load_annealer("nothing-like-" + name)


def test_a_missing_sdk_is_listed_and_told_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "services.scheduler.annealers.leap_hybrid"
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "dwave.system", None)
    (entry,) = (entry for entry in list_annealers() if entry.name == "leap_hybrid")
    assert "the extra `dwave` is not installed" in entry.description
    with pytest.raises(FailedPrecondition, match="dwave"):
        annealers._import("leap_hybrid")
    assert DEFAULT_ANNEALER in annealer_names()
