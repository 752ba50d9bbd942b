"""Replays a case against a placement and says how each call was answered."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.kernel import replay
from services.demand.simulator.order import order_sectors
from services.demand.simulator.placement import Placement
from services.demand.simulator.records import (
    ANSWER,
    CALL,
    CAR,
    DIVERTED,
    MOVED,
    N_COUNTS,
    NEVER,
    RANKS,
    TO,
    Fleet,
    Rules,
    World,
)
from services.demand.simulator.rules import DEFAULT_RULES, DispatchRules, Queue, Territory
from services.demand.simulator.stationing import Stationing
from serving.errors import FailedPrecondition


@dataclass(frozen=True, eq=False)
class Outcome:
    """How calls were answered.

    Parameters
    ----------
    response_minutes
        From the call to the arrival of its first car; infinite: never. Shape (n_calls,).
    waiting_minutes
        From the call to the sending of its first car, even if that was diverted later; infinite: never. Shape
        (n_calls,).
    target_minutes
        Shape (n_calls,).
    counted
        Whether a call counts in rates and means, shape (n_calls,).
    car_busy_minutes
        Minutes on calls, on duty and within the span, of all scenarios; shape (n_cars,).
    duty_minutes
        Car minutes on duty, of all scenarios.
    diversions
        Cars that were taken from their way to a call, of all scenarios.
    moves
        Free cars that were sent to another sector than they stood in or drove to, of all scenarios.
    patience_minutes
        After which callers gave up to whom no car had been sent; infinite: never.
    """

    response_minutes: FloatArray
    waiting_minutes: FloatArray
    target_minutes: FloatArray
    counted: BoolArray
    car_busy_minutes: FloatArray
    duty_minutes: float
    diversions: int = 0
    moves: int = 0
    patience_minutes: float = float("inf")

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
        """Share of the counted calls answered late or never; 0 without calls."""
        return float(1 - self.within_target[self.counted].mean()) if self.counted.any() else 0.0

    @property
    def mean_response_minutes(self) -> float:
        """Mean response of the counted calls that were answered; NaN without any."""
        seen = self.answered & self.counted
        return float(self.response_minutes[seen].mean()) if seen.any() else float("nan")

    @property
    def busy_minutes(self) -> float:
        """Car minutes on calls, on duty and within the span, of all scenarios."""
        return float(self.car_busy_minutes.sum())

    @property
    def utilisation(self) -> float:
        """Car minutes on calls over car minutes on duty; 0 where no car is on duty."""
        return self.busy_minutes / self.duty_minutes if self.duty_minutes else 0.0


class Simulator:
    """Replays one case under one set of rules against any number of placements.

    Parameters
    ----------
    case
        The calls and the travel to them.
    rules
        How calls are dispatched.
    stationing
        How free cars are moved; None: they follow their timetable.
    """

    def __init__(
        self, case: DispatchCase, rules: DispatchRules = DEFAULT_RULES, stationing: Stationing | None = None
    ) -> None:
        self._miss = np.ascontiguousarray(stationing.miss, np.float64) if stationing else np.ones((1, 1))
        self._demand = np.ascontiguousarray(stationing.shares, np.float64) if stationing else np.ones((1, 1))
        self.case, self.rules = case, rules
        self._most_moves_per_hour = stationing.most_moves_per_hour if stationing else 0
        self._calls = _call_records(case, rules)
        self._own = own_sectors(case, rules)
        self._team = np.zeros(case.sector_count, np.int64)
        if case.team_of_sector is not None:
            self._team[:] = case.team_of_sector
        self._driving = np.stack((case.to_call_minutes, case.from_call_minutes), axis=1).astype(np.float32, order="C")
        self._order = order_sectors(self._driving[:, TO], case.calls.sector, self._own)
        self._kernel_rules = Rules(
            own_only=rules.territory is Territory.ADJACENT_ONLY,
            sends_returning=rules.sends_returning,
            preempts=rules.preempts,
            patience_minutes=float(rules.patience_minutes),
            mobilisation_minutes=float(case.mobilisation_minutes),
            score_from_minute=float(case.score_from_minute),
            span_minutes=float(case.calls.span_minutes),
            stations_freely=stationing is not None,
            horizon_minutes=float(stationing.horizon_minutes) if stationing else 1.0,
            least_gain=float(stationing.least_gain) if stationing else 0.0,
            rest_minutes=float(stationing.rest_minutes) if stationing else 0.0,
            block_minutes=float(stationing.block_minutes) if stationing else 1.0,
        )

    def simulate(self, placement: Placement) -> Outcome:
        """Dispatch every call by the rules of :mod:`services.demand.simulator.kernel`."""
        calls = self.case.calls
        fleet = _fleet(placement, calls.call_count, self.case.sector_count, self._most_moves_per_hour)
        replay(calls.first_call, self._world(placement), self._kernel_rules, fleet)
        return Outcome(
            response_minutes=fleet.answers["response_minutes"].copy(),
            waiting_minutes=fleet.answers["waiting_minutes"].copy(),
            target_minutes=calls.target_minutes,
            counted=self.case.counted,
            car_busy_minutes=fleet.cars["busy_minutes"].copy(),
            duty_minutes=placement.duty_minutes(self.case.score_from_minute, calls.span_minutes) * calls.scenario_count,
            diversions=int(fleet.counts[DIVERTED]),
            moves=int(fleet.counts[MOVED]),
            patience_minutes=self.rules.patience_minutes,
        )

    def _world(self, placement: Placement) -> World:
        case = self.case
        return World(
            calls=self._calls,
            order=self._order,
            driving=self._driving,
            between=np.ascontiguousarray(case.between_minutes),
            own=self._own,
            own_count=self._own.sum(axis=1),
            x_km=np.ascontiguousarray(case.sector_km[:, 0]),
            y_km=np.ascontiguousarray(case.sector_km[:, 1]),
            normal_minutes_per_km=float(case.normal_minutes_per_km),
            first_station=placement.first_stations,
            first_sector=placement.first_sectors,
            busy_until=np.zeros(placement.car_count) if placement.busy_until is None else placement.busy_until,
            changes=placement.changes,
            miss=self._miss,
            demand=self._demand,
            team=self._team,
        )


def own_sectors(case: DispatchCase, rules: DispatchRules) -> BoolArray:
    """Return whether a car of the column's sector counts as own for a call in the row's."""
    if rules.territory is Territory.WHOLE_AREA:
        return np.ones((case.sector_count, case.sector_count), bool)
    if case.adjacent is None:
        message = "The area was imported before neighbours of sectors were known; import it anew."
        raise FailedPrecondition("NEIGHBOURS_UNKNOWN", message)
    return case.adjacent


def _call_records(case: DispatchCase, rules: DispatchRules) -> np.ndarray:
    calls = case.calls
    records = np.zeros(calls.call_count, CALL)
    records["minute"] = calls.minute
    records["service_minutes"] = calls.service_minutes
    records["target_minutes"] = calls.target_minutes
    records["x_km"], records["y_km"] = case.call_km.T
    records["minutes_per_km"] = case.minutes_per_km
    records["sector"] = calls.sector
    records["cars_required"] = np.where(case.reachable, calls.cars_required, 0)
    records["urgent"] = calls.urgent
    if rules.queue is Queue.URGENT_FIRST:
        records["rank"], records["further_rank"] = ~calls.urgent, RANKS - 1
    records["needs"] = calls.needs
    return records


def _fleet(placement: Placement, call_count: int, sector_count: int, most_moves_per_hour: int) -> Fleet:
    cars = np.zeros(placement.car_count, CAR)
    if placement.skills is not None:
        cars["skills"] = placement.skills
    answers = np.zeros(call_count, ANSWER)
    answers["response_minutes"] = answers["waiting_minutes"] = NEVER
    counts: IntArray = np.zeros(N_COUNTS, np.int64)
    return Fleet(
        cars=cars,
        answers=answers,
        idle=np.zeros(sector_count, np.int64),
        free=np.zeros(sector_count, np.int64),
        moving=np.zeros(placement.car_count, np.int64),
        heap=np.zeros(placement.car_count, np.int64),
        queue=np.zeros((2, RANKS), np.int64),
        uncovered=np.zeros(sector_count),
        added=np.zeros(sector_count),
        recent_moves=np.zeros(most_moves_per_hour),
        counts=counts,
    )
