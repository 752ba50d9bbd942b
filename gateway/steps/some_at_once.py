"""Runs the same work for several things, some of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")


async def run_some_at_once(function: Callable[[A], Awaitable[T]], arguments: Sequence[A], at_once: int) -> Sequence[T]:
    """Return the results in the order of the arguments; the first exception cancels the rest and is raised."""
    free = asyncio.Semaphore(at_once)

    async def run_one(argument: A) -> T:
        async with free:
            return await function(argument)

    tasks = [asyncio.create_task(run_one(argument)) for argument in arguments]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
