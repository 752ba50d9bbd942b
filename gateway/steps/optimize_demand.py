"""The second step: how many cars each sector needs in each period."""

from collections.abc import Sequence

from gateway.cover import cars_on_break
from gateway.crews import count_cars, duty_by_quarter
from gateway.seeds import derive_seed
from gateway.staffing import crews_of
from gateway.steps.step import Artifacts, StepWork
from gateway.teams import list_teams
from officers.demand.v1.demand_pb2 import OptimizeRequest, OptimizeResponse
from officers.gateway.v1.gateway_pb2 import CrewStart, PlanResult
from officers.predictor.v1.predictor_pb2 import SampleScenariosResponse
from officers.scheduler.v1.scheduler_pb2 import PRESENCE_RULE_NO_RETURN_WITHIN_TWO

SLACK_SECONDS = 120
"""Time allowed beyond the optimiser's own limit: reading scenarios and travel, compiling, simulating candidates."""


async def optimize_demand(work: StepWork) -> Artifacts:
    """Optimise on the training scenarios and choose on the validation scenarios."""
    await work.report(0.0, "choosing cars per sector")
    training = await work.read("training_calls", SampleScenariosResponse)
    validation = await work.read("validation_calls", SampleScenariosResponse)
    request = demand_request(work, training.call_set.artifact, validation.call_set.artifact)
    if work.standing_artifact:
        standing = await work.answers.read(work.standing_artifact, PlanResult)
        request.standing_plan.CopyFrom(standing.demand.plan)
    timeout_seconds = work.options.demand_time_limit_seconds + SLACK_SECONDS
    optimize = work.services.demand.Optimize
    demand = await work.answers.ask(request, OptimizeResponse, lambda: optimize(request, timeout=timeout_seconds))
    return {"demand": demand.artifact}


def demand_request(work: StepWork, training_artifact: str, validation_artifact: str) -> OptimizeRequest:
    """Return the request for the demand of the shift."""
    options = work.options
    most = options.max_per_sector
    request = OptimizeRequest(
        area_artifact=work.order.area_artifact,
        training_calls_artifact=training_artifact,
        validation_calls_artifact=validation_artifact,
        cars=work.order.cars,
        shift_minutes=work.span.minutes,
        block_minutes=options.block_minutes,
        period_minutes=options.period_minutes,
        maximum_cars=[most] * len(work.area.sectors) if most else [],
        history_until_date=work.order.history_until_date,
        seed=derive_seed(options.seed, "demand"),
        time_limit_seconds=options.demand_time_limit_seconds,
        shift_start=work.order.shift_start,
        rules=options.rules,
        objective=options.objective,
        cars_rotate=options.presence_rule == PRESENCE_RULE_NO_RETURN_WITHIN_TWO,
        team_cars=work.staffing.team_cars,
    )
    if work.staffing.crews:
        _add_crews(request, work)
    return request


def _add_crews(request: OptimizeRequest, work: StepWork) -> None:
    """Say how many cars are on duty and on a break in each quarter hour, of each team where the area has teams."""
    teams = list_teams(work.area)
    for team in teams:
        on_duty, on_break = _hours(crews_of(work.staffing, team.crew_team), work)
        request.team_staffing.add(on_duty_cars=on_duty, on_break_cars=on_break)
    if not teams:
        on_duty, on_break = _hours(work.staffing.crews, work)
        request.on_duty_cars.extend(on_duty)
        request.on_break_cars.extend(on_break)


def _hours(crews: Sequence[CrewStart], work: StepWork) -> tuple[list[int], list[int]]:
    minutes = work.span.minutes
    on_duty = count_cars(crews, duty_by_quarter(crews, minutes))
    return on_duty.tolist(), cars_on_break(crews, minutes, work.options.period_minutes).tolist()
