"""Suggested moves of free cars: what the approved plan expects, asked of the demand service with where cars are now."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import grpc

from gateway.deployments import Deployments, PlanInEffect
from gateway.plan_orders import options_from_text
from gateway.records import PlanRecord
from gateway.services import Services
from officers.demand.v1.demand_pb2 import CarNow, RedeployRequest, RedeployResponse
from serving.status import from_rpc_error

TIMEOUT_SECONDS = 10.0

HORIZON_MINUTES = 45.0
"""How far ahead a move should pay, as the contract says."""


@dataclass(frozen=True)
class Redeployment:
    """Suggests moves; nothing is changed or kept."""

    deployments: Deployments
    services: Services

    async def suggest(
        self, area_id: str, time: datetime | None, cars: Iterable[CarNow], most_moves: int
    ) -> tuple[PlanRecord, RedeployResponse]:
        """Return the plan in effect at a time (None: now) and the moves that it makes worth while.

        Raises
        ------
        InvalidArgument
            A car is at fault, or there are none; every fault is named.
        NotFound
            There is no such area, or no approved plan covers the time.
        FailedPrecondition
            The plan's rules need to know which sectors are next to each other, and the area does not say.
        Unavailable
            The demand service does not answer.
        """
        found = await asyncio.to_thread(self.deployments.in_effect, area_id, time)
        request = _make_request(found, cars, most_moves)
        try:
            moves = await self.services.demand.Redeploy(request, timeout=TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, "demand") from error
        return found.plan, moves


def _make_request(found: PlanInEffect, cars: Iterable[CarNow], most_moves: int) -> RedeployRequest:
    order = found.plan.order
    return RedeployRequest(
        area_artifact=order.area_artifact,
        expected_calls_artifact=found.result.test_calls.artifact,
        now_minute=found.minute,
        cars=cars,
        rules=options_from_text(order.options).rules,
        most_moves=most_moves,
        horizon_minutes=HORIZON_MINUTES,
    )
