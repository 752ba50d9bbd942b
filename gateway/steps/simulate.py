"""The last step: the schedule on the scenarios kept aside, beside simple deployments of the same cars."""

from gateway.seeds import derive_seed
from gateway.steps.step import Artifacts, StepWork
from gateway.timetable import make_timetable
from officers.demand.v1.demand_pb2 import (
    BASELINE_ONE_PER_SECTOR,
    BASELINE_PROPORTIONAL,
    Deployment,
    SimulateRequest,
    SimulateResponse,
    Timetable,
)
from officers.predictor.v1.predictor_pb2 import SampleScenariosResponse
from officers.scheduler.v1.scheduler_pb2 import Schedule, ScheduleProblem

TIMEOUT_SECONDS = 300

PLAN_NAME = "plan"
BASELINES = {"one per sector": BASELINE_ONE_PER_SECTOR, "proportional": BASELINE_PROPORTIONAL}


async def simulate(work: StepWork) -> Artifacts:
    """Replay the test scenarios against the timetable and the baselines."""
    await work.report(0.0, "replaying the test scenarios")
    test = await work.read("test_calls", SampleScenariosResponse)
    problem = await work.read("schedule_problem", ScheduleProblem)
    schedule = await work.read("schedule", Schedule)
    timetable = make_timetable(problem, schedule, work.area.capabilities)
    request = simulation_request(work, test.call_set.artifact, timetable)
    replay = work.services.demand.Simulate
    results = await work.answers.ask(request, SimulateResponse, lambda: replay(request, timeout=TIMEOUT_SECONDS))
    return {"simulation": results.artifact}


def simulation_request(work: StepWork, calls_artifact: str, timetable: Timetable) -> SimulateRequest:
    """Return the request to replay calls against the timetable and the baselines, which have its cars."""
    baselines = [Deployment(name=name, baseline=baseline) for name, baseline in BASELINES.items()]
    return SimulateRequest(
        area_artifact=work.order.area_artifact,
        calls_artifact=calls_artifact,
        deployments=[Deployment(name=PLAN_NAME, timetable=timetable), *baselines],
        baselines_with_same_cars=True,
        history_until_date=work.order.history_until_date,
        shift_minutes=work.span.minutes,
        shift_start=work.order.shift_start,
        rules=work.options.rules,
        seed=derive_seed(work.options.seed, "simulate"),
    )
