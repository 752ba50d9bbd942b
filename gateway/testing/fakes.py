"""Fakes of the four services."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
from typing_extensions import override

from gateway.testing.area import make_area
from gateway.testing.script import Script
from officers.area.v1.area_pb2 import Area, Point
from officers.demand.v1 import demand_pb2 as demand
from officers.demand.v1.demand_pb2_grpc import DemandServiceServicer, add_DemandServiceServicer_to_server
from officers.predictor.v1 import predictor_pb2 as predictor
from officers.predictor.v1.predictor_pb2_grpc import PredictorServiceServicer, add_PredictorServiceServicer_to_server
from officers.routes.v1 import routes_pb2 as routes
from officers.routes.v1.routes_pb2_grpc import RoutesServiceServicer, add_RoutesServiceServicer_to_server
from officers.scheduler.v1 import scheduler_pb2 as scheduler
from officers.scheduler.v1.scheduler_pb2_grpc import (
    AnnealerServiceServicer,
    SchedulerServiceServicer,
    add_AnnealerServiceServicer_to_server,
    add_SchedulerServiceServicer_to_server,
)
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument
from serving.server import start_server
from serving.settings import ServiceSettings
from serving.work import ServicerContext

MODEL = "models/testville/versions/1"


@dataclass
class FakePredictor(PredictorServiceServicer):
    """Imports the same area whatever the archive; an archive that is no zip file is at fault."""

    script: Script
    artifacts: ArtifactStore
    area: Area

    @override
    async def ImportArea(
        self, request: predictor.ImportAreaRequest, context: ServicerContext
    ) -> predictor.ImportAreaResponse:
        """Answer with the area."""
        await self.script.enter("ImportArea", request)
        if not self.artifacts.get(request.source_artifact).startswith(b"PK"):
            raise InvalidArgument("source_artifact", "Expected a zip archive.")
        artifact = self.artifacts.put(self.area.SerializeToString(deterministic=True))
        report = predictor.ImportReport(rows_read=3, rows_accepted=2)
        report.rejections.add(field="time", reason="missing", row_count=1, first_row=2)
        return predictor.ImportAreaResponse(area_artifact=artifact, area=self.area, report=report)

    @override
    async def PredictIntensity(
        self, request: predictor.PredictIntensityRequest, context: ServicerContext
    ) -> predictor.PredictIntensityResponse:
        """Answer with a tenth of an incident everywhere."""
        await self.script.enter("PredictIntensity", request)
        grid = self.area.grid
        intensities = [0.1] * (request.hours * grid.row_count * grid.column_count)
        return predictor.PredictIntensityResponse(
            model=request.model or MODEL, hour_count=request.hours, grid=grid, intensities=intensities
        )

    @override
    async def SampleScenarios(
        self, request: predictor.SampleScenariosRequest, context: ServicerContext
    ) -> predictor.SampleScenariosResponse:
        """Answer with an artifact per seed."""
        await self.script.enter("SampleScenarios", request)
        call_set = predictor.CallSet(
            artifact=self.artifacts.put(f"calls of seed {request.seed}".encode()),
            start_time=request.start_time,
            minutes=request.minutes,
            scenario_count=request.scenario_count,
            call_count=10 * request.scenario_count,
            model=request.model,
            seed=request.seed,
        )
        return predictor.SampleScenariosResponse(call_set=call_set)


@dataclass
class FakeDemand(DemandServiceServicer):
    """Spreads the cars over the sectors in turn."""

    script: Script
    area: Area

    @override
    async def ComputeTravel(
        self, request: demand.ComputeTravelRequest, context: ServicerContext
    ) -> demand.ComputeTravelResponse:
        """Answer with five minutes from one sector to the next."""
        await self.script.enter("ComputeTravel", request)
        numbers = range(len(self.area.sectors))
        rows = [demand.TravelMinutesRow(minutes=[5.0 * abs(a - b) for b in numbers]) for a in numbers]
        sector_ids = [sector.id for sector in self.area.sectors]
        return demand.ComputeTravelResponse(sector_ids=sector_ids, normal=rows, urgent=rows, method="distance")

    @override
    async def PlanStaffing(
        self, request: demand.PlanStaffingRequest, context: ServicerContext
    ) -> demand.PlanStaffingResponse:
        """Answer with the crews as they are."""
        await self.script.enter("PlanStaffing", request)
        roster = demand.Roster(shifts=request.shifts, crews=sum(shift.cars for shift in request.shifts))
        return demand.PlanStaffingResponse(present=roster, planned=roster, curve=[roster])

    @override
    async def Redeploy(self, request: demand.RedeployRequest, context: ServicerContext) -> demand.RedeployResponse:
        """Answer with a move of the first car to the area's last sector."""
        await self.script.enter("Redeploy", request)
        move = demand.CarMove(
            car_id=request.cars[0].car_id,
            from_sector_id=request.cars[0].sector_id,
            to_sector_id=self.area.sectors[-1].id,
            minutes=5.0,
            gain=0.1,
        )
        return demand.RedeployResponse(moves=[move], coverage_before=0.5, coverage_after=0.6)

    @override
    async def Optimize(self, request: demand.OptimizeRequest, context: ServicerContext) -> demand.OptimizeResponse:
        """Answer with one candidate."""
        await self.script.enter("Optimize", request)
        sector_ids = [sector.id for sector in self.area.sectors]
        cars = [len(range(start, request.cars, len(sector_ids))) for start in range(len(sector_ids))]
        periods = [demand.DemandPeriod(cars=cars)] * (request.shift_minutes // request.period_minutes)
        plan = demand.DemandPlan(sector_ids=sector_ids, period_minutes=request.period_minutes, periods=periods)
        candidate = demand.DemandCandidate(name="one per sector", plan=plan, chosen=True)
        return demand.OptimizeResponse(plan=plan, candidates=[candidate], wall_seconds=0.1)

    @override
    async def Simulate(self, request: demand.SimulateRequest, context: ServicerContext) -> demand.SimulateResponse:
        """Answer with as many calls within target for every deployment."""
        await self.script.enter("Simulate", request)
        results = [
            demand.SimulationResult(name=entry.name, calls=100, within_target=90, share_within_target=0.9)
            for entry in request.deployments
        ]
        return demand.SimulateResponse(results=results)


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
    """Lists two annealers."""

    script: Script

    @override
    async def ListAnnealers(
        self, request: scheduler.ListAnnealersRequest, context: ServicerContext
    ) -> scheduler.ListAnnealersResponse:
        """List them."""
        await self.script.enter("ListAnnealers", request)
        return scheduler.ListAnnealersResponse(annealers=[scheduler.Annealer(name=name) for name in ("neal", "tabu")])


def _place(problem: scheduler.ScheduleProblem) -> scheduler.Schedule:
    places = [
        [sector for sector, cars in zip(problem.sectors, row.cars, strict=True) for _ in range(cars)]
        for row in problem.demand
    ]
    assignments = [
        scheduler.CarAssignment(car_id=car.id, sectors=[row[number] for row in places])
        for number, car in enumerate(problem.cars)
    ]
    return scheduler.Schedule(status=scheduler.STATUS_OPTIMAL, assignments=assignments, gap=0.0, engine="exact")


def _refuse() -> scheduler.Schedule:
    schedule = scheduler.Schedule(status=scheduler.STATUS_INFEASIBLE)
    schedule.infeasible_rules.add(rule="cover", description="period 2 asks for 5 cars, 4 are on duty", periods=[2])
    schedule.infeasible_rules.add(rule="presence", description="no car may stay")
    return schedule


@dataclass
class FakeRoutes(RoutesServiceServicer):
    """Plans routes along one street."""

    script: Script

    @override
    async def Plan(self, request: routes.PlanRequest, context: ServicerContext) -> AsyncIterator[routes.PlanResponse]:
        """Answer with the network, the routes, the quality."""
        await self.script.enter("Plan", request)
        name = request.shipped_network or request.sector.sector_id
        line = [Point(latitude=40.701, longitude=-73.999), Point(latitude=40.701, longitude=-73.991)]
        street = routes.Segment(line=line, length_m=675.0, likelihood=1.0, name="Main Street")
        yield routes.PlanResponse(network=routes.NetworkSummary(name=name, segment_count=1, segments=[street]))
        for _ in range(request.route_count):
            route = routes.Route(line=line, segment_indices=[0], minutes=request.budget_minutes)
            yield routes.PlanResponse(route=route)
        yield routes.PlanResponse(quality=routes.RouteSetQuality(r2=0.6, seed=request.seed))


@dataclass
class FakeServices:
    """The four fakes, served on one port."""

    artifacts: ArtifactStore
    area: Area = field(default_factory=make_area)
    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        self.scheduler = FakeScheduler(self.script)  # type: ignore[abstract] # the gateway calls no other method

    def reset(self) -> None:
        """Let every fake be as it was at first."""
        self.script.reset()
        self.area.CopyFrom(make_area())
        self.scheduler.infeasible = False

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve on a free port and yield the address."""
        running = await start_server(ServiceSettings(port=0), self.register)
        try:
            yield f"127.0.0.1:{running.port}"
        finally:
            await running.drain(0)

    def register(self, server: grpc.aio.Server) -> Sequence[str]:
        """Add the four servicers to a server."""
        predictor_fake = FakePredictor(self.script, self.artifacts, self.area)  # type: ignore[abstract] # as above
        add_PredictorServiceServicer_to_server(predictor_fake, server)
        add_DemandServiceServicer_to_server(FakeDemand(self.script, self.area), server)
        add_SchedulerServiceServicer_to_server(self.scheduler, server)
        add_AnnealerServiceServicer_to_server(FakeAnnealers(self.script), server)  # type: ignore[abstract] # as above
        add_RoutesServiceServicer_to_server(FakeRoutes(self.script), server)
        files = (predictor.DESCRIPTOR, demand.DESCRIPTOR, scheduler.DESCRIPTOR, routes.DESCRIPTOR)
        return [service.full_name for file in files for service in file.services_by_name.values()]
