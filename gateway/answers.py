"""The answers of services within one plan: asked for once, then remembered, also through restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import Message

from gateway.messages import MessageStore
from gateway.retry import OnRetry, RetryPolicy, call_with_retry
from serving.artifacts import request_key

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Answer(Generic[M]):
    """An answer and the artifact that holds it."""

    artifact: str
    message: M


class Answers:
    """Asks services on behalf of one plan.

    An answer is stored as an artifact and remembered under the hash of its request and the plan, so that a step that
    runs again after a restart goes on where it was. Plans do not share answers: what "the newest model" is may have
    changed, and services remember across plans themselves where that is right.
    """

    def __init__(self, messages: MessageStore, policy: RetryPolicy, plan_id: str, on_retry: OnRetry) -> None:
        self._messages = messages
        self._policy = policy
        self._plan_id = plan_id
        self._on_retry = on_retry

    async def ask(self, request: Message, kind: type[M], call: Callable[[], Awaitable[M]]) -> Answer[M]:
        """Return the remembered answer to `request`, or get one through `call`. Raises OfficersError."""
        key = request_key(request, self._plan_id, kind.DESCRIPTOR.full_name)
        artifact = await asyncio.to_thread(self._messages.recall, key)
        if artifact is not None:
            return Answer(artifact, await self.read(artifact, kind))
        message = await call_with_retry(call, self._policy, self._on_retry, service_of(kind))
        artifact = await self.keep(message)
        await asyncio.to_thread(self._messages.remember, key, artifact)
        return Answer(artifact, message)

    async def keep(self, message: Message) -> str:
        """Store a message and return its artifact."""
        return await asyncio.to_thread(self._messages.put, message)

    async def read(self, artifact: str, kind: type[M]) -> M:
        """Return a stored message. Raises NotFound."""
        return await asyncio.to_thread(self._messages.get, artifact, kind)


def service_of(kind: type[Message]) -> str:
    """Return the name of the service that answers with a message.

    >>> from officers.scheduler.v1.scheduler_pb2 import Schedule
    >>> service_of(Schedule)
    'scheduler'
    """
    return str(kind.DESCRIPTOR.full_name).split(".")[1]
