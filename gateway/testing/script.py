"""What fakes do when they are called: count, fail, block."""

import asyncio
from collections import Counter, defaultdict, deque

from google.protobuf.message import Message

from serving.errors import OfficersError


class Script:
    """Counts the calls of every method, makes some fail and holds others back.

    A method is named as in its service, for example "Optimize".
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.cancelled: Counter[str] = Counter()
        self.requests: defaultdict[str, list[Message]] = defaultdict(list)
        self._failures: defaultdict[str, deque[OfficersError]] = defaultdict(deque)
        self._gates: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Condition()

    def reset(self) -> None:
        """Forget all calls and let every method answer."""
        for method in list(self._gates):
            self.release(method)
        for memory in (self.calls, self.cancelled, self.requests, self._failures):
            memory.clear()

    def fail(self, method: str, *errors: OfficersError) -> None:
        """Let the next calls of a method fail, one error each."""
        self._failures[method].extend(errors)

    def hold(self, method: str) -> None:
        """Hold calls of a method back until :meth:`release`."""
        self._gates[method] = asyncio.Event()

    def release(self, method: str) -> None:
        """Let calls of a method go on."""
        self._gates.pop(method).set()

    async def wait_until_called(self, method: str, times: int = 1) -> None:
        """Wait until a method has been called so often."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.calls[method] >= times)

    async def wait_until_cancelled(self, method: str) -> None:
        """Wait until a call of a method has been cancelled by its caller."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.cancelled[method] > 0)

    async def enter(self, method: str, request: Message) -> None:
        """Note a call, then fail or wait as told."""
        self.requests[method].append(request)
        await self._count(self.calls, method)
        if self._failures[method]:
            raise self._failures[method].popleft()
        gate = self._gates.get(method)
        if gate is None:
            return
        try:
            await gate.wait()
        except asyncio.CancelledError:
            await self._count(self.cancelled, method)
            raise

    async def _count(self, counter: Counter[str], method: str) -> None:
        async with self._changed:
            counter[method] += 1
            self._changed.notify_all()
