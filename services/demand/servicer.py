"""The RPCs of the demand service: convert, call, convert."""

from collections.abc import Callable
from typing import TypeVar

from google.protobuf.message import Message

from officers.demand.v1 import demand_pb2, demand_pb2_grpc
from services.demand.compute_travel import compute_travel
from services.demand.convert_optimize import from_demand_answer, parse_optimize_response, to_demand_order
from services.demand.convert_redeploy import from_moves_answer, to_moves_order
from services.demand.convert_simulate import from_replay, to_replay_order
from services.demand.convert_staffing import from_staffing_answer, parse_staffing_response, to_staffing_order
from services.demand.convert_travel import from_travel, to_travel_order
from services.demand.library import Library
from services.demand.optimiser.optimise import OPTIMISER_VERSION
from services.demand.plan_demand import plan_demand
from services.demand.plan_staffing import STAFFING_VERSION, plan_staffing
from services.demand.replay_calls import replay_calls
from services.demand.suggest_moves import suggest_moves
from serving.artifacts import ArtifactStore, request_key
from serving.work import ServicerContext, Stop, run_in_thread

M = TypeVar("M", bound=Message)


class DemandServicer(demand_pb2_grpc.DemandServiceServicer):
    """Serves `officers.demand.v1.DemandService`.

    Answers of Optimize and PlanStaffing are kept in the store by the request's hash; `workers` threads compute them.
    """

    def __init__(self, library: Library, store: ArtifactStore, workers: int = 1) -> None:
        self._library = library
        self._store = store
        self._workers = workers

    async def ComputeTravel(
        self, request: demand_pb2.ComputeTravelRequest, context: ServicerContext
    ) -> demand_pb2.ComputeTravelResponse:
        """See the contract."""
        return await run_in_thread(
            context, lambda _: from_travel(compute_travel(to_travel_order(request), self._library))
        )

    async def Optimize(
        self, request: demand_pb2.OptimizeRequest, context: ServicerContext
    ) -> demand_pb2.OptimizeResponse:
        """See the contract."""
        return await run_in_thread(context, lambda stop: self._optimize(request, stop))

    async def Simulate(
        self, request: demand_pb2.SimulateRequest, context: ServicerContext
    ) -> demand_pb2.SimulateResponse:
        """See the contract."""
        return await run_in_thread(context, lambda stop: self._simulate(request, stop))

    async def PlanStaffing(
        self, request: demand_pb2.PlanStaffingRequest, context: ServicerContext
    ) -> demand_pb2.PlanStaffingResponse:
        """See the contract."""
        return await run_in_thread(context, lambda stop: self._plan_staffing(request, stop))

    async def Redeploy(
        self, request: demand_pb2.RedeployRequest, context: ServicerContext
    ) -> demand_pb2.RedeployResponse:
        """See the contract."""
        return await run_in_thread(context, lambda _: self._redeploy(request))

    def _optimize(self, request: demand_pb2.OptimizeRequest, stop: Stop) -> demand_pb2.OptimizeResponse:
        def answer() -> tuple[demand_pb2.OptimizeResponse, bool]:
            found = plan_demand(to_demand_order(request), self._library, stop, self._workers)
            return from_demand_answer(found), found.complete

        return self._answer_once(request_key(request, OPTIMISER_VERSION), parse_optimize_response, answer)

    def _simulate(self, request: demand_pb2.SimulateRequest, stop: Stop) -> demand_pb2.SimulateResponse:
        answer = replay_calls(to_replay_order(request), self._library, stop)
        calls = answer.call_results
        return from_replay(answer, self._store.put_table(calls) if calls is not None else "")

    def _plan_staffing(self, request: demand_pb2.PlanStaffingRequest, stop: Stop) -> demand_pb2.PlanStaffingResponse:
        def answer() -> tuple[demand_pb2.PlanStaffingResponse, bool]:
            found = plan_staffing(to_staffing_order(request), self._library, stop, self._workers)
            return from_staffing_answer(found), found.complete

        return self._answer_once(request_key(request, STAFFING_VERSION), parse_staffing_response, answer)

    def _redeploy(self, request: demand_pb2.RedeployRequest) -> demand_pb2.RedeployResponse:
        order = to_moves_order(request)
        return from_moves_answer(suggest_moves(order, self._library), order)

    def _answer_once(self, key: str, parse: Callable[[bytes], M], answer: Callable[[], tuple[M, bool]]) -> M:
        """Return the stored answer of a request, or compute it and store it where it is complete."""
        stored = self._store.recall(key)
        if stored is not None:
            return parse(self._store.get(stored))
        response, complete = answer()
        if complete:
            self._store.remember(key, self._store.put(response.SerializeToString(deterministic=True)))
        return response
