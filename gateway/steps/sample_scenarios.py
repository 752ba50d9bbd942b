"""The first step: expected incidents, and three independent scenario sets drawn from them."""

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.answers import Answer
from gateway.seeds import derive_seed
from gateway.shift_times import covering_hours
from gateway.steps.step import Artifacts, StepWork
from officers.predictor.v1.predictor_pb2 import (
    PredictIntensityRequest,
    PredictIntensityResponse,
    SampleScenariosRequest,
    SampleScenariosResponse,
)

TIMEOUT_SECONDS = 300

SCENARIO_SETS = ("training", "validation", "test")
"""What scenarios are for: to optimise on, to choose among candidates on, to report on."""


async def sample_scenarios(work: StepWork) -> Artifacts:
    """Predict the shift, then draw the scenario sets with the model that predicted it."""
    await work.report(0.0, "predicting incidents")
    intensity = await _predict(work)
    made = {"intensity": intensity.artifact}
    for number, purpose in enumerate(SCENARIO_SETS, start=1):
        await work.report(number / (len(SCENARIO_SETS) + 1), f"drawing {purpose} scenarios")
        sampled = await _sample(work, purpose, intensity.message.model)
        made[f"{purpose}_calls"] = sampled.artifact
    return made


def intensity_request(work: StepWork) -> PredictIntensityRequest:
    """Return the request for the full local hours that cover the shift."""
    first_hour, hours = covering_hours(work.span, work.area.time_zone)
    request = PredictIntensityRequest(area_artifact=work.order.area_artifact, model=work.options.model, hours=hours)
    request.start_time.FromDatetime(first_hour)
    request.as_of_time.FromDatetime(min(work.order.as_of_time, first_hour))
    return request


def scenarios_request(work: StepWork, purpose: str, model: str) -> SampleScenariosRequest:
    """Return the request for one scenario set of the shift."""
    as_of_time, start_time = Timestamp(), Timestamp()
    as_of_time.FromDatetime(work.order.as_of_time)
    start_time.FromDatetime(work.order.start_time)
    return SampleScenariosRequest(
        area_artifact=work.order.area_artifact,
        model=model,
        start_time=start_time,
        minutes=work.span.minutes,
        as_of_time=as_of_time,
        scenario_count=getattr(work.options, f"{purpose}_scenario_count"),
        seed=derive_seed(work.options.seed, purpose),
    )


async def _predict(work: StepWork) -> Answer[PredictIntensityResponse]:
    request = intensity_request(work)
    predict = work.services.predictor.PredictIntensity
    return await work.answers.ask(request, PredictIntensityResponse, lambda: predict(request, timeout=TIMEOUT_SECONDS))


async def _sample(work: StepWork, purpose: str, model: str) -> Answer[SampleScenariosResponse]:
    request = scenarios_request(work, purpose, model)
    sample = work.services.predictor.SampleScenarios
    return await work.answers.ask(request, SampleScenariosResponse, lambda: sample(request, timeout=TIMEOUT_SECONDS))
