"""The plan beside the simple rules: what is better, what is not, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cli.outcome import ShiftOutcome
from officers.demand.v1.demand_pb2 import SimulationResult

ALL_ANSWERED_SHARE = 0.9995
NORMAL_QUANTILE_975 = 1.959964
DEPLOYMENT_TITLES = ("Plan", "One per sector", "Proportional")
EITHER_RULE = "with either simple rule, which place the cars alike here"
RULE_PHRASES = {"One per sector": "with one car per sector", "Proportional": "with cars in proportion to past calls"}


@dataclass(frozen=True)
class ComparisonRow:
    """One deployment on one set of calls; minutes and shares are None where there were no calls."""

    title: str
    is_plan: bool
    calls: int
    within_target: int
    share: float | None
    mean_minutes: float | None
    median_minutes: float | None
    p90_minutes: float | None
    urgent_share: float | None
    never_answered: int
    utilisation: float
    difference: "Difference | None"


@dataclass(frozen=True)
class Difference:
    """Plan minus this deployment, share within target, paired by scenario, with a 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """ "better", "worse" or "equal" as far as the scenarios can tell."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "equal"


@dataclass(frozen=True)
class Comparison:
    """What the comparison template draws for one shift."""

    scenario_count: int
    scenarios: tuple[ComparisonRow, ...]
    recorded: tuple[ComparisonRow, ...]
    axis_from: float
    headline: str
    recorded_line: str


def compare(shift: ShiftOutcome) -> Comparison:
    """Compare the plan of one shift with both simple rules, on held-out scenarios and on the recorded calls."""
    scenarios = compare_rows(shift.plan.result.simulations, paired=True)
    recorded = compare_rows(shift.replay.results, paired=False)
    shares = [row.share for row in (*scenarios, *recorded) if row.share is not None]
    return Comparison(
        scenario_count=shift.plan.result.test_calls.scenario_count,
        scenarios=scenarios,
        recorded=recorded,
        axis_from=_axis_from(shares),
        headline=scenario_sentence(scenarios),
        recorded_line=recorded_sentence(recorded),
    )


def compare_rows(results: Sequence[SimulationResult], paired: bool) -> tuple[ComparisonRow, ...]:
    """Rows in the order of the results, the plan first; differences only where scenarios pair them."""
    return tuple(
        _row(title, result, index == 0, _difference(results[0], result) if paired and index else None)
        for index, (title, result) in enumerate(zip(DEPLOYMENT_TITLES, results, strict=True))
    )


def scenario_sentence(rows: Sequence[ComparisonRow]) -> str:
    """One honest sentence about the plan on held-out scenarios."""
    plan, *rules = rows
    if plan.share is None or not rules:
        return "The held-out scenarios hold no calls, so nothing can be said about response times."
    if min(row.share or 0.0 for row in rows) >= ALL_ANSWERED_SHARE:
        return _all_answered_sentence(plan, rules)
    opening = f"On held-out scenarios {plan.share:.1%} of calls get a car within their target"
    if all(rule.difference is not None and rule.difference.verdict == "equal" for rule in rules):
        others = ", ".join(f"{rule.share:.1%} {RULE_PHRASES[rule.title]}" for rule in rules)
        return f"{opening}, not clearly more or fewer than with the simple rules ({others})."
    if len({(rule.within_target, rule.difference) for rule in rules}) == 1:
        return f"{opening}: {_against(rules[0], EITHER_RULE)}."  # with few cars both rules place them alike
    return f"{opening}: {', and '.join(_against(rule, RULE_PHRASES[rule.title]) for rule in rules)}."


def recorded_sentence(rows: Sequence[ComparisonRow]) -> str:
    """One honest sentence about the calls that really came."""
    plan, *rules = rows
    if not plan.calls:
        return "No call was recorded in this shift, so it says nothing about the plan."
    others = ", ".join(f"{rule.within_target} {RULE_PHRASES[rule.title]}" for rule in rules)
    noun = "call" if plan.calls == 1 else "calls"
    return (
        f"Of the {plan.calls} {noun} really recorded, {plan.within_target} would have met the target under the plan"
        f" ({others}). One shift is far too little to rank them."
    )


def _all_answered_sentence(plan: ComparisonRow, rules: Sequence[ComparisonRow]) -> str:
    """Where targets tell nothing apart, say so, and compare the mean response."""
    others = " and ".join(f"{rule.mean_minutes:.1f} {RULE_PHRASES[rule.title]}" for rule in rules)
    return (
        "The shift has more cars than these calls need: practically every call gets a car within its target, wherever "
        f"the cars stand. The mean response is {plan.mean_minutes:.1f} minutes with the plan, {others}."
    )


def _against(rule: ComparisonRow, phrase: str) -> str:
    if rule.difference is None:
        return f"too few scenarios to compare it {phrase}"
    points = abs(rule.difference.mean) * 100
    match rule.difference.verdict:
        case "better":
            return f"{points:.1f} points more than {phrase}"
        case "worse":
            return f"{points:.1f} points fewer than {phrase}"
        case _:
            return f"not clearly more or fewer than {phrase}"


def _row(title: str, result: SimulationResult, is_plan: bool, difference: Difference | None) -> ComparisonRow:
    return ComparisonRow(
        title=title,
        is_plan=is_plan,
        calls=result.calls,
        within_target=result.within_target,
        share=_optional(result, "share_within_target"),
        mean_minutes=_optional(result, "mean_response_minutes"),
        median_minutes=_optional(result, "median_response_minutes"),
        p90_minutes=_optional(result, "p90_response_minutes"),
        urgent_share=result.urgent_within_target / result.urgent_calls if result.urgent_calls else None,
        never_answered=result.never_answered,
        utilisation=result.utilisation,
        difference=difference,
    )


def _optional(result: SimulationResult, field: str) -> float | None:
    return float(getattr(result, field)) if result.HasField(field) else None  # type: ignore[arg-type]


def _difference(plan: SimulationResult, rule: SimulationResult) -> Difference | None:
    """Paired difference of the scenarios' shares with a normal 95 % interval; None below two common scenarios."""
    gains = np.array(plan.scenario_shares_within_target) - np.array(rule.scenario_shares_within_target)
    gains = gains[np.isfinite(gains)]
    if len(gains) < 2:
        return None
    half_width = NORMAL_QUANTILE_975 * float(gains.std(ddof=1)) / math.sqrt(len(gains))
    mean = float(gains.mean())
    return Difference(mean, mean - half_width, mean + half_width)


def _axis_from(shares: Sequence[float]) -> float:
    """A round left end of the share axis that leaves room on the left of the lowest share."""
    return max(0.0, math.floor((min(shares, default=0.0) - 0.02) * 10) / 10)
