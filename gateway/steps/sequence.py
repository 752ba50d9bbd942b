"""The steps of a plan in order, and the result that they make together."""

from collections.abc import Sequence

from gateway.messages import MessageStore
from gateway.steps.optimize_demand import optimize_demand
from gateway.steps.plan_routes import plan_routes
from gateway.steps.sample_scenarios import sample_scenarios
from gateway.steps.simulate import simulate
from gateway.steps.solve_schedule import solve_schedule
from gateway.steps.step import Artifacts, Step
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import OptimizeResponse, SimulateResponse
from officers.gateway.v1.gateway_pb2 import PlanResult, SectorRoutes, TeamSchedule
from officers.predictor.v1.predictor_pb2 import PredictIntensityResponse, SampleScenariosResponse
from officers.scheduler.v1.scheduler_pb2 import Schedule, ScheduleProblem

STEPS: Sequence[Step] = (
    Step("sample_scenarios", 0.15, sample_scenarios),
    Step("optimize_demand", 0.35, optimize_demand),
    Step("solve_schedule", 0.2, solve_schedule),
    Step("plan_routes", 0.2, plan_routes),
    Step("simulate", 0.1, simulate),
)


def start_fraction(name: str) -> float:
    """Return the share of a plan that is done when a step begins, 0 to 1."""
    position = [step.name for step in STEPS].index(name)
    return sum(step.weight for step in STEPS[:position])


def assemble_result(area: Area, made: Artifacts, messages: MessageStore) -> PlanResult:
    """Return the result of a plan from its area and what its steps have made.

    Raises
    ------
    NotFound
        An artifact is gone.
    """
    intensity = messages.get(made["intensity"], PredictIntensityResponse)
    sector_routes = [
        messages.get(artifact, SectorRoutes) for name, artifact in made.items() if name.startswith("routes/")
    ]
    team_schedules = [
        messages.get(artifact, TeamSchedule) for name, artifact in made.items() if name.startswith("team_schedules/")
    ]
    return PlanResult(
        model=intensity.model,
        test_calls=messages.get(made["test_calls"], SampleScenariosResponse).call_set,
        intensity=intensity,
        demand=messages.get(made["demand"], OptimizeResponse),
        schedule_problem=messages.get(made["schedule_problem"], ScheduleProblem),
        schedule=messages.get(made["schedule"], Schedule),
        routes=sector_routes,
        simulations=messages.get(made["simulation"], SimulateResponse).results,
        policy=area.policy,
        team_schedules=team_schedules,
    )
