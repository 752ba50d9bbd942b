from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduler.instance import compile_instance
from services.scheduler.penalties import LAG, PenaltySuggestions, Weights
from services.scheduler.problem import PresenceRule
from services.scheduler.solution import PenaltyTrial
from tests.services.scheduler.problems import random_problem

INSTANCE = compile_instance(random_problem(3, 4, 4, seed=1, rule=PresenceRule.NONE))
COUNT = 14


def result(weights: Weights) -> PenaltyTrial:
    return PenaltyTrial(*weights, 2, 1, 0.0, 10.0 + sum(weights))


def asked_in_all(order: list[int]) -> list[Weights]:
    """Ask for as many as there are, and tell the result at a place of those under way, again and again."""
    suggestions = PenaltySuggestions(INSTANCE, COUNT, seed=3)
    asked: list[Weights] = []
    under_way: list[Weights] = []
    for place in order:
        while (weights := suggestions.ask()) is not None:
            asked.append(weights)
            under_way.append(weights)
        assert len(under_way) <= LAG
        suggestions.tell(result(under_way.pop(place % len(under_way))))
    assert suggestions.trials == [result(weights) for weights in asked]
    assert suggestions.ask() is None
    return asked


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, LAG - 1), min_size=COUNT, max_size=COUNT))
def test_suggestions_do_not_depend_on_which_trial_ends_first(order: list[int]) -> None:
    assert asked_in_all(order) == asked_in_all([0] * COUNT)


def test_as_many_trials_as_the_lag_need_not_wait() -> None:
    suggestions = PenaltySuggestions(INSTANCE, COUNT, seed=3)
    asked = [suggestions.ask() for _ in range(LAG + 1)]
    assert None not in asked[:LAG]
    assert len(set(asked[:LAG])) == LAG
    assert asked[LAG] is None


def test_trials_without_a_result_are_left_out() -> None:
    suggestions = PenaltySuggestions(INSTANCE, COUNT, seed=3)
    first, second = suggestions.ask(), suggestions.ask()
    assert first is not None
    assert second is not None
    suggestions.tell(result(second))
    assert suggestions.trials == [result(second)]
