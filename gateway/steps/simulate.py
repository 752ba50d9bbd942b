"""The last step: the schedule on the scenarios kept aside, beside simple deployments of as many cars."""

from gateway.steps.step import Artifacts, StepWork
from officers.demand.v1.demand_pb2 import (
    BASELINE_ONE_PER_SECTOR,
    BASELINE_PROPORTIONAL,
    CarTimetable,
    Deployment,
    SimulateRequest,
    SimulateResponse,
    Timetable,
)
from officers.predictor.v1.predictor_pb2 import SampleScenariosResponse
from officers.scheduler.v1.scheduler_pb2 import Schedule

TIMEOUT_SECONDS = 300

PLAN_NAME = "plan"
BASELINES = {"one per sector": BASELINE_ONE_PER_SECTOR, "proportional": BASELINE_PROPORTIONAL}


async def simulate(work: StepWork) -> Artifacts:
    """Replay the test scenarios against the timetable and the baselines."""
    await work.report(0.0, "replaying the test scenarios")
    test = await work.read("test_calls", SampleScenariosResponse)
    schedule = await work.read("schedule", Schedule)
    request = simulation_request(work, test.call_set.artifact, schedule)
    replay = work.services.demand.Simulate
    results = await work.answers.ask(request, SimulateResponse, lambda: replay(request, timeout=TIMEOUT_SECONDS))
    return {"simulation": results.artifact}


def simulation_request(work: StepWork, calls_artifact: str, schedule: Schedule) -> SimulateRequest:
    """Return the request to replay calls against the schedule and the baselines."""
    timetable = Timetable(
        period_minutes=work.options.period_minutes,
        cars=[CarTimetable(car_id=entry.car_id, sectors=entry.sectors) for entry in schedule.assignments],
    )
    baselines = [Deployment(name=name, baseline=baseline) for name, baseline in BASELINES.items()]
    return SimulateRequest(
        area_artifact=work.order.area_artifact,
        calls_artifact=calls_artifact,
        deployments=[Deployment(name=PLAN_NAME, timetable=timetable), *baselines],
        baseline_cars=work.order.cars,
        history_until_date=work.order.history_until_date,
        shift_minutes=work.span.minutes,
        shift_start=work.order.shift_start,
    )
