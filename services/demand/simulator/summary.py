"""Sums an outcome up: shares within target, response times, sectors, scenarios."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import FloatArray
from services.demand.calls import CallSet
from services.demand.simulator.simulate import Outcome


@dataclass(frozen=True)
class SectorSummary:
    """How the calls of one sector were answered; None: no call of it was."""

    sector_id: str
    calls: int
    within_target: int
    mean_response_minutes: float | None


@dataclass(frozen=True, eq=False)
class Summary:
    """How the calls of a call set were answered.

    Parameters
    ----------
    share_within_target
        None without calls; the response times are None without answered calls.
    never_answered
        Calls that no car reached.
    utilisation
        Car minutes busy over car minutes on duty; 0 where no car is on duty.
    scenario_shares_within_target
        Shape (n_scenarios,); NaN where a scenario has no calls.
    """

    calls: int
    within_target: int
    share_within_target: float | None
    mean_response_minutes: float | None
    median_response_minutes: float | None
    p90_response_minutes: float | None
    never_answered: int
    utilisation: float
    sectors: tuple[SectorSummary, ...]
    scenario_shares_within_target: FloatArray
    urgent_calls: int
    urgent_within_target: int


def summarise(calls: CallSet, sector_ids: tuple[str, ...], outcome: Outcome) -> Summary:
    """Sum up how `calls` were answered, in total, by sector and by scenario."""
    in_time = outcome.within_target
    answered_minutes = outcome.response_minutes[outcome.answered]
    median, p90 = _percentiles(answered_minutes, (50, 90))
    return Summary(
        calls=calls.call_count,
        within_target=int(in_time.sum()),
        share_within_target=float(in_time.mean()) if calls.call_count else None,
        mean_response_minutes=_mean(answered_minutes),
        median_response_minutes=median,
        p90_response_minutes=p90,
        never_answered=int(calls.call_count - outcome.answered.sum()),
        utilisation=outcome.utilisation,
        sectors=tuple(_summarise_sector(calls, outcome, index, name) for index, name in enumerate(sector_ids)),
        scenario_shares_within_target=_shares(calls, outcome),
        urgent_calls=int(calls.urgent.sum()),
        urgent_within_target=int((calls.urgent & in_time).sum()),
    )


def _summarise_sector(calls: CallSet, outcome: Outcome, index: int, sector_id: str) -> SectorSummary:
    here = calls.sector == index
    return SectorSummary(
        sector_id=sector_id,
        calls=int(here.sum()),
        within_target=int((here & outcome.within_target).sum()),
        mean_response_minutes=_mean(outcome.response_minutes[here & outcome.answered]),
    )


def _shares(calls: CallSet, outcome: Outcome) -> FloatArray:
    counts = np.diff(calls.first_call)
    in_time = np.bincount(calls.scenario, weights=outcome.within_target, minlength=calls.scenario_count)
    shares = np.full(calls.scenario_count, np.nan)
    np.divide(in_time, counts, out=shares, where=counts > 0)
    return shares


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None


def _percentiles(values: FloatArray, ranks: tuple[int, int]) -> tuple[float | None, float | None]:
    if not len(values):
        return None, None
    low, high = np.percentile(values, ranks)
    return float(low), float(high)
