"""A bounded queue in front of the work: some runs, some waits, the rest is told to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from serving.errors import ResourceExhausted


class Admission:
    """Lets at most `max_running` calls run and `max_waiting` more wait."""

    def __init__(self, max_running: int, max_waiting: int, retry_delay_seconds: float) -> None:
        self._places = asyncio.Semaphore(max_running)
        self._free = max_running + max_waiting
        self._retry_delay_seconds = retry_delay_seconds

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place for the block, waiting for one if need be.

        Raises
        ------
        ResourceExhausted
            As many calls wait as may.
        """
        if self._free == 0:
            raise ResourceExhausted("Too many solves are waiting; call again later.", self._retry_delay_seconds)
        self._free -= 1
        try:
            async with self._places:
                yield
        finally:
            self._free += 1
