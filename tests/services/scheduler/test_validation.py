from dataclasses import replace

import pytest

from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule, Problem
from services.scheduler.validation import validate
from serving.errors import InvalidArgument

GOOD = Problem(
    sectors=("A", "B"),
    cars=(Car("C1", "A", ("A",), (MinuteSpan(15, 15),), MinuteSpan(0, 60)), Car("C2")),
    period_minutes=60,
    travel_minutes=((0.0, 7.5), (8.0, 0.0)),
    demand=((1, 1), (0, 1)),
)
NAN, INFINITY = float("nan"), float("inf")


def with_car(**changes: object) -> Problem:
    return replace(GOOD, cars=(replace(GOOD.cars[0], **changes), GOOD.cars[1]))  # type: ignore[arg-type]


def with_travel(minutes: float) -> Problem:
    return replace(GOOD, travel_minutes=((0.0, minutes), (8.0, 0.0)))


FAULTS = {
    "no sectors": (replace(GOOD, sectors=()), "sectors"),
    "two equal sectors": (replace(GOOD, sectors=("A", "A")), "sectors[1]"),
    "empty sector": (replace(GOOD, sectors=("A", "")), "sectors[1]"),
    "no cars": (replace(GOOD, cars=(), demand=((0, 0),)), "cars"),
    "two equal cars": (replace(GOOD, cars=(GOOD.cars[1], GOOD.cars[1])), "cars[1].id"),
    "empty id": (with_car(id=""), "cars[0].id"),
    "unknown start": (with_car(start_sector="X"), "cars[0].start_sector"),
    "unknown home": (with_car(home_sectors=("A", "X")), "cars[0].home_sectors[1]"),
    "break off the grid": (with_car(breaks=(MinuteSpan(10, 15),)), "cars[0].breaks[0].start_minute"),
    "break of no length": (with_car(breaks=(MinuteSpan(15, 0),)), "cars[0].breaks[0].minutes"),
    "break outside duty": (with_car(breaks=(MinuteSpan(60, 15),)), "cars[0].breaks[0]"),
    "breaks overlap": (with_car(breaks=(MinuteSpan(0, 30), MinuteSpan(15, 15))), "cars[0].breaks[1]"),
    "duty outside shift": (with_car(on_duty=MinuteSpan(60, 90)), "cars[0].on_duty"),
    "duty off the grid": (with_car(on_duty=MinuteSpan(0, 50), breaks=()), "cars[0].on_duty.minutes"),
    "duty of a lifetime": (with_car(on_duty=MinuteSpan(0, 2**31 - 8)), "cars[0].on_duty"),
    "period not in quarter hours": (replace(GOOD, period_minutes=50), "period_minutes"),
    "period of nothing": (replace(GOOD, period_minutes=0), "period_minutes"),
    "period of a year": (replace(GOOD, period_minutes=525_600), "period_minutes"),
    "travel not square": (replace(GOOD, travel_minutes=((0.0, 7.5),)), "travel_minutes"),
    "travel row too short": (replace(GOOD, travel_minutes=((0.0,), (8.0, 0.0))), "travel_minutes[0].minutes"),
    "negative travel": (with_travel(-1), "travel_minutes[0].minutes[1]"),
    "NaN travel": (with_travel(NAN), "travel_minutes[0].minutes[1]"),
    "infinite travel": (with_travel(INFINITY), "travel_minutes[0].minutes[1]"),
    "endless travel": (with_travel(1e6), "travel_minutes[0].minutes[1]"),
    "diagonal": (replace(GOOD, travel_minutes=((0.0, 7.5), (8.0, 1.0))), "travel_minutes[1].minutes[1]"),
    "no demand": (replace(GOOD, demand=()), "demand"),
    "demand row too long": (replace(GOOD, demand=((1, 1, 0), (0, 1))), "demand[0].cars"),
    "negative demand": (replace(GOOD, demand=((1, -1), (0, 1))), "demand[0].cars[1]"),
    "demand above the cars": (replace(GOOD, demand=((1, 1), (1, 1))), "demand[1]"),
    "max_consecutive of 0": (replace(GOOD, presence_rule=PresenceRule.MAX_CONSECUTIVE), "max_consecutive"),
    "negative max_consecutive": (replace(GOOD, max_consecutive=-1), "max_consecutive"),
    "negative max_per_sector": (replace(GOOD, max_per_sector=-1), "max_per_sector"),
    "home factor below 1": (replace(GOOD, home_cost_factor=0.5), "home_cost_factor"),
    "home factor NaN": (replace(GOOD, home_cost_factor=NAN), "home_cost_factor"),
    "negative fairness": (replace(GOOD, fairness_weight=-1), "fairness_weight"),
    "infinite fairness": (replace(GOOD, fairness_weight=INFINITY), "fairness_weight"),
    "pin of an unknown car": (replace(GOOD, pins=(Placement("X", 0, "A"),)), "pins[0].car_id"),
    "pin to an unknown sector": (replace(GOOD, pins=(Placement("C2", 0, "X"),)), "pins[0].sector"),
    "pin outside the shift": (replace(GOOD, pins=(Placement("C2", 2, "A"),)), "pins[0].period"),
    "pin before the shift": (replace(GOOD, pins=(Placement("C2", -1, "A"),)), "pins[0].period"),
    "pin off duty": (replace(GOOD, pins=(Placement("C1", 1, "A"),)), "pins[0].period"),
    "two pins": (replace(GOOD, pins=(Placement("C2", 0, "A"), Placement("C2", 0, "B"))), "pins[1]"),
    "pin and ban": (replace(GOOD, pins=(Placement("C2", 0, "A"),), bans=(Placement("C2", 0, "A"),)), "pins[0]"),
    "ban of an unknown car": (replace(GOOD, bans=(Placement("X", 0, "A"),)), "bans[0].car_id"),
    "ban of an unknown sector": (replace(GOOD, bans=(Placement("C2", 0, "X"),)), "bans[0].sector"),
    "history of an unknown car": (replace(GOOD, history=(CarHistory("X", ("A",)),)), "history[0].car_id"),
    "history in an unknown sector": (replace(GOOD, history=(CarHistory("C1", ("A", "X")),)), "history[0].sectors[1]"),
    "two histories": (replace(GOOD, history=(CarHistory("C1", ()), CarHistory("C1", ()))), "history[1].car_id"),
}


def test_a_good_problem_passes() -> None:
    validate(GOOD)


@pytest.mark.parametrize(("problem", "field"), FAULTS.values(), ids=FAULTS.keys())
def test_every_fault_names_its_field(problem: Problem, field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        validate(problem)
    assert field in [violation.field for violation in caught.value.violations]
    assert all(violation.description.startswith("Expected") for violation in caught.value.violations)


def test_all_faults_are_told_at_once_with_the_prefix() -> None:
    problem = replace(with_travel(-1), max_per_sector=-1)
    with pytest.raises(InvalidArgument) as caught:
        validate(problem, "problem.")
    fields = [violation.field for violation in caught.value.violations]
    assert fields == ["problem.travel_minutes[0].minutes[1]", "problem.max_per_sector"]
