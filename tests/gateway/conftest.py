from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from gateway.area_store import AreaStore
from gateway.bell import Bell
from gateway.clock import utc_now
from gateway.database import Database
from gateway.messages import MessageStore
from gateway.plan_journal import PlanJournal
from gateway.plan_store import PlanStore
from gateway.plan_work import ServicePlanWork
from gateway.records import NewPlan
from gateway.retry import RetryPolicy
from gateway.steps.sequence import STEPS
from gateway.testing.area import make_area
from gateway.testing.harness import GatewayUnderTest, gateway_under_test
from serving.artifacts import ArtifactStore

START_TIME = datetime(2015, 1, 1, 13, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayUnderTest]:
    async with gateway_under_test(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def gateway(shared_gateway: GatewayUnderTest) -> GatewayUnderTest:
    shared_gateway.fakes.reset()
    return shared_gateway


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[ServicePlanWork]:
    """Work for one plan, "p", with no service to ask."""
    database = Database(f"sqlite:///{tmp_path}/gateway.db")
    database.migrate()
    artifacts = ArtifactStore(str(tmp_path / "artifacts"))
    messages = MessageStore(artifacts)
    area_artifact = messages.put(make_area())
    AreaStore(database, utc_now).add("town", area_artifact, "b" * 64, "{}")
    store = PlanStore(database, utc_now, [step.name for step in STEPS])
    end_time = START_TIME + timedelta(hours=8)
    times = (START_TIME, end_time, START_TIME, "2015-01-01")
    store.create("p", NewPlan("town", area_artifact, "day", "08:00", *times, 4, "{}", "", "{}", "", "k"))
    nothing: Any = SimpleNamespace()
    journal = PlanJournal(database, utc_now, Bell())
    yield ServicePlanWork(store, journal, artifacts, messages, nothing, RetryPolicy(1, 0.0))
    database.close()
