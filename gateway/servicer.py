"""The gateway's RPCs. There is no authentication yet: whoever reaches the port may call everything."""

from collections.abc import AsyncIterator

from gateway.annealers import Annealers
from gateway.areas import Areas
from gateway.convert import (
    area_record,
    area_summary,
    deployment_message,
    event_message,
    plan_message,
    redeployment_message,
    to_instant,
)
from gateway.deployments import Deployments
from gateway.messages import MessageStore
from gateway.names import PlanName, parse_area_name, parse_plan_name
from gateway.plans import Plans
from gateway.records import PlanRecord, PlanState
from gateway.redeployment import Redeployment
from gateway.staffing_plans import StaffingPlans
from officers.gateway.v1 import gateway_pb2 as pb
from officers.gateway.v1.gateway_pb2_grpc import GatewayServiceServicer
from serving.work import ServicerContext, run_in_thread


class GatewayServicer(GatewayServiceServicer):
    """Serves ``officers.gateway.v1.GatewayService``, over gRPC and over HTTP with JSON alike."""

    def __init__(
        self,
        areas: Areas,
        annealers: Annealers,
        plans: Plans,
        deployments: Deployments,
        redeployment: Redeployment,
        staffing_plans: StaffingPlans,
        messages: MessageStore,
    ) -> None:
        self._areas = areas
        self._annealers = annealers
        self._plans = plans
        self._deployments = deployments
        self._redeployment = redeployment
        self._staffing_plans = staffing_plans
        self._messages = messages

    async def ImportArea(self, request: pb.ImportAreaRequest, context: ServicerContext) -> pb.ImportAreaResponse:
        """Import an area directory."""
        area_id = parse_area_name(request.name, "name")
        await self._areas.import_area(area_id, request.archive)
        found = await run_in_thread(context, lambda _: self._areas.get(area_id))
        return pb.ImportAreaResponse(area=area_record(*found))

    async def GetArea(self, request: pb.GetAreaRequest, context: ServicerContext) -> pb.GetAreaResponse:
        """Read an area."""
        area_id = parse_area_name(request.name, "name")
        found = await run_in_thread(context, lambda _: self._areas.get(area_id))
        return pb.GetAreaResponse(area=area_record(*found))

    async def ListAreas(self, request: pb.ListAreasRequest, context: ServicerContext) -> pb.ListAreasResponse:
        """List areas."""
        page = await run_in_thread(context, lambda _: self._areas.list(request.page_size, request.page_token))
        areas = [area_summary(snapshot, area) for snapshot, area in page.entries]
        return pb.ListAreasResponse(areas=areas, next_page_token=page.next_page_token)

    async def CreatePlan(self, request: pb.CreatePlanRequest, context: ServicerContext) -> pb.CreatePlanResponse:
        """Begin a plan."""
        await self._annealers.check(request.options.solve_options)
        plan = await run_in_thread(context, lambda _: self._plans.create(request))
        return pb.CreatePlanResponse(plan=plan_message(plan))

    async def GetPlan(self, request: pb.GetPlanRequest, context: ServicerContext) -> pb.GetPlanResponse:
        """Read a plan."""
        name = parse_plan_name(request.name)
        plan = await run_in_thread(context, lambda _: self._complete(self._plans.get(name)))
        return pb.GetPlanResponse(plan=plan)

    async def ListPlans(self, request: pb.ListPlansRequest, context: ServicerContext) -> pb.ListPlansResponse:
        """List plans."""
        area_id = parse_area_name(request.parent, "parent")
        page = await run_in_thread(context, lambda _: self._plans.list(area_id, request.page_size, request.page_token))
        plans = [plan_message(plan) for plan in page.entries]
        return pb.ListPlansResponse(plans=plans, next_page_token=page.next_page_token)

    async def CancelPlan(self, request: pb.CancelPlanRequest, context: ServicerContext) -> pb.CancelPlanResponse:
        """Cancel a plan."""
        name = parse_plan_name(request.name)
        plan = await run_in_thread(context, lambda _: self._plans.cancel(name))
        return pb.CancelPlanResponse(plan=plan_message(plan))

    async def WatchPlan(
        self,
        request: pb.WatchPlanRequest,
        context: ServicerContext,  # noqa: ARG002 # the stream ends with its call
    ) -> AsyncIterator[pb.WatchPlanResponse]:
        """Stream events."""
        async for event in self._plans.watch(parse_plan_name(request.name), request.cursor):
            yield event_message(event)

    async def ApprovePlan(self, request: pb.ApprovePlanRequest, context: ServicerContext) -> pb.ApprovePlanResponse:
        """Record an approval."""
        name = parse_plan_name(request.name)
        plan = await run_in_thread(context, lambda _: self._decide(name, PlanState.APPROVED, request))
        return pb.ApprovePlanResponse(plan=plan)

    async def RejectPlan(self, request: pb.RejectPlanRequest, context: ServicerContext) -> pb.RejectPlanResponse:
        """Record a rejection."""
        name = parse_plan_name(request.name)
        plan = await run_in_thread(context, lambda _: self._decide(name, PlanState.REJECTED, request))
        return pb.RejectPlanResponse(plan=plan)

    async def GetDeployment(
        self, request: pb.GetDeploymentRequest, context: ServicerContext
    ) -> pb.GetDeploymentResponse:
        """Read where every car should be."""
        area_id = parse_area_name(request.area, "area")
        time = to_instant(request.time, "time") if request.HasField("time") else None
        found = await run_in_thread(context, lambda _: self._deployments.at(area_id, time))
        return deployment_message(found)

    async def Redeploy(
        self,
        request: pb.RedeployRequest,
        context: ServicerContext,  # noqa: ARG002 # the call to the service ends with this one
    ) -> pb.RedeployResponse:
        """Suggest where free cars should wait."""
        area_id = parse_area_name(request.area, "area")
        time = to_instant(request.time, "time") if request.HasField("time") else None
        found = await self._redeployment.suggest(area_id, time, request.cars, request.most_moves)
        return redeployment_message(*found)

    async def PlanStaffing(
        self,
        request: pb.PlanStaffingRequest,
        context: ServicerContext,  # noqa: ARG002 # the calls to the services end with this one
    ) -> pb.PlanStaffingResponse:
        """Plan when crews should begin."""
        return await self._staffing_plans.plan(parse_area_name(request.area, "area"), request)

    def _decide(
        self, name: PlanName, verdict: PlanState, request: pb.ApprovePlanRequest | pb.RejectPlanRequest
    ) -> pb.Plan:
        return self._complete(self._plans.decide(name, verdict, request.decided_by, request.note))

    def _complete(self, plan: PlanRecord) -> pb.Plan:
        result = self._messages.get(plan.result_artifact, pb.PlanResult) if plan.result_artifact else None
        return plan_message(plan, result)
