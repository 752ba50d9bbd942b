"""The third step: which car is in which sector in each period."""

from collections.abc import Sequence

from gateway.steps.step import Artifacts, StepWork
from officers.demand.v1.demand_pb2 import ComputeTravelRequest, ComputeTravelResponse, DemandPlan, OptimizeResponse
from officers.gateway.v1.gateway_pb2 import PlanOptions
from officers.scheduler.v1.scheduler_pb2 import (
    STATUS_CANCELLED,
    STATUS_INFEASIBLE,
    Car,
    DemandRow,
    Schedule,
    ScheduleProblem,
    SolveProgress,
    TravelRow,
    WatchSolveRequest,
)
from serving.errors import FailedPrecondition, Internal

TRAVEL_TIMEOUT_SECONDS = 120
SLACK_SECONDS = 60
"""Time allowed beyond the solver's own limit: queueing behind other solves, starting, explaining."""

LEAST_PROGRESS = 0.02
"""Solvers report often; a step in the fraction of at least this size is worth an event."""


async def solve_schedule(work: StepWork) -> Artifacts:
    """Compute travel, put the problem together, solve it."""
    await work.report(0.0, "computing travel between sectors")
    travel_request = ComputeTravelRequest(area_artifact=work.order.area_artifact)
    compute = work.services.demand.ComputeTravel
    travel = await work.answers.ask(
        travel_request, ComputeTravelResponse, lambda: compute(travel_request, timeout=TRAVEL_TIMEOUT_SECONDS)
    )
    demand = await work.read("demand", OptimizeResponse)
    problem = schedule_problem(travel.message, demand.plan, work.order.cars, work.options)
    request = WatchSolveRequest(problem=problem, options=work.options.solve_options)
    schedule = await work.answers.ask(request, Schedule, lambda: _watch_solve(work, request))
    check_schedule(schedule.message)
    return {
        "travel": travel.artifact,
        "schedule_problem": await work.answers.keep(problem),
        "schedule": schedule.artifact,
    }


def schedule_problem(
    travel: ComputeTravelResponse, demand: DemandPlan, cars: int, options: PlanOptions
) -> ScheduleProblem:
    """Return the problem whose demand is the demand plan, with interchangeable cars C01, C02, ...

    Raises
    ------
    Internal
        Travel and demand are not about the same sectors.
    """
    if list(travel.sector_ids) != list(demand.sector_ids):
        raise Internal("The demand service answered with travel and demand of different sectors.")
    return ScheduleProblem(
        sectors=demand.sector_ids,
        cars=[Car(id=car_id) for car_id in car_ids(cars)],
        period_minutes=demand.period_minutes,
        travel_minutes=[TravelRow(minutes=row.minutes) for row in travel.normal],
        demand=[DemandRow(cars=period.cars) for period in demand.periods],
        presence_rule=options.presence_rule,
        max_consecutive=options.max_consecutive,
        max_per_sector=options.max_per_sector,
    )


def car_ids(cars: int) -> Sequence[str]:
    """Return the ids of cars, all of the same width so that they sort.

    >>> car_ids(2)
    ['C01', 'C02']
    """
    width = max(2, len(str(cars)))
    return [f"C{number:0{width}d}" for number in range(1, cars + 1)]


def check_schedule(schedule: Schedule) -> None:
    """Check that there is a schedule.

    Raises
    ------
    FailedPrecondition
        SCHEDULE_INFEASIBLE: no schedule meets every rule. SCHEDULE_NOT_FOUND: the time was too short to find one.
    """
    if schedule.status == STATUS_INFEASIBLE:
        clashes = [f"{rule.rule}: {rule.description}" for rule in schedule.infeasible_rules]
        reasons = "; ".join(clashes or schedule.explanation) or "the solver gave no reason"
        raise FailedPrecondition("SCHEDULE_INFEASIBLE", f"No schedule meets every rule: {reasons}")
    if schedule.status == STATUS_CANCELLED or not schedule.assignments:
        message = "No schedule was found in the time allowed; allow more in options.solve_options.time_limit_seconds."
        raise FailedPrecondition("SCHEDULE_NOT_FOUND", message)


async def _watch_solve(work: StepWork, request: WatchSolveRequest) -> Schedule:
    timeout_seconds = work.options.solve_options.time_limit_seconds + SLACK_SECONDS
    call = work.services.scheduler.WatchSolve(request, timeout=timeout_seconds)
    reported = 0.0
    async for response in call:
        if response.HasField("schedule"):
            return response.schedule
        fraction = response.progress.progress.fraction
        if fraction >= reported + LEAST_PROGRESS:
            reported = fraction
            await work.report(fraction, _describe(response.progress))
    raise Internal("The scheduler ended its answer without a schedule.")


def _describe(progress: SolveProgress) -> str:
    message = progress.progress.message or "solving the schedule"
    return f"{message} (gap {progress.gap:.1%})" if progress.HasField("gap") else message
