"""The fourth step: patrol routes for every sector that has streets with incidents near them."""

from collections.abc import Sequence
from itertools import count
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from gateway.seeds import derive_seed
from gateway.shift_times import Span
from gateway.steps.some_at_once import run_some_at_once
from gateway.steps.step import Artifacts, StepWork
from officers.gateway.v1.gateway_pb2 import SectorRoutes
from officers.predictor.v1.predictor_pb2 import PredictIntensityResponse
from officers.routes.v1.routes_pb2 import DayWindow, ExpectedCalls, PlanRequest, SectorNetwork
from serving.errors import FailedPrecondition, Internal

TIMEOUT_SECONDS = 300
DAY_MINUTES = 24 * 60
SECTORS_AT_ONCE = 4

EXAMPLE_NETWORK = "geodanet"
"""Planned on where an area has no streets: a shipped network that lies elsewhere, as an example of the method."""

WITHOUT_ROUTES = {"NO_STREETS", "NO_INCIDENTS", "NO_ROUTE_IN_BUDGET"}
"""Why a sector can have no routes; the others of the area still get theirs."""

log = structlog.get_logger("plan")


async def plan_routes(work: StepWork) -> Artifacts:
    """Plan the routes of all sectors, a few at a time."""
    sector_ids = routed_sectors(work)
    intensity = await work.read("intensity", PredictIntensityResponse)
    done = count(1)

    async def plan_one(sector_id: str) -> str:
        request = routes_request(work, sector_id, intensity)
        artifact, note = await _ask_routes(work, request, sector_id)
        number = next(done)
        await work.report(number / len(sector_ids), f"routes of {number} of {len(sector_ids)} networks{note}")
        return artifact

    await work.report(0.0, "planning patrol routes")
    artifacts = await run_some_at_once(plan_one, sector_ids, SECTORS_AT_ONCE)
    return {f"routes/{sector_id}": artifact for sector_id, artifact in zip(sector_ids, artifacts, strict=True)}


def routed_sectors(work: StepWork) -> Sequence[str]:
    """Return the sectors to plan routes for; the empty id stands for the example network."""
    has_roads = bool(work.area.road_nodes_artifact and work.area.road_arcs_artifact)
    return [sector.id for sector in work.area.sectors] if has_roads else [""]


def routes_request(work: StepWork, sector_id: str, intensity: PredictIntensityResponse) -> PlanRequest:
    """Return the request for the routes of a sector: by what is expected in its cells during the shift.

    Past incidents at the shift's time of day tell the streets of a cell from each other.
    """
    options = work.options
    request = PlanRequest(
        route_count=options.routes_per_sector,
        budget_minutes=options.route_budget_minutes,
        reward=options.route_reward,
        seed=derive_seed(options.seed, f"routes/{sector_id}"),
    )
    if sector_id:
        sector = SectorNetwork(
            area_artifact=work.order.area_artifact,
            sector_id=sector_id,
            history_until_date=work.order.history_until_date,
            expected_calls=expected_calls(intensity),
        )
        window = day_window(work.span, work.area.time_zone)
        if window is not None:
            sector.likelihood.window.CopyFrom(window)
        request.sector.CopyFrom(sector)
    else:
        request.shipped_network = EXAMPLE_NETWORK
    return request


def expected_calls(intensity: PredictIntensityResponse) -> ExpectedCalls:
    """Return the calls that are expected per cell over all predicted hours."""
    shape = (intensity.hour_count, intensity.grid.row_count * intensity.grid.column_count)
    calls = np.array(intensity.intensities, dtype=np.float64).reshape(shape).sum(axis=0)
    return ExpectedCalls(grid=intensity.grid, calls=calls.tolist())


def day_window(span: Span, time_zone: str) -> DayWindow | None:
    """Return the time of day of a span; None where it lasts a day or longer."""
    if span.minutes >= DAY_MINUTES:
        return None
    start, end = (instant.astimezone(ZoneInfo(time_zone)) for instant in (span.start_time, span.end_time))
    minutes = [local.hour * 60 + local.minute for local in (start, end)]
    return None if minutes[0] == minutes[1] else DayWindow(start_minute=minutes[0], end_minute=minutes[1])


async def _ask_routes(work: StepWork, request: PlanRequest, sector_id: str) -> tuple[str, str]:
    """Return the artifact of a sector's routes, and what people should know about it."""
    try:
        routes = await work.answers.ask(request, SectorRoutes, lambda: _collect(work, request, sector_id))
    except FailedPrecondition as error:
        if not sector_id or error.reason not in WITHOUT_ROUTES:
            raise
        log.warning("sector without routes", sector=sector_id, reason=error.reason, error=error.message)
        artifact = await work.answers.keep(SectorRoutes(sector_id=sector_id, missing_reason=error.message))
        return artifact, f"; none in sector {sector_id!r}: {error.message}"
    return routes.artifact, ""


async def _collect(work: StepWork, request: PlanRequest, sector_id: str) -> SectorRoutes:
    collected = SectorRoutes(sector_id=sector_id)
    async for response in work.services.routes.Plan(request, timeout=TIMEOUT_SECONDS):
        match response.WhichOneof("part"):
            case "network":
                collected.network.CopyFrom(response.network)
            case "route":
                collected.routes.append(response.route)
            case "quality":
                collected.quality.CopyFrom(response.quality)
                return collected
    raise Internal("The routes service ended its answer without the quality of the set.")
