"""The RPCs of the demand service: convert, call, convert."""

from officers.demand.v1 import demand_pb2, demand_pb2_grpc
from services.demand.compute_travel import compute_travel
from services.demand.convert import (
    from_demand_answer,
    from_replay,
    parse_optimize_response,
    to_demand_order,
    to_replay_order,
)
from services.demand.convert_travel import from_travel, to_travel_order
from services.demand.library import Library
from services.demand.optimiser.optimise import OPTIMISER_VERSION
from services.demand.plan_demand import plan_demand
from services.demand.replay_calls import replay_calls
from serving.artifacts import ArtifactStore, request_key
from serving.work import ServicerContext, Stop, run_in_thread


class DemandServicer(demand_pb2_grpc.DemandServiceServicer):
    """Serves `officers.demand.v1.DemandService`; answers of Optimize are kept in the store by the request's hash."""

    def __init__(self, library: Library, store: ArtifactStore) -> None:
        self._library = library
        self._store = store

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

    def _optimize(self, request: demand_pb2.OptimizeRequest, stop: Stop) -> demand_pb2.OptimizeResponse:
        key = request_key(request, OPTIMISER_VERSION)
        stored = self._store.recall(key)
        if stored is not None:
            return parse_optimize_response(self._store.get(stored))
        answer = plan_demand(to_demand_order(request), self._library, stop)
        response = from_demand_answer(answer)
        if answer.complete:
            self._store.remember(key, self._store.put(response.SerializeToString(deterministic=True)))
        return response

    def _simulate(self, request: demand_pb2.SimulateRequest, stop: Stop) -> demand_pb2.SimulateResponse:
        return from_replay(replay_calls(to_replay_order(request), self._library, stop))
