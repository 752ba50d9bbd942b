"""Finds out which rules and periods of an infeasible problem clash: a window of the shift, then a deletion filter.

Clashes are mostly local, so the shortest stretch of periods is looked for whose rules cannot hold together, which keeps
the models small. Then whole rules are dropped as long as the rest still clashes, and then single periods, cars, pins
and bans, many at a time at first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.scheduler.budget import Budget
from services.scheduler.clash_model import ClashModel
from services.scheduler.problem import PresenceRule, Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.solution import InfeasibleRule

Group = tuple[Clash, ...]
"""Clashes that are dropped together."""


def clashing_rules(problem: Problem, budget: Budget) -> tuple[tuple[InfeasibleRule, ...], bool]:
    """Return rules that cannot hold together, and whether dropping any one of them would help (an irreducible set).

    If the budget runs out, what is left still clashes but may hold more than it must.
    """
    search = _Search(ClashModel(problem), budget)
    kept = search.shortest_window()
    kept = search.reduce([tuple(family) for family in _families(kept)])
    kept = search.reduce([(clash,) for clash in kept])
    found = tuple(InfeasibleRule(clash.rule, clash.description, clash.periods) for clash in kept)
    return found, not budget.over


def _families(clashes: Sequence[Clash]) -> Iterator[list[Clash]]:
    for rule in dict.fromkeys(clash.rule for clash in clashes):
        yield [clash for clash in clashes if clash.rule == rule]


@dataclass(frozen=True)
class _Search:
    model: ClashModel
    budget: Budget

    def shortest_window(self) -> list[Clash]:
        """Return the clashes of the shortest window tried that cannot hold together, or all clashes."""
        count = len(self.model.problem.demand)
        for length in _window_lengths(self.model.problem):
            for begin in range(0, max(1, count - length + 1), max(1, length // 2 if length > 3 else 1)):
                window = range(begin, min(count, begin + length))
                kept = [c for c in self.model.everything if not c.periods or set(c.periods) & set(window)]
                if self.budget.over or len(window) == count:
                    return self.model.everything
                if self.model.clash(kept, window, self.budget):
                    return kept
        return self.model.everything

    def reduce(self, groups: list[Group]) -> list[Clash]:
        """Return the clashes of those groups that are needed: no single one can be dropped, unless the budget ends."""
        kept, size = groups, max(1, len(groups) // 2)
        while size:
            place = 0
            while place < len(kept) and not self.budget.over:
                rest = kept[:place] + kept[place + size :]
                if self.model.clash([clash for group in rest for clash in group], None, self.budget):
                    kept = rest
                else:
                    place += size
            size //= 2
        return [clash for group in kept for clash in group]


def _window_lengths(problem: Problem) -> Iterator[int]:
    """Yield lengths of windows, periods: one, as far as the presence rule sees, and ever longer."""
    yield 1
    length = {
        PresenceRule.NONE: len(problem.demand),
        PresenceRule.NO_RETURN_WITHIN_TWO: 3,
        PresenceRule.MAX_CONSECUTIVE: problem.max_consecutive + 1,
    }[problem.presence_rule]
    while length <= len(problem.demand):
        yield length
        length *= 2
