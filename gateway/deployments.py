"""The deployment in effect: where every car should be at a time. Needs the database and artifacts, no service."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.areas import Areas
from gateway.clock import Clock
from gateway.messages import MessageStore
from gateway.plan_store import PlanStore
from gateway.records import PlanRecord
from officers.gateway.v1.gateway_pb2 import PlanResult
from serving.errors import NotFound


@dataclass(frozen=True)
class CarPlace:
    """Where a car should be; `next_sector_id` is empty where the shift ends."""

    car_id: str
    sector_id: str
    next_sector_id: str


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
        """Return the deployment at a time; None: now.

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
        result = self.messages.get(plan.result_artifact, PlanResult)
        return _find_period(plan, result, instant)


def _find_period(plan: PlanRecord, result: PlanResult, instant: datetime) -> PeriodDeployment:
    length = timedelta(minutes=result.schedule_problem.period_minutes)
    period = (instant - plan.order.start_time) // length
    start_time = plan.order.start_time + period * length
    cars = []
    for entry in result.schedule.assignments:
        if entry.sectors[period]:
            following = entry.sectors[period + 1] if period + 1 < len(entry.sectors) else ""
            cars.append(CarPlace(entry.car_id, entry.sectors[period], following))
    return PeriodDeployment(plan, result, start_time, start_time + length, tuple(cars))
