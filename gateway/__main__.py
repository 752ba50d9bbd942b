"""Runs the gateway: ``python -m gateway``."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import structlog

from gateway.adoption import adopting
from gateway.annealers import Annealers
from gateway.area_store import AreaStore
from gateway.areas import Areas
from gateway.bell import Bell
from gateway.clock import utc_now
from gateway.database import Database
from gateway.deployments import Deployments
from gateway.http.app import make_app
from gateway.http.browsers import HostNames
from gateway.http.server import serve_http
from gateway.messages import MessageStore
from gateway.plan_journal import PlanJournal
from gateway.plan_runner_dbos import DbosPlanRunner, RunnerSettings
from gateway.plan_store import PlanStore
from gateway.plan_work import ServicePlanWork
from gateway.plans import Plans
from gateway.redeployment import Redeployment
from gateway.retry import RetryPolicy
from gateway.servicer import GatewayServicer
from gateway.services import Services, open_services
from gateway.settings import GatewaySettings
from gateway.staffing_plans import StaffingPlans
from gateway.standing_plans import StandingPlans
from gateway.steps.sequence import STEPS
from officers.gateway.v1.gateway_pb2 import DESCRIPTOR
from officers.gateway.v1.gateway_pb2_grpc import add_GatewayServiceServicer_to_server
from serving.artifacts import ArtifactStore
from serving.errors import OfficersError
from serving.server import end_signal, start_server
from serving.settings import read_settings
from serving.telemetry import start_telemetry

SERVICE = DESCRIPTOR.services_by_name["GatewayService"]

log = structlog.get_logger("gateway")


@asynccontextmanager
async def open_gateway(settings: GatewaySettings) -> AsyncIterator[GatewayServicer]:
    """Open the database and the channels, go on with unfinished plans, and yield the servicer."""
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings))
        database = Database(settings.database_url)
        stack.callback(database.close)
        await asyncio.to_thread(database.migrate)
        servicer, work, plans = await _build(settings, database, services)
        stack.push_async_callback(plans.runner.close)
        await stack.enter_async_context(adopting(plans.store, plans.runner, work))
        yield servicer


async def _build(
    settings: GatewaySettings, database: Database, services: Services
) -> tuple[GatewayServicer, ServicePlanWork, Plans]:
    artifacts = ArtifactStore(settings.artifact_url)
    messages = MessageStore(artifacts)
    bell = Bell()
    store = PlanStore(database, utc_now, [step.name for step in STEPS])
    journal = PlanJournal(database, utc_now, bell)
    policy = RetryPolicy(settings.retry_attempts, settings.retry_first_delay_seconds)
    work = ServicePlanWork(store, journal, artifacts, messages, services, policy)
    runner_settings = RunnerSettings(settings.checkpoint_url, settings.executor_id, settings.plans_at_once)
    runner = await DbosPlanRunner.launch(runner_settings, work)
    areas = Areas(AreaStore(database, utc_now), artifacts, messages, services)
    plans = Plans(areas, store, StandingPlans(store, messages), journal, runner, bell)
    deployments = Deployments(areas, store, messages, utc_now)
    suggestions = Redeployment(deployments, services), StaffingPlans(areas, services)
    servicer = GatewayServicer(areas, Annealers(services), plans, deployments, *suggestions, messages)
    return servicer, work, plans


async def serve(settings: GatewaySettings) -> None:
    """Serve gRPC and HTTP until SIGTERM or SIGINT, then drain; unfinished plans go on at the next start."""
    ended = end_signal()
    async with open_gateway(settings) as servicer:

        def register(server: grpc.aio.Server) -> Sequence[str]:
            add_GatewayServiceServicer_to_server(servicer, server)
            return [SERVICE.full_name]

        names = HostNames.read(settings.http_names, settings.host)
        async with serve_http(make_app(SERVICE, servicer, names), settings, settings.http_port) as http_port:
            running = await start_server(settings, register)
            log.info("serving", address=f"{settings.host}:{running.port}", http=f"{settings.host}:{http_port}")
            await ended.wait()
            log.info("draining", seconds=settings.drain_seconds)
            await running.drain(settings.drain_seconds)
    log.info("stopped")


def main() -> None:
    """Run the gateway with the settings of the environment."""
    settings = read_settings(GatewaySettings)
    start_telemetry(settings, "gateway")
    try:
        asyncio.run(serve(settings))
    except OfficersError as error:
        log.error("cannot start", error=str(error))
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
