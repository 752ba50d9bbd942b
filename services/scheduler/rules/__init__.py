"""The rules of a schedule, one file each.

A rule adds its rows to the exact model (`constrain`) unless duty, pins and bans already take its columns away, offers
what can be dropped when a problem is infeasible (`clashes`), and explains a result in a line (`explain`).
"""

from collections.abc import Callable

from services.scheduler.flow_model import Rule
from services.scheduler.problem import Problem
from services.scheduler.rules import (
    bans,
    breaks,
    cover,
    fairness,
    history,
    home,
    max_consecutive,
    max_per_sector,
    no_return_within_two,
    on_duty,
    pins,
    squares,
    start,
)
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

CONSTRAINTS: tuple[Rule, ...] = (
    cover.constrain,
    max_per_sector.constrain,
    no_return_within_two.constrain,
    max_consecutive.constrain,
    fairness.constrain,
)

CLASHES: tuple[Callable[[Problem], list[Clash]], ...] = (
    history.clashes,
    bans.clashes,
    pins.clashes,
    breaks.clashes,
    max_per_sector.clashes,
    no_return_within_two.clashes,
    max_consecutive.clashes,
    cover.clashes,
)

EXPLANATIONS: tuple[Callable[[Outcome], str | None], ...] = (
    fairness.explain,
    cover.explain,
    max_per_sector.explain,
    no_return_within_two.explain,
    max_consecutive.explain,
    on_duty.explain,
    breaks.explain,
    start.explain,
    home.explain,
    squares.explain,
    pins.explain,
    bans.explain,
    history.explain,
)
