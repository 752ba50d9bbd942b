from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.testing.harness import GatewayUnderTest, gateway_under_test


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayUnderTest]:
    async with gateway_under_test(tmp_path) as running:
        yield running
