"""Replays a case against a placement and says how each call was answered."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, FloatArray
from services.demand.simulator.case import DispatchCase, Placement
from services.demand.simulator.kernel import ANSWER, CALL, CAR, NEVER, Times, replay


@dataclass(frozen=True, eq=False)
class Outcome:
    """How calls were answered.

    Parameters
    ----------
    response_minutes
        From the call to the arrival of its first car; infinite: never. Shape (n_calls,).
    target_minutes
        Shape (n_calls,).
    busy_minutes
        Car minutes on calls, on duty and within the span, of all scenarios.
    duty_minutes
        Car minutes on duty, of all scenarios.
    """

    response_minutes: FloatArray
    target_minutes: FloatArray
    busy_minutes: float
    duty_minutes: float

    @property
    def answered(self) -> BoolArray:
        """True for calls that a car reached at all; shape (n_calls,)."""
        return np.isfinite(self.response_minutes)

    @property
    def within_target(self) -> BoolArray:
        """True for calls whose first car came in time; shape (n_calls,)."""
        in_time: BoolArray = self.response_minutes <= self.target_minutes
        return in_time

    @property
    def failure_rate(self) -> float:
        """Share of the calls answered late or never; 0 without calls."""
        return float(1 - self.within_target.mean()) if len(self.response_minutes) else 0.0

    @property
    def mean_response_minutes(self) -> float:
        """Mean response of the answered calls; NaN without any."""
        return float(self.response_minutes[self.answered].mean()) if self.answered.any() else float("nan")


class Simulator:
    """Replays one case against any number of placements.

    Parameters
    ----------
    case
        The calls and the travel to them.
    """

    def __init__(self, case: DispatchCase) -> None:
        calls = case.calls
        self.case = case
        self._calls = np.zeros(calls.call_count, CALL)
        self._calls["minute"] = calls.minute
        self._calls["service_minutes"] = calls.service_minutes
        self._calls["cars_required"] = calls.cars_required
        self._calls["reachable"] = case.reachable
        self._driving = np.stack((case.to_call_minutes, case.from_call_minutes), axis=1)
        self._between = np.ascontiguousarray(case.between_minutes)

    def simulate(self, placement: Placement) -> Outcome:
        """Dispatch every call by the rules of :mod:`services.demand.simulator.kernel`."""
        calls = self.case.calls
        cars = np.zeros(placement.sectors.shape[1], CAR)
        answers = np.zeros(calls.call_count, ANSWER)
        answers["response_minutes"] = NEVER
        replay(
            calls.first_call,
            self._calls,
            self._driving,
            self._between,
            np.ascontiguousarray(placement.sectors),
            Times(float(placement.period_minutes), calls.span_minutes),
            cars,
            answers,
        )
        return Outcome(
            response_minutes=answers["response_minutes"].copy(),
            target_minutes=calls.target_minutes,
            busy_minutes=float(cars["busy_minutes"].sum()),
            duty_minutes=placement.duty_minutes * calls.scenario_count,
        )
