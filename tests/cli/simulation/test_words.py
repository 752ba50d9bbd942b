import pytest

from cli.simulation.words import change_text, comparison_sentences, failing_text, limit_sentences, named, signed_percent
from officers.demand.v1.demand_pb2 import Interval, SimulateResponse, SimulationResult


def test_clear_differences_are_told_with_their_interval():
    better = Interval(value=-0.123, low=-0.2, high=-0.03)
    assert failing_text(better, "demand", "the yardstick", "weeks") == (
        "“demand” fails 12% less often than the yardstick (90% interval over weeks −20% to −3%)."
    )
    worse = Interval(value=0.031, low=0.012, high=0.054)
    assert "fails 3.1% more often" in failing_text(worse, "a", "b", "weeks")


@pytest.mark.parametrize(("low", "high"), [(-0.05, 0.0), (-0.2, 0.1)])
def test_an_interval_that_holds_no_change_is_no_clear_difference(low, high):
    text = failing_text(Interval(value=-0.02, low=low, high=high), "a", "b", "shifts")
    assert text.startswith("There is no clear difference in late calls between “a” and “b”")


def test_the_same_failures_are_told_as_such():
    assert failing_text(Interval(), "a", "b", "shifts") == "“a” is late as often as “b” on these calls."


def test_signs_and_decimals():
    assert (signed_percent(-0.204), signed_percent(0.0), signed_percent(-0.0001)) == ("−20%", "+0%", "+0%")
    assert change_text(Interval(low=-0.014, high=0.09)) == "−1.4% to +9.0%"
    assert named("the chosen plan") == "the chosen plan"


def test_every_deployment_gets_a_sentence(simulate_plans):
    assert comparison_sentences(simulate_plans()) == [
        "“demand” fails 50% less often than “proportional” (90% interval over sampled shifts −50% to −50%).",
        "“one per sector” fails 50% more often than “proportional” (90% interval over sampled shifts +50% to +50%).",
    ]


def test_moves_are_compared_with_the_same_plan_without(simulate_plans):
    failures = {"proportional": [4] * 40, "demand": [2] * 40, "demand, moving freely": [1] * 40}
    simulation = simulate_plans(failures)
    assert "No move of a free car was worth it with “demand”." in comparison_sentences(simulation)
    simulation.answer.results[2].moves = 12
    assert comparison_sentences(simulation)[1].startswith(
        "“demand, moving freely” fails 50% less often than “demand” ("
    )


def test_one_shift_ranks_nothing(simulate_plans):
    (sentence,) = comparison_sentences(simulate_plans({"proportional": [2], "demand": [1]}, is_recorded=True))
    assert sentence == (
        "Of 10 calls, late or never answered: 2 with “proportional”, 1 with “demand”. "
        "One shift is far too little to rank them."
    )


def test_few_shifts_rank_nothing(simulate_plans):
    (sentence,) = comparison_sentences(simulate_plans({"proportional": [2] * 4, "demand": [1] * 4}))
    assert sentence.endswith("is late for 4 calls, “proportional” for 8: fewer than 10 shifts cannot rank them.")


def test_plans_that_are_never_late_are_compared_by_their_mean(simulate_plans):
    (sentence,) = comparison_sentences(simulate_plans({"proportional": [0] * 40, "demand": [0] * 40}))
    assert "there are more cars than these calls need" in sentence
    assert "6.5 with “demand”" in sentence
    late = comparison_sentences(simulate_plans({"proportional": [0] * 40, "demand": [1] * 40}))
    assert late == ["“proportional” answers every call in time; “demand” is late for 40."]


def test_other_efforts_are_told(simulate_plans):
    simulation = simulate_plans()
    simulation.answer.results[1].car_hours = 300
    assert comparison_sentences(simulation)[0].endswith("They are not alike in effort: 300 car hours against 240.")


def test_without_calls_nothing_is_said(simulate_plans):
    nothing = SimulateResponse(results=[SimulationResult(name="demand")])
    assert comparison_sentences(simulate_plans(answer=nothing))[0].startswith("There are no calls that count")


def test_limits_on_moves_are_told():
    assert limit_sentences(0) == []
    assert limit_sentences(1) == ["Within any 60 minutes, at most 1 move of a free car begins."]
    assert limit_sentences(4) == ["Within any 60 minutes, at most 4 moves of free cars begin."]
