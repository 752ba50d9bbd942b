import asyncio

import pytest

from gateway.steps.some_at_once import run_some_at_once
from serving.errors import Internal


async def test_some_run_at_once_and_the_order_is_kept() -> None:
    running, most = 0, 0

    async def double(argument: str) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return 2 * argument

    assert await run_some_at_once(double, list("abcdefgh"), 3) == [2 * letter for letter in "abcdefgh"]
    assert most == 3


async def test_the_first_exception_cancels_the_rest() -> None:
    cancelled = []

    async def work(argument: str) -> None:
        if argument == "b":
            raise Internal("broken")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(argument)
            raise

    with pytest.raises(Internal, match="broken"):
        await run_some_at_once(work, ["a", "b", "c", "d"], 3)
    assert {"a", "c"} <= set(cancelled)
