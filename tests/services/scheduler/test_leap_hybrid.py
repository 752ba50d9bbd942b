import pytest

from services.scheduler.annealers.leap_hybrid import Annealer
from services.scheduler.budget import Budget
from services.scheduler.instance import compile_instance
from services.scheduler.problem import PresenceRule
from services.scheduler.sampling import SampleOptions
from services.scheduler.schedule_qubo import build_schedule_qubo
from services.scheduler.testing.local_leap import LocalLeap
from serving.errors import Cancelled, FailedPrecondition, InvalidArgument
from tests.services.scheduler.problems import random_problem


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


def test_groups_become_discrete_constraints() -> None:
    instance = compile_instance(random_problem(2, 2, 3, seed=1, rule=PresenceRule.NONE))
    built = build_schedule_qubo(instance)
    leap = LocalLeap()
    states = Annealer(constrained=leap).sample(built.weighted(50.0, 60.0, 70.0), SampleOptions(4), plenty())
    (asked,) = leap.problems
    assert len(asked.discrete) == 6
    assert states.shape == (4, built.variable_count)
    assert all(built.decode(state)[1] for state in states)


def test_too_little_time_is_told() -> None:
    qubo = build_schedule_qubo(compile_instance(random_problem(2, 2, 2, 1, PresenceRule.NONE))).weighted(1, 1, 1)
    with pytest.raises(InvalidArgument, match="at least 100 seconds"):
        Annealer(constrained=LocalLeap(seconds=100)).sample(qubo, SampleOptions(1), plenty())


def test_a_stop_is_heeded_while_the_answer_is_out() -> None:
    qubo = build_schedule_qubo(compile_instance(random_problem(2, 2, 2, 1, PresenceRule.NONE))).weighted(1, 1, 1)
    leap = LocalLeap(answers=False)
    budget = Budget.of_seconds(60, lambda: bool(leap.problems))
    with pytest.raises(Cancelled):
        Annealer(constrained=leap).sample(qubo, SampleOptions(1), budget)


def test_without_a_token_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DWAVE_API_TOKEN", raising=False)
    monkeypatch.setenv("DWAVE_CONFIG_FILE", "/dev/null")
    qubo = build_schedule_qubo(compile_instance(random_problem(2, 2, 2, 1, PresenceRule.NONE))).weighted(1, 1, 1)
    with pytest.raises(FailedPrecondition, match="DWAVE_API_TOKEN"):
        Annealer().sample(qubo, SampleOptions(1), plenty())
