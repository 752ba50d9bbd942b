from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from gateway.testing.fakes import FakeServices
from serving.artifacts import ArtifactStore


@pytest.fixture
def settings(tmp_path: Path) -> GatewaySettings:
    return GatewaySettings(
        port=0,
        http_port=0,
        database_url=f"sqlite:///{tmp_path}/gateway/gateway.db",
        artifact_url=str(tmp_path / "artifacts"),
        retry_attempts=4,
        retry_first_delay_seconds=0.0,
        drain_seconds=0,
    )


@pytest.fixture
async def fakes(settings: GatewaySettings) -> AsyncIterator[FakeServices]:
    services = FakeServices(ArtifactStore(settings.artifact_url))
    async with services.serve() as address:
        settings.predictor_address = settings.demand_address = address
        settings.scheduler_address = settings.routes_address = address
        yield services
