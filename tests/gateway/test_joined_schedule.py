from typing import Any

import pytest

from gateway.steps.joined_schedule import join_schedules
from officers.gateway.v1.gateway_pb2 import TeamSchedule
from officers.scheduler.v1.scheduler_pb2 import (
    STATUS_CANCELLED,
    STATUS_FEASIBLE,
    STATUS_INFEASIBLE,
    STATUS_OPTIMAL,
    CarAssignment,
    InfeasibleRule,
    Schedule,
)


def part(team: str, **fields: Any) -> TeamSchedule:
    plain = {"status": STATUS_OPTIMAL, "engine": "exact", "seed": 7}
    return TeamSchedule(team=team, schedule=Schedule(**{**plain, **fields}))


def test_sums_and_explanations() -> None:
    east = part(
        "east",
        assignments=[CarAssignment(car_id="C01", sectors=["B"])],
        travel_minutes=10.0, objective=12.0, best_bound=12.0, gap=0.0, wall_seconds=2.0, explanation=["Cover: met."],
    )  # fmt: skip
    west = part(
        "west",
        status=STATUS_FEASIBLE,
        assignments=[CarAssignment(car_id="C02", sectors=["A"])],
        travel_minutes=5.0, objective=8.0, best_bound=7.0, gap=0.125, wall_seconds=3.0, explanation=["Duty: all."],
        engine="qubo", annealer="neal",
    )  # fmt: skip
    joined = join_schedules([east, west])
    assert joined.status == STATUS_FEASIBLE
    assert [entry.car_id for entry in joined.assignments] == ["C01", "C02"]
    assert (joined.travel_minutes, joined.objective, joined.best_bound) == (15.0, 20.0, 19.0)
    assert joined.gap == pytest.approx(0.05)
    assert (joined.engine, joined.annealer, joined.seed, joined.wall_seconds) == ("exact, qubo", "neal", 7, 3.0)
    assert list(joined.explanation) == ["east: Cover: met.", "west: Duty: all."]


def test_nothing_to_drive_is_no_gap() -> None:
    assert join_schedules([part("east", gap=0.0), part("west", gap=0.0)]).gap == 0.0


@pytest.mark.parametrize("status", [STATUS_FEASIBLE, STATUS_CANCELLED, STATUS_INFEASIBLE])
def test_the_worst_status_counts(status: Any) -> None:
    joined = join_schedules([part("east"), part("west", status=status), part("north")])
    assert joined.status == status
    assert not joined.HasField("gap")


def test_clashes_name_the_team() -> None:
    rule = InfeasibleRule(rule="cover", description="Period 2 needs 3 cars.", periods=[2])
    (clash,) = join_schedules([part("east"), part("west", infeasible_rules=[rule])]).infeasible_rules
    assert (clash.rule, clash.description) == ("cover", "west: Period 2 needs 3 cars.")
    assert list(clash.periods) == [2]
