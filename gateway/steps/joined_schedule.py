"""The schedules of teams, each solved by itself, as one."""

from collections.abc import Iterable, Sequence

from officers.gateway.v1.gateway_pb2 import TeamSchedule
from officers.scheduler.v1.scheduler_pb2 import (
    STATUS_CANCELLED,
    STATUS_FEASIBLE,
    STATUS_INFEASIBLE,
    STATUS_OPTIMAL,
    InfeasibleRule,
    Schedule,
)

BEST_FIRST = (STATUS_OPTIMAL, STATUS_FEASIBLE, STATUS_CANCELLED, STATUS_INFEASIBLE)
LEAST_OBJECTIVE = 1e-9
"""Gaps are shares of the objective, or of this where that is smaller, as in the scheduler's contract."""


def join_schedules(parts: Sequence[TeamSchedule]) -> Schedule:
    """Return the schedule of all teams: sums, the worst status, explanations with the team's name.

    Teams are solved side by side, so the seconds are those of the slowest. Trials of the penalty search stay with the
    teams.
    """
    schedules = [part.schedule for part in parts]
    joined = Schedule(
        status=max((schedule.status for schedule in schedules), key=BEST_FIRST.index),
        assignments=[entry for schedule in schedules for entry in schedule.assignments],
        travel_minutes=sum(schedule.travel_minutes for schedule in schedules),
        objective=sum(schedule.objective for schedule in schedules),
        best_bound=sum(schedule.best_bound for schedule in schedules),
        engine=_list_names(schedule.engine for schedule in schedules),
        annealer=_list_names(schedule.annealer for schedule in schedules),
        seed=schedules[0].seed,
        wall_seconds=max(schedule.wall_seconds for schedule in schedules),
        explanation=[f"{part.team}: {line}" for part in parts for line in part.schedule.explanation],
        infeasible_rules=[_name_team(rule, part.team) for part in parts for rule in part.schedule.infeasible_rules],
    )
    if all(schedule.HasField("gap") for schedule in schedules):
        joined.gap = (joined.objective - joined.best_bound) / max(joined.objective, LEAST_OBJECTIVE)
    return joined


def _list_names(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))


def _name_team(rule: InfeasibleRule, team: str) -> InfeasibleRule:
    return InfeasibleRule(rule=rule.rule, description=f"{team}: {rule.description}", periods=rule.periods)
