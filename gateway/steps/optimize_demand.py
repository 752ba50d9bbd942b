"""The second step: how many cars each sector needs in each period."""

from gateway.seeds import derive_seed
from gateway.steps.step import Artifacts, StepWork
from officers.demand.v1.demand_pb2 import OptimizeRequest, OptimizeResponse
from officers.predictor.v1.predictor_pb2 import SampleScenariosResponse

SLACK_SECONDS = 120
"""Time allowed beyond the optimiser's own limit: reading scenarios and travel, compiling, simulating candidates."""


async def optimize_demand(work: StepWork) -> Artifacts:
    """Optimise on the training scenarios and choose on the validation scenarios."""
    await work.report(0.0, "choosing cars per sector")
    training = await work.read("training_calls", SampleScenariosResponse)
    validation = await work.read("validation_calls", SampleScenariosResponse)
    request = demand_request(work, training.call_set.artifact, validation.call_set.artifact)
    timeout_seconds = work.options.demand_time_limit_seconds + SLACK_SECONDS
    optimize = work.services.demand.Optimize
    demand = await work.answers.ask(request, OptimizeResponse, lambda: optimize(request, timeout=timeout_seconds))
    return {"demand": demand.artifact}


def demand_request(work: StepWork, training_artifact: str, validation_artifact: str) -> OptimizeRequest:
    """Return the request for the demand of the shift."""
    options = work.options
    most = options.max_per_sector
    return OptimizeRequest(
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
    )
