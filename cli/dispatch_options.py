"""Options that `demand` and `simulate` share: how calls are dispatched, what is to be small, how heavy the load is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from officers.demand.v1.demand_pb2 import (
    QUEUE_FIRST_COME,
    QUEUE_URGENT_FIRST,
    ROBUSTNESS_NONE,
    ROBUSTNESS_WORST_SECTOR,
    ROBUSTNESS_WORST_SHIFTS,
    TERRITORY_ADJACENT_FIRST,
    TERRITORY_ADJACENT_ONLY,
    TERRITORY_WHOLE_AREA,
    DispatchRules,
    Objective,
)
from serving.errors import InvalidArgument

Command = TypeVar("Command", bound=Callable[..., Any])

MOST_COPIES = 50
TERRITORIES = {
    "whole-area": TERRITORY_WHOLE_AREA,
    "adjacent-first": TERRITORY_ADJACENT_FIRST,
    "adjacent-only": TERRITORY_ADJACENT_ONLY,
}
TERRITORY_TEXTS = {
    TERRITORY_WHOLE_AREA: "the soonest free car goes, wherever its sector",
    TERRITORY_ADJACENT_FIRST: "the soonest free car of the call's sector and those next to it goes, else the soonest",
    TERRITORY_ADJACENT_ONLY: "only cars of the call's sector and those next to it go, else the call waits",
}
QUEUES = {"first-come": QUEUE_FIRST_COME, "urgent-first": QUEUE_URGENT_FIRST}
ROBUSTNESS = {
    "none": ROBUSTNESS_NONE,
    "worst-sector": ROBUSTNESS_WORST_SECTOR,
    "worst-shifts": ROBUSTNESS_WORST_SHIFTS,
}
ROBUSTNESS_TEXTS = {
    ROBUSTNESS_WORST_SECTOR: "the sector that is worst off",
    ROBUSTNESS_WORST_SHIFTS: "the worst tenth of the shifts",
}


def dispatch_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the rules of dispatch; the command gets them as `rules`."""

    @wraps(command)
    def with_rules(
        territory: str, queue: str, send_returning: bool, preempt: bool, patience: float | None, **others: Any
    ) -> Any:
        rules = DispatchRules(
            territory=TERRITORIES[territory],
            queue=QUEUES[queue],
            sends_returning=send_returning,
            preempts=preempt,
            patience_minutes=patience,
        )
        return command(rules=rules, **others)

    return _add(
        with_rules,
        click.option(
            "--territory",
            type=click.Choice(list(TERRITORIES)),
            default="whole-area",
            show_default=True,
            help="Cars that may go to a call: all; those of its sector and next to it first; only those.",
        ),
        click.option(
            "--queue",
            type=click.Choice(list(QUEUES)),
            default="first-come",
            show_default=True,
            help="Which waiting call a car that becomes free takes.",
        ),
        click.option(
            "--send-returning/--no-send-returning", help="Cars on their way back may be sent; default: they may not."
        ),
        click.option("--preempt", is_flag=True, help="Urgent calls may take cars on their way to other calls."),
        click.option(
            "--patience",
            type=click.FloatRange(0),
            help="Minutes after which callers without a car give up; default: never.",
        ),
    )


def objective_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what is to be small; the command gets it as `objective`."""

    @wraps(command)
    def with_objective(robust: str, robust_weight: float | None, urgent_weight: float | None, **others: Any) -> Any:
        if robust_weight is not None and robust == "none":
            others_allowed = " or ".join(name for name in ROBUSTNESS if name != "none")
            raise InvalidArgument("--robust-weight", f"Expected --robust {others_allowed} beside it.")
        objective = Objective(
            robustness=ROBUSTNESS[robust], robust_weight=robust_weight or 0.0, urgent_weight=urgent_weight or 0.0
        )
        return command(objective=objective, **others)

    return _add(
        with_objective,
        click.option(
            "--robust",
            type=click.Choice(list(ROBUSTNESS)),
            default="none",
            show_default=True,
            help="What is held down beside the mean: the sector worst off, or the worst tenth of the shifts.",
        ),
        click.option(
            "--robust-weight",
            type=click.FloatRange(0, 1, min_open=True),
            help="Its share of the whole; default: one half.",
        ),
        click.option(
            "--urgent-weight",
            type=click.FloatRange(0, 1000, min_open=True),
            help="Other calls that an urgent one counts as; default: 1.",
        ),
    )


def copies_option(command: Command) -> Command:
    """Add --copies."""
    option = click.option(
        "--copies",
        type=click.IntRange(1, MOST_COPIES),
        default=1,
        show_default=True,
        help="For a heavier load: so many independent scenarios, or weeks of recorded calls, laid over each other.",
    )
    return option(command)


def rules_text(rules: DispatchRules) -> str:
    """Say in a sentence how calls are dispatched."""
    parts = [
        TERRITORY_TEXTS.get(rules.territory, TERRITORY_TEXTS[TERRITORY_WHOLE_AREA]),
        "urgent calls leave the queue first" if rules.queue == QUEUE_URGENT_FIRST else "waiting calls take turns",
        "cars on their way back may be sent" if rules.sends_returning else "cars drive back before they are sent again",
    ]
    if rules.preempts:
        parts.append("urgent calls may take cars on their way to other calls")
    if rules.HasField("patience_minutes"):
        parts.append(f"callers give up after {rules.patience_minutes:g} minutes without a car")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def objective_text(objective: Objective) -> str:
    """Say in a sentence what is to be small."""
    parts = ["late calls, and a little of the mean response"]
    if objective.urgent_weight:
        parts.append(f"an urgent call counts as {objective.urgent_weight:g} others")
    if objective.robustness in ROBUSTNESS_TEXTS:
        share = f"{objective.robust_weight:.0%}" if objective.robust_weight else "half"
        parts.append(f"{share} of it in {ROBUSTNESS_TEXTS[objective.robustness]}")
    return f"To be small: {'; '.join(parts)}."


def _add(
    command: Callable[..., Any], *options: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command
