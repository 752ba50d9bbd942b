"""Sums an outcome up: shares within target, response times, sectors, priorities, hours, scenarios."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, FloatArray
from services.demand.intervals import Interval, rate_interval
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.simulate import Outcome

PSEUDO_CALLS = 20.0
"""Calls at the mean share that every sector's share counts besides, when the worst sector is looked for."""
HOUR_MINUTES = 60.0


@dataclass(frozen=True)
class Part:
    """How some of the calls were answered; None: none of them was.

    Parameters
    ----------
    calls, within_target
        How many, and how many of them in time.
    """

    calls: int
    within_target: int
    mean_response_minutes: float | None
    median_response_minutes: float | None
    p90_response_minutes: float | None

    @property
    def share_within_target(self) -> float | None:
        """None without calls."""
        return self.within_target / self.calls if self.calls else None


@dataclass(frozen=True, eq=False)
class Summary:
    """How the counted calls of a call set were answered.

    Parameters
    ----------
    whole, urgent, other
        All calls, and those of each priority.
    sectors
        By sector, in the area's order.
    hours
        By hour of the span.
    never_answered
        Calls that no car reached.
    share_waiting
        Share of the calls that no car was sent to at once; None without calls.
    mean_waiting_minutes
        Until the first car was sent; None where none was.
    mean_queue_length
        Calls waiting for their first car, on average over the span that counts: their minutes within it over its
        minutes (Little's law). Callers who give up wait until then; calls that no road leads to do not wait.
    worst_sector
        Position of the sector with the lowest share in time, few calls drawn to the mean; None without calls.
    utilisation
        Car minutes busy over car minutes on duty; 0 where no car is on duty.
    car_hours
        On duty, per scenario.
    failure_rate
        Share of the calls late or never answered, with an interval over scenarios; None without calls.
    scenario_failures, scenario_calls
        Shape (n_scenarios,).
    """

    whole: Part
    urgent: Part
    other: Part
    sectors: tuple[Part, ...]
    hours: tuple[Part, ...]
    never_answered: int
    share_waiting: float | None
    mean_waiting_minutes: float | None
    mean_queue_length: float
    worst_sector: int | None
    utilisation: float
    car_hours: float
    diversions: int
    moves: int
    failure_rate: Interval | None
    scenario_failures: FloatArray
    scenario_calls: FloatArray

    @property
    def scenario_shares_within_target(self) -> FloatArray:
        """Shape (n_scenarios,); NaN where a scenario has no calls."""
        shares = np.full(len(self.scenario_calls), np.nan)
        counts = self.scenario_calls
        np.divide(counts - self.scenario_failures, counts, out=shares, where=counts > 0)
        return shares


def summarise(case: DispatchCase, outcome: Outcome, seed: int = 0) -> Summary:
    """Sum up how the counted calls were answered; `seed` is that of the intervals."""
    calls, counted = case.calls, outcome.counted
    hours = ((calls.minute - case.score_from_minute) // HOUR_MINUTES).astype(np.int64)
    hour_count = int(np.ceil((calls.span_minutes - case.score_from_minute) / HOUR_MINUTES))
    failures = _by_scenario(case, counted & ~outcome.within_target)
    totals = _by_scenario(case, counted)
    sectors = tuple(_part(outcome, counted & (calls.sector == sector)) for sector in range(case.sector_count))
    waited = outcome.waiting_minutes[counted]
    sent = waited[np.isfinite(waited)]
    return Summary(
        whole=_part(outcome, counted),
        urgent=_part(outcome, counted & calls.urgent),
        other=_part(outcome, counted & ~calls.urgent),
        sectors=sectors,
        hours=tuple(_part(outcome, counted & (hours == hour)) for hour in range(hour_count)),
        never_answered=int((counted & ~outcome.answered).sum()),
        share_waiting=float((waited > 0).mean()) if len(waited) else None,
        mean_waiting_minutes=_mean(sent),
        mean_queue_length=_queue_length(case, outcome),
        worst_sector=_worst(sectors),
        utilisation=outcome.utilisation,
        car_hours=outcome.duty_minutes / HOUR_MINUTES / calls.scenario_count,
        diversions=outcome.diversions,
        moves=outcome.moves,
        failure_rate=rate_interval(failures, totals, seed),
        scenario_failures=failures,
        scenario_calls=totals,
    )


def _queue_length(case: DispatchCase, outcome: Outcome) -> float:
    calls, first = case.calls, case.score_from_minute
    waiting = np.where(case.reachable, np.minimum(outcome.waiting_minutes, outcome.patience_minutes), 0.0)
    within_span = np.minimum(calls.minute + waiting, calls.span_minutes) - np.maximum(calls.minute, first)
    return float(np.maximum(within_span, 0.0).sum() / ((calls.span_minutes - first) * calls.scenario_count))


def _part(outcome: Outcome, chosen: BoolArray) -> Part:
    minutes = outcome.response_minutes[chosen & outcome.answered]
    median, p90 = np.percentile(minutes, (50, 90)).tolist() if len(minutes) else (None, None)
    return Part(int(chosen.sum()), int((chosen & outcome.within_target).sum()), _mean(minutes), median, p90)


def _worst(sectors: tuple[Part, ...]) -> int | None:
    calls, within = (np.array([getattr(part, name) for part in sectors], float) for name in ("calls", "within_target"))
    if not calls.any():
        return None
    shares = (within + PSEUDO_CALLS * within.sum() / calls.sum()) / (calls + PSEUDO_CALLS)
    return int(np.argmin(np.where(calls > 0, shares, np.inf)))


def _by_scenario(case: DispatchCase, chosen: BoolArray) -> FloatArray:
    return np.bincount(case.calls.scenario, chosen, case.calls.scenario_count).astype(np.float64)


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None
