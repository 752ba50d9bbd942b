"""What the place of cars alone is worth: plans of every shift against cars kept still."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from cli.backtest.jobs import Result
from cli.demand_bench.data import BenchData, OpenData, ShiftCalls
from cli.demand_bench.jobs import PastPlan, ShiftPlan
from cli.demand_bench.timeline import Measured, ShiftCars, measure, place_shifts
from services.demand.allotment import share_equally, share_in_proportion
from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules
from services.demand.simulator.simulate import Outcome, Simulator
from services.demand.superpose import DAY_MINUTES

ONE, PROPORTIONAL, STATIC, PLAN = "one per sector", "proportional", "static optimum of the past", "plan"
STATIC_VARIED, STANDING = "static, of the varied past", "by block, of the varied past"
BASELINES = (ONE, PROPORTIONAL, STATIC)
DAY_START_MINUTE, DAY_END_MINUTE = 480, 1200
SATURDAY = 5


@dataclass(frozen=True)
class Pasts:
    """Plans from the past for every kind of shift, as it was recorded and varied."""

    as_recorded: Sequence[Result]
    varied: Sequence[Result]


@dataclass(frozen=True)
class LocationStudy:
    """Cars in the same number all the time, dispatched by some rules."""

    title: str
    rules: DispatchRules
    cars: int
    block_minutes: int
    seed: int

    def past_jobs(self, data: BenchData, varies: bool) -> list[PastPlan]:
        """Return a plan from the past, varied or as it was, for every kind of shift."""
        return [
            PastPlan(data, start, minutes, self.rules, self.cars, self.block_minutes, self.seed, varies)
            for start, minutes in kinds_of_shifts(data)
        ]

    def plan_jobs(self, data: BenchData, varied: Sequence[Result]) -> list[ShiftPlan]:
        """Return a plan for every shift, with the plan from the varied past to start from besides."""
        standing = dict(zip(kinds_of_shifts(data), varied, strict=True))
        return [
            ShiftPlan(
                data,
                shift,
                self.rules,
                self.cars,
                self.block_minutes,
                tuple(map(tuple, standing[_kind(shift)]["cars"])),
                self.seed,
            )
            for shift in data.shifts
        ]

    def outcomes(
        self, opened: OpenData, case: DispatchCase, pasts: Pasts, plans: Sequence[Result]
    ) -> dict[str, Outcome]:
        """Replay the days to report on against every deployment; outcomes by name."""
        by_kind, shifts = dict(zip(kinds_of_shifts(opened.data), pasts.varied, strict=True)), opened.data.shifts
        deployments = self.still_shifts(opened, pasts.as_recorded)
        still, by_block = ([by_kind[_kind(shift)][name] for shift in shifts] for name in ("static", "cars"))
        deployments[STATIC_VARIED] = self._with_cars(shifts, still)
        deployments[STANDING] = self._with_cars(shifts, by_block)
        deployments[PLAN] = self._with_cars(shifts, [plan["cars"] for plan in plans])
        simulator = Simulator(case, self.rules)
        return {name: simulator.simulate(place_shifts(each, case)) for name, each in deployments.items()}

    def laying_failures(self, opened: OpenData, pasts: Pasts, plans: Sequence[Result]) -> dict[str, FloatArray]:
        """Replay the days with weeks laid over each other in several ways; failures by name, shape (n_layings,)."""
        replayed = [(case, self.outcomes(opened, case, pasts, plans)) for case in opened.layings()]
        return {
            name: np.array([measure(case, outcomes[name]).failures.sum() for case, outcomes in replayed])
            for name in replayed[0][1]
        }

    def still_shifts(self, opened: OpenData, past: Sequence[Result]) -> dict[str, list[ShiftCars]]:
        """Return the cars of every shift under each simple rule."""
        kinds = kinds_of_shifts(opened.data)
        cars = {
            (name, kind): self._still(opened, kind, name, result)
            for kind, result in zip(kinds, past, strict=True)
            for name in BASELINES
        }
        return {
            name: [
                ShiftCars(shift.start_minute, shift.minutes, shift.minutes, cars[name, _kind(shift)])
                for shift in opened.data.shifts
            ]
            for name in BASELINES
        }

    def measure_still(self, case: DispatchCase, shifts: Sequence[ShiftCars]) -> Measured:
        """Replay the days to report on against cars kept still."""
        return measure(case, Simulator(case, self.rules).simulate(place_shifts(shifts, case)))

    def _with_cars(self, shifts: Sequence[ShiftCalls], cars: Sequence[list[list[int]]]) -> list[ShiftCars]:
        return [
            ShiftCars(shift.start_minute, shift.minutes, self.block_minutes, np.array(each))
            for shift, each in zip(shifts, cars, strict=True)
        ]

    def _still(self, opened: OpenData, kind: tuple[int, int], name: str, past: Result) -> IntArray:
        """Return the cars of shifts of a kind under a simple rule, one block."""
        if name == STATIC:
            return np.array(past["static"])[:1]
        past_calls = opened.past_calls(*kind)
        none, many = np.zeros_like(past_calls), np.full_like(past_calls, self.cars)
        if name == ONE:
            return share_equally(self.cars, past_calls, none, many)[np.newaxis]
        return share_in_proportion(self.cars, past_calls + 1e-9, none, many)[np.newaxis]


def best_baseline(measured: dict[str, Measured]) -> str:
    """Return the simple rule that fails least on the days to report on: the strictest comparison."""
    return min(BASELINES, key=lambda name: measured[name].failure_rate)


def kinds_of_shifts(data: BenchData) -> list[tuple[int, int]]:
    """Return the distinct starts (minute of the day) and lengths of shifts."""
    return sorted({_kind(shift) for shift in data.shifts})


def parts_of_the_week(case: DispatchCase, start: str) -> dict[str, BoolArray]:
    """Return which calls come by day (08:00 to 20:00), by night and at weekends.

    Parameters
    ----------
    start
        Local day on which the timeline begins, ISO 8601.
    """
    day, minute = np.divmod(case.calls.minute, DAY_MINUTES)
    by_day = (minute >= DAY_START_MINUTE) & (minute < DAY_END_MINUTE)
    weekday = (date.fromisoformat(start).weekday() + day) % 7
    return {"day": by_day, "night": ~by_day, "weekend": weekday >= SATURDAY}


def _kind(shift: ShiftCalls) -> tuple[int, int]:
    return shift.start_minute % DAY_MINUTES, shift.minutes
