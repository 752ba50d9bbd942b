"""Finds out which rules and periods of an infeasible problem clash, by a deletion filter."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from services.scheduler.budget import Budget
from services.scheduler.car_classes import group_cars
from services.scheduler.flow_model import build_flow_model
from services.scheduler.highs import ProgramStatus
from services.scheduler.instance import Instance, compile_instance
from services.scheduler.pricing import solve_by_pricing
from services.scheduler.problem import Problem
from services.scheduler.rules import CLASHES, CONSTRAINTS
from services.scheduler.rules.clash import Clash
from services.scheduler.solution import InfeasibleRule


def clashing_rules(problem: Problem, budget: Budget) -> tuple[tuple[InfeasibleRule, ...], bool]:
    """Return rules that cannot hold together, and whether dropping any one of them would help (an irreducible set).

    First whole rules are dropped as long as the problem stays infeasible, then single periods, cars, pins and bans of
    the rules that are left. If the budget runs out, what is left still clashes but may hold more than it must.
    """
    families = [family for family in (find(problem) for find in CLASHES) if family]
    kept = _filter(problem, families, budget)
    parts = _filter(problem, [[clash] for family in kept for clash in family], budget)
    clashes = [clash for part in parts for clash in part]
    found = tuple(InfeasibleRule(clash.rule, clash.description, clash.periods) for clash in clashes)
    return found, not budget.over


def _filter(problem: Problem, groups: list[list[Clash]], budget: Budget) -> list[list[Clash]]:
    """Return a part of the groups of which none can be dropped; all groups outside `groups` are dropped already."""
    kept = list(groups)
    everything = [clash for find in CLASHES for clash in find(problem)]
    for group in groups:
        if budget.over:
            break
        rest = [other for other in kept if other is not group]
        needed = {_identity(clash) for part in rest for clash in part}
        if _is_infeasible(problem, [clash for clash in everything if _identity(clash) not in needed], budget):
            kept = rest
    return kept


def _identity(clash: Clash) -> tuple[str, str]:
    """Return what tells clashes of one problem apart."""
    return clash.rule, clash.description


def _is_infeasible(problem: Problem, dropped: Iterable[Clash], budget: Budget) -> bool:
    """Return whether the problem without some of its parts is proved infeasible within the budget."""
    relaxed = problem
    for clash in dropped:
        relaxed = clash.relax(relaxed)
    instance = compile_instance(relaxed)
    # Without the demand of a period the cap must not shrink, or dropping a part would make the problem harder.
    instance = replace(instance, cap=np.maximum(instance.cap, compile_instance(problem).cap), fairness_weight=0.0)
    if (instance.active & ~instance.allowed.any(axis=2)).any():
        return True
    return _has_no_schedule(instance, budget)


def _has_no_schedule(instance: Instance, budget: Budget) -> bool:
    model = build_flow_model(instance, group_cars(instance), np.zeros_like(instance.costs), CONSTRAINTS)
    result = solve_by_pricing(model.program, budget, 0, None, lambda _incumbent, _bound: None)
    return result.status is ProgramStatus.INFEASIBLE
