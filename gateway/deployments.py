"""The deployment in effect: where every car should be at a time. Needs the database and artifacts, no service."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.areas import Areas
from gateway.clock import Clock
from gateway.messages import MessageStore
from gateway.plan_store import PlanStore
from gateway.records import PlanRecord
from gateway.timetable import is_on_break, is_on_duty
from officers.gateway.v1.gateway_pb2 import PlanResult
from officers.scheduler.v1.scheduler_pb2 import Car, CarAssignment
from serving.errors import NotFound


@dataclass(frozen=True)
class CarPlace:
    """Where a car on duty should be; `next_sector_id` is empty where its duty ends."""

    car_id: str
    sector_id: str
    next_sector_id: str
    on_break: bool


@dataclass(frozen=True)
class PlanInEffect:
    """The approved plan that covers an instant."""

    plan: PlanRecord
    result: PlanResult
    instant: datetime

    @property
    def minute(self) -> float:
        """Minutes since the start of the shift."""
        return (self.instant - self.plan.order.start_time) / timedelta(minutes=1)


@dataclass(frozen=True)
class PeriodDeployment:
    """Where every car on duty should be in one period of an approved plan."""

    plan: PlanRecord
    result: PlanResult
    start_time: datetime
    end_time: datetime
    cars: tuple[CarPlace, ...]


@dataclass(frozen=True)
class Deployments:
    """Reads deployments of approved plans."""

    areas: Areas
    plans: PlanStore
    messages: MessageStore
    clock: Clock

    def at(self, area_id: str, time: datetime | None) -> PeriodDeployment:
        """Return the deployment at a time; None: now. Raises NotFound as `in_effect` does."""
        return _find_period(self.in_effect(area_id, time))

    def in_effect(self, area_id: str, time: datetime | None) -> PlanInEffect:
        """Return the approved plan that covers a time; None: now.

        Raises
        ------
        NotFound
            There is no such area, or no approved plan covers the time.
        """
        self.areas.store.get(area_id)
        instant = self.clock() if time is None else time
        plan = self.plans.approved_at(area_id, instant)
        if plan is None:
            message = f"No approved plan of areas/{area_id} covers {instant.isoformat()}."
            raise NotFound("deployment", f"areas/{area_id}", message)
        return PlanInEffect(plan, self.messages.get(plan.result_artifact, PlanResult), instant)


def _find_period(found: PlanInEffect) -> PeriodDeployment:
    problem, schedule = found.result.schedule_problem, found.result.schedule
    period = int(found.minute // problem.period_minutes)
    length = timedelta(minutes=problem.period_minutes)
    start_time = found.plan.order.start_time + period * length
    cars = tuple(
        _place(car, entry, period, is_on_break(car, found.minute))
        for car, entry in zip(problem.cars, schedule.assignments, strict=True)
        if entry.sectors[period] and is_on_duty(car, found.minute)
    )
    return PeriodDeployment(found.plan, found.result, start_time, start_time + length, cars)


def _place(car: Car, entry: CarAssignment, period: int, on_break: bool) -> CarPlace:
    following = entry.sectors[period + 1] if period + 1 < len(entry.sectors) else ""
    return CarPlace(car.id, entry.sectors[period], following, on_break)
