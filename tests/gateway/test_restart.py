"""A gateway that is stopped and started again."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest

from gateway.testing.fakes import FakeServices
from gateway.testing.harness import ARCHIVE, GatewayUnderTest, gateway_under_test, make_settings
from officers.gateway.v1 import gateway_pb2 as pb
from officers.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from serving.artifacts import ArtifactStore
from serving.channel import open_channel
from serving.errors import Unavailable


async def test_a_restarted_gateway_goes_on_where_it_was(tmp_path: Path) -> None:
    async with gateway_under_test(tmp_path) as gateway:
        gateway.fakes.script.hold("SampleScenarios")
        await gateway.import_area("areas/town")
        request = pb.CreatePlanRequest(parent="areas/town", shift="day", date="2015-01-01")
        name = (await gateway.stub.CreatePlan(request)).plan.name
        await gateway.fakes.script.wait_until_called("SampleScenarios")
    async with gateway_under_test(tmp_path) as gateway:
        plan = await gateway.wait_for(name)
        assert plan.state == pb.PLAN_STATE_READY_FOR_REVIEW
        assert [step.attempt_count for step in plan.steps] == [2, 1, 1, 1, 1]
        assert gateway.fakes.script.calls["PredictIntensity"] == 0  # its answer was remembered within the step


async def test_deployments_are_read_while_all_services_are_away(tmp_path: Path) -> None:
    async with gateway_under_test(tmp_path) as gateway:
        plan = await gateway.make_plan("areas/town")
        await gateway.stub.ApprovePlan(pb.ApprovePlanRequest(name=plan.name, decided_by="Sgt. Vimes"))
    async with gateway_under_test(tmp_path) as gateway:
        gateway.fakes.script.fail("Optimize", Unavailable("away"))
        answer = await gateway.stub.GetDeployment(pb.GetDeploymentRequest(area="areas/town", time=plan.start_time))
        assert answer.plan == plan.name
        assert not gateway.fakes.script.calls
        with pytest.raises(grpc.aio.AioRpcError):
            await gateway.stub.GetDeployment(pb.GetDeploymentRequest(area="areas/town", time=plan.end_time))


@dataclass(frozen=True)
class GatewayProcess:
    """A gateway as a process of its own."""

    process: asyncio.subprocess.Process
    gateway: GatewayUnderTest

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def gateway_process(folder: Path, fakes: FakeServices, address: str) -> AsyncIterator[GatewayProcess]:
    settings = make_settings(folder, address).model_dump(mode="json", exclude_none=True)
    environment = {f"GATEWAY_{name}".upper(): str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", stderr=asyncio.subprocess.PIPE, env={**os.environ, **environment}
    )
    try:
        ports = await _read_ports(process)
        async with open_channel(ports["address"]) as channel:
            gateway = GatewayUnderTest(fakes, GatewayServiceStub(channel), f"http://{ports['http']}")
            yield GatewayProcess(process, gateway)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _read_ports(process: asyncio.subprocess.Process) -> dict[str, str]:
    assert process.stderr is not None
    lines = []
    async for line in process.stderr:
        lines.append(line.decode())
        if line.startswith(b"{") and (entry := json.loads(line))["event"] == "serving":
            return entry
    raise AssertionError(f"the gateway did not start: {''.join(lines)}")


async def test_a_killed_gateway_goes_on_without_repeating_finished_steps(tmp_path: Path) -> None:
    fakes = FakeServices(ArtifactStore(str(tmp_path / "artifacts")))
    script = fakes.script
    script.hold("WatchSolve")
    async with fakes.serve() as address:
        async with gateway_process(tmp_path, fakes, address) as first:
            stub = first.gateway.stub
            await stub.ImportArea(pb.ImportAreaRequest(name="areas/town", archive=ARCHIVE))
            request = pb.CreatePlanRequest(parent="areas/town", shift="day", date="2015-01-01")
            name = (await stub.CreatePlan(request)).plan.name
            await script.wait_until_called("WatchSolve")
            seen = [event async for event in _first_events(stub, name, 8)]
            await first.kill()
        script.release("WatchSolve")
        async with gateway_process(tmp_path, fakes, address) as second:
            events = await second.gateway.watch(name, cursor=seen[-1].cursor)
            plan = (await second.gateway.stub.GetPlan(pb.GetPlanRequest(name=name))).plan
            async with httpx.AsyncClient(base_url=second.gateway.http_url, trust_env=False) as client:
                assert (await client.get("/healthz")).json() == {"status": "SERVING"}
            second.process.terminate()
            assert await second.process.wait() == 0
    assert plan.state == pb.PLAN_STATE_READY_FOR_REVIEW
    assert [step.attempt_count for step in plan.steps] == [1, 1, 2, 1, 1]
    assert dict(script.calls) == {
        "ImportArea": 1, "PredictIntensity": 1, "SampleScenarios": 3, "Optimize": 1,
        "ComputeTravel": 1, "WatchSolve": 2, "Plan": 1, "Simulate": 1,
    }  # fmt: skip
    cursors = [event.cursor for event in [*seen, *events]]
    assert cursors == list(range(1, len(cursors) + 1))


async def _first_events(stub: GatewayServiceStub, name: str, number: int) -> AsyncIterator[pb.WatchPlanResponse]:
    call = stub.WatchPlan(pb.WatchPlanRequest(name=name))
    async for event in call:
        yield event
        if event.cursor == number:
            call.cancel()
            return
