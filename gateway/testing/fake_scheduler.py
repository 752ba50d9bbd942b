"""A scheduler that places cars in order, and its annealers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from typing_extensions import override

from gateway.crews import QUARTER_MINUTES
from gateway.testing.script import Script
from gateway.timetable import is_on_duty
from officers.scheduler.v1 import scheduler_pb2 as scheduler
from officers.scheduler.v1.scheduler_pb2_grpc import AnnealerServiceServicer, SchedulerServiceServicer
from serving.work import ServicerContext


@dataclass
class FakeScheduler(SchedulerServiceServicer):
    """Places the cars in order, period by period; `infeasible` has it find that no schedule meets the rules."""

    script: Script
    infeasible: bool = False

    @override
    async def WatchSolve(
        self, request: scheduler.WatchSolveRequest, context: ServicerContext
    ) -> AsyncIterator[scheduler.WatchSolveResponse]:
        """Answer with progress, then the schedule."""
        progress = scheduler.SolveProgress(gap=0.5)
        progress.progress.fraction, progress.progress.message = 0.5, "searching"
        yield scheduler.WatchSolveResponse(progress=progress)
        await self.script.enter("WatchSolve", request)
        schedule = _refuse() if self.infeasible else _place(request.problem)
        yield scheduler.WatchSolveResponse(schedule=schedule)


@dataclass
class FakeAnnealers(AnnealerServiceServicer):
    """Lists three annealers, one of them without its key."""

    script: Script

    @override
    async def ListAnnealers(
        self, request: scheduler.ListAnnealersRequest, context: ServicerContext
    ) -> scheduler.ListAnnealersResponse:
        """List them."""
        await self.script.enter("ListAnnealers", request)
        return scheduler.ListAnnealersResponse(
            annealers=[
                scheduler.Annealer(name="leap_hybrid", can_begin_warm=False, unusable_reason="Set DWAVE_API_TOKEN."),
                scheduler.Annealer(name="neal", can_begin_warm=True),
                scheduler.Annealer(name="tabu", can_begin_warm=False),
            ]
        )


def _place(problem: scheduler.ScheduleProblem) -> scheduler.Schedule:
    """Give the sectors of each period to the cars on duty in turn; spare cars stand in the first sector."""
    assignments = [scheduler.CarAssignment(car_id=car.id) for car in problem.cars]
    for period, row in enumerate(problem.demand):
        places = iter([sector for sector, cars in zip(problem.sectors, row.cars, strict=True) for _ in range(cars)])
        quarters = range(period * problem.period_minutes, (period + 1) * problem.period_minutes, QUARTER_MINUTES)
        for car, entry in zip(problem.cars, assignments, strict=True):
            works = any(is_on_duty(car, minute) for minute in quarters)
            entry.sectors.append(next(places, problem.sectors[0]) if works else "")
    return scheduler.Schedule(
        status=scheduler.STATUS_OPTIMAL,
        assignments=assignments,
        travel_minutes=10.0,
        objective=10.0,
        best_bound=10.0,
        gap=0.0,
        engine="exact",
        seed=1,
        wall_seconds=0.5,
        explanation=["Cover: met."],
    )


def _refuse() -> scheduler.Schedule:
    schedule = scheduler.Schedule(status=scheduler.STATUS_INFEASIBLE)
    schedule.infeasible_rules.add(rule="cover", description="Period 2 asks for 5 cars, 4 are on duty.", periods=[2])
    schedule.infeasible_rules.add(rule="presence", description="No car may stay.")
    return schedule
