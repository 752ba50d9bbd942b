"""The third step: which car is in which sector in each period, for every team by itself."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

from gateway.steps.joined_schedule import join_schedules
from gateway.steps.schedule_problems import ScheduleInputs, TeamProblem, team_problems, whole_problem
from gateway.steps.some_at_once import run_some_at_once
from gateway.steps.step import Artifacts, StepWork
from officers.demand.v1.demand_pb2 import ComputeTravelRequest, ComputeTravelResponse, OptimizeResponse
from officers.gateway.v1.gateway_pb2 import TeamSchedule
from officers.scheduler.v1.scheduler_pb2 import (
    STATUS_CANCELLED,
    STATUS_INFEASIBLE,
    Schedule,
    SolveProgress,
    WatchSolveRequest,
)
from serving.errors import FailedPrecondition, Internal

TRAVEL_TIMEOUT_SECONDS = 120
SLACK_SECONDS = 60
"""Time allowed beyond the solver's own limit: queueing behind other solves, starting, explaining."""

TEAMS_AT_ONCE = 4
"""Schedules of teams that are asked for at a time; a single scheduler may solve them one after the other."""

LEAST_PROGRESS = 0.02
"""Solvers report often; a step in the fraction of at least this size is worth an event."""

ReportTeam: TypeAlias = Callable[[float, str], Coroutine[Any, Any, None]]
"""Tells how far the schedule of one team is."""


async def solve_schedule(work: StepWork) -> Artifacts:
    """Compute travel, put the problem of each team together, solve them side by side, join the schedules."""
    await work.report(0.0, "computing travel between sectors")
    travel_request = ComputeTravelRequest(area_artifact=work.order.area_artifact)
    compute = work.services.demand.ComputeTravel
    travel = await work.answers.ask(
        travel_request, ComputeTravelResponse, lambda: compute(travel_request, timeout=TRAVEL_TIMEOUT_SECONDS)
    )
    demand = await work.read("demand", OptimizeResponse)
    inputs = ScheduleInputs(work.area, work.staffing, work.options, travel.message, demand)
    made = {
        "travel": travel.artifact,
        "schedule_problem": await work.answers.keep(whole_problem(inputs)),
    }
    problems = team_problems(inputs)
    schedules = await _solve_all(work, problems)
    if not work.area.teams:
        check_schedule(schedules[0].schedule)
        return made | {"schedule": await work.answers.keep(schedules[0].schedule)}
    joined = join_schedules(schedules)
    check_schedule(joined)
    kept = {f"team_schedules/{part.team}": await work.answers.keep(part) for part in schedules}
    return made | {"schedule": await work.answers.keep(joined)} | kept


async def _solve_all(work: StepWork, problems: Sequence[TeamProblem]) -> Sequence[TeamSchedule]:
    done = [0.0] * len(problems)

    async def solve_one(number: int) -> TeamSchedule:
        team = problems[number].team

        async def report(fraction: float, message: str) -> None:
            done[number] = fraction
            await work.report(sum(done) / len(done), f"{team}: {message}" if team else message)

        request = WatchSolveRequest(problem=problems[number].problem, options=work.options.solve_options)
        timeout_seconds = min(len(problems), TEAMS_AT_ONCE) * request.options.time_limit_seconds + SLACK_SECONDS
        schedule = await work.answers.ask(
            request, Schedule, lambda: _watch_solve(work, request, timeout_seconds, report)
        )
        return TeamSchedule(team=team, problem=request.problem, schedule=schedule.message)

    return await run_some_at_once(solve_one, range(len(problems)), TEAMS_AT_ONCE)


def check_schedule(schedule: Schedule) -> None:
    """Check that there is a schedule.

    Raises
    ------
    FailedPrecondition
        SCHEDULE_INFEASIBLE: no schedule meets every rule. SCHEDULE_NOT_FOUND: the time was too short to find one.
    """
    if schedule.status == STATUS_INFEASIBLE:
        clashes = [rule.description for rule in schedule.infeasible_rules]  # sentences
        reasons = " ".join(clashes or schedule.explanation) or "the solver gave no reason"
        raise FailedPrecondition("SCHEDULE_INFEASIBLE", f"No schedule meets every rule: {reasons}")
    if schedule.status == STATUS_CANCELLED or not schedule.assignments:
        message = "No schedule was found in the time allowed; allow more in options.solve_options.time_limit_seconds."
        raise FailedPrecondition("SCHEDULE_NOT_FOUND", message)


async def _watch_solve(
    work: StepWork, request: WatchSolveRequest, timeout_seconds: float, report: ReportTeam
) -> Schedule:
    call = work.services.scheduler.WatchSolve(request, timeout=timeout_seconds)
    reported = 0.0
    async for response in call:
        if response.HasField("schedule"):
            return response.schedule
        fraction = response.progress.progress.fraction
        if fraction >= reported + LEAST_PROGRESS:
            reported = fraction
            await report(fraction, _describe(response.progress))
    raise Internal("The scheduler ended its answer without a schedule.")


def _describe(progress: SolveProgress) -> str:
    message = progress.progress.message or "solving the schedule"
    return f"{message} (gap {progress.gap:.1%})" if progress.HasField("gap") else message
