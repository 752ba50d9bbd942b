from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.testing.harness import GatewayUnderTest, gateway_under_test


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayUnderTest]:
    async with gateway_under_test(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def gateway(shared_gateway: GatewayUnderTest) -> GatewayUnderTest:
    shared_gateway.fakes.reset()
    return shared_gateway
