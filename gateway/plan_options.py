"""The options of a plan: defaults and limits, as documented in ``officers.gateway.v1.PlanOptions``."""

import math
from collections.abc import Iterator

from gateway.seeds import derive_seed
from officers.demand.v1.demand_pb2 import (
    QUEUE_FIRST_COME,
    ROBUSTNESS_NONE,
    TERRITORY_WHOLE_AREA,
    Queue,
    Robustness,
    Territory,
)
from officers.gateway.v1.gateway_pb2 import PlanOptions
from officers.routes.v1.routes_pb2 import REWARD_GI_STAR, Reward
from officers.scheduler.v1.scheduler_pb2 import (
    ENGINE_AUTO,
    PRESENCE_RULE_MAX_CONSECUTIVE,
    PRESENCE_RULE_NONE,
    Engine,
    PresenceRule,
)

DEFAULTS = {
    "training_scenario_count": 200,
    "validation_scenario_count": 200,
    "test_scenario_count": 200,
    "block_minutes": 120,
    "period_minutes": 60,
    "presence_rule": PRESENCE_RULE_NONE,
    "demand_time_limit_seconds": 60.0,
    "routes_per_sector": 5,
    "route_budget_minutes": 10.0,
    "route_reward": REWARD_GI_STAR,
}
SOLVE_DEFAULTS = {"engine": ENGINE_AUTO, "time_limit_seconds": 60.0, "penalty_trials": 20}
RULES_DEFAULTS = {"territory": TERRITORY_WHOLE_AREA, "queue": QUEUE_FIRST_COME}
OBJECTIVE_DEFAULTS = {"robustness": ROBUSTNESS_NONE, "robust_weight": 0.5, "urgent_weight": 1.0}

LARGEST = {
    "training_scenario_count": 10_000,
    "validation_scenario_count": 10_000,
    "test_scenario_count": 10_000,
    "block_minutes": 1440,
    "period_minutes": 1440,
    "max_consecutive": 1000,
    "max_per_sector": 1000,
    "demand_time_limit_seconds": 3600,
    "routes_per_sector": 100,
    "route_budget_minutes": 720,
}
SMALLEST = {"route_budget_minutes": 0.01}
SOLVE_LARGEST = {"time_limit_seconds": 3600, "penalty_trials": 1000}
OBJECTIVE_LARGEST = {"robust_weight": 1, "urgent_weight": 1000}

PERIOD_STEP_MINUTES = 15

Violation = tuple[str, str]


def fill_defaults(options: PlanOptions) -> PlanOptions:
    """Return the options with a value for everything that is zero and has a default."""
    filled = PlanOptions()
    filled.CopyFrom(options)
    parts = (
        (filled, DEFAULTS),
        (filled.solve_options, SOLVE_DEFAULTS),
        (filled.rules, RULES_DEFAULTS),
        (filled.objective, OBJECTIVE_DEFAULTS),
    )
    for message, defaults in parts:
        for field, value in defaults.items():
            if not getattr(message, field):
                setattr(message, field, value)
    if not filled.solve_options.seed:
        filled.solve_options.seed = derive_seed(filled.seed, "schedule")
    return filled


def find_violations(options: PlanOptions, shift_minutes: int) -> Iterator[Violation]:
    """Yield what is wrong with filled options for a shift, as (field, what is allowed)."""
    for field, largest in LARGEST.items():
        yield from _check_range(f"options.{field}", getattr(options, field), largest, SMALLEST.get(field, 0))
    for field, largest in SOLVE_LARGEST.items():
        yield from _check_range(f"options.solve_options.{field}", getattr(options.solve_options, field), largest)
    for field, seed in (("seed", options.seed), ("solve_options.seed", options.solve_options.seed)):
        if seed < 0:
            yield f"options.{field}", f"Expected at least 0, got {seed}."
    for field, largest in OBJECTIVE_LARGEST.items():
        yield from _check_range(f"options.objective.{field}", getattr(options.objective, field), largest)
    yield from _check_enums(options)
    yield from _check_patience(options)
    yield from _check_presence(options)
    yield from _check_periods(options, shift_minutes)


def _check_range(field: str, value: float, largest: float, smallest: float = 0) -> Iterator[Violation]:
    if not math.isfinite(value) or not smallest <= value <= largest:
        yield field, f"Expected {smallest} to {largest}, got {value:g}."


def _check_enums(options: PlanOptions) -> Iterator[Violation]:
    checked = (
        ("presence_rule", options.presence_rule, PresenceRule),
        ("route_reward", options.route_reward, Reward),
        ("solve_options.engine", options.solve_options.engine, Engine),
        ("rules.territory", options.rules.territory, Territory),
        ("rules.queue", options.rules.queue, Queue),
        ("objective.robustness", options.objective.robustness, Robustness),
    )
    for field, value, kind in checked:
        if value not in kind.values():
            names = ", ".join(name for name in kind.keys() if not name.endswith("_UNSPECIFIED"))  # noqa: SIM118
            yield f"options.{field}", f"Expected one of {names}, got {value}."


def _check_patience(options: PlanOptions) -> Iterator[Violation]:
    patience = options.rules.patience_minutes
    if not patience >= 0:
        yield "options.rules.patience_minutes", f"Expected at least 0 minutes, or unset for ever, got {patience:g}."


def _check_presence(options: PlanOptions) -> Iterator[Violation]:
    if options.presence_rule == PRESENCE_RULE_MAX_CONSECUTIVE and options.max_consecutive == 0:
        yield "options.max_consecutive", "Expected at least 1 for PRESENCE_RULE_MAX_CONSECUTIVE."


def _check_periods(options: PlanOptions, shift_minutes: int) -> Iterator[Violation]:
    period_minutes = options.period_minutes
    if period_minutes <= 0:
        return  # reported by its range
    if period_minutes % PERIOD_STEP_MINUTES:
        yield "options.period_minutes", f"Expected a multiple of {PERIOD_STEP_MINUTES}, got {period_minutes}."
    if shift_minutes % period_minutes:
        allowed = f"Expected a divisor of the shift's {shift_minutes} minutes"
        yield "options.period_minutes", f"{allowed}, got {period_minutes}."
    if options.block_minutes % period_minutes:
        allowed = f"Expected a multiple of the period's {period_minutes} minutes"
        yield "options.block_minutes", f"{allowed}, got {options.block_minutes}."
