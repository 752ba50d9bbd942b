"""What the optimiser makes small."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from scipy.special import expit

from services.demand.arrays import BoolArray, FloatArray
from services.demand.calls import CallSet
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.simulate import Outcome

PSEUDO_CALLS = 20.0
"""Calls at the area's own share of late ones that every sector's share is supplemented by: few calls say little."""
LONGEST_RESPONSE_MINUTES = 720.0
"""Longer responses, and calls never answered, weigh as this one."""
WORST_SHARE = 0.1
"""The worst shifts: this share of the scenarios."""


class Robustness(Enum):
    """What is held down beside the mean."""

    NONE = "mean"
    WORST_SECTOR = "worst sector"
    WORST_SHIFTS = "worst tenth of the shifts"


@dataclass(frozen=True)
class Objective:
    """Weights of what is to be small.

    Parameters
    ----------
    softness_minutes
        A call counts as late by 1 / (1 + exp((target − response) / softness)): calls that were nearly late or nearly in
        time say something too, so that choices hold better on other calls. 0: late or not.
    response_weight
        Share of late calls that a minute of mean response weighs as much as; see `LONGEST_RESPONSE_MINUTES`.
    urgent_weight
        How many other calls an urgent one counts as.
    robustness, robust_weight
        What share the robust part has of the whole, 0 to 1.
    """

    softness_minutes: float = 5.0
    response_weight: float = 0.001
    urgent_weight: float = 1.0
    robustness: Robustness = Robustness.NONE
    robust_weight: float = 0.5

    def __post_init__(self) -> None:
        if not (self.softness_minutes >= 0 and self.response_weight >= 0 and self.urgent_weight > 0):
            raise ValueError("Expected softness_minutes and response_weight of at least 0, urgent_weight above 0.")
        if not 0 <= self.robust_weight <= 1:
            raise ValueError(f"Expected robust_weight of 0 to 1, got {self.robust_weight}.")


class Penalty:
    """The objective on one call set.

    Parameters
    ----------
    objective
        What is to be small.
    case
        The calls that outcomes are of; those that do not count weigh nothing.
    """

    def __init__(self, objective: Objective, case: DispatchCase) -> None:
        self._objective, self._calls, self._counted = objective, case.calls, case.counted
        self.counted_calls = int(self._counted.sum())
        weights = np.where(case.calls.urgent, objective.urgent_weight, 1.0) * self._counted
        self._weights: FloatArray = weights * (self.counted_calls / weights.sum()) if self.counted_calls else weights

    def losses(self, outcome: Outcome) -> FloatArray:
        """Return what each call adds to the mean, shape (n_calls,): lateness and response, weighted.

        A call that is never answered counts as one answered at the last: answering it late must not look worse.
        """
        response = np.minimum(outcome.response_minutes, LONGEST_RESPONSE_MINUTES)
        losses: FloatArray = self._weights * (self._lateness(outcome) + self._objective.response_weight * response)
        return losses

    def of(self, outcome: Outcome) -> float:
        """Return what is to be small; 0 without calls."""
        if not self.counted_calls:
            return 0.0
        losses, robust = self.losses(outcome), self._objective.robust_weight
        mean = float(losses.sum() / self.counted_calls)
        if self._objective.robustness is Robustness.NONE:
            return mean
        worst = _worst_sector if self._objective.robustness is Robustness.WORST_SECTOR else _worst_shifts
        return (1 - robust) * mean + robust * worst(self._calls, losses, self._counted)

    def _lateness(self, outcome: Outcome) -> FloatArray:
        late_minutes = outcome.response_minutes - outcome.target_minutes
        if self._objective.softness_minutes == 0:
            return (late_minutes > 0).astype(np.float64)
        lateness: FloatArray = expit(late_minutes / self._objective.softness_minutes)
        return lateness


def _worst_sector(calls: CallSet, losses: FloatArray, counted: BoolArray) -> float:
    """Return the mean loss of the counted calls of the sector that is worst off."""
    counts = np.bincount(calls.sector, weights=counted)
    totals = np.bincount(calls.sector, weights=losses)
    shares = (totals + PSEUDO_CALLS * losses.sum() / counts.sum()) / (counts + PSEUDO_CALLS)
    return float(shares.max())


def _worst_shifts(calls: CallSet, losses: FloatArray, counted: BoolArray) -> float:
    """Return the mean loss per usual number of counted calls in the worst tenth of scenarios.

    This is the conditional value at risk.
    """
    totals = np.sort(np.bincount(calls.scenario, weights=losses, minlength=calls.scenario_count))
    count = max(1, round(WORST_SHARE * len(totals)))
    return float(totals[-count:].mean() * calls.scenario_count / counted.sum())
