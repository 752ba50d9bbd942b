"""Messages as artifacts: immutable, named by their hash, the last few kept in memory."""

from collections.abc import Hashable
from functools import lru_cache
from typing import TypeVar, cast

from google.protobuf.message import Message

from serving.artifacts import ArtifactStore

M = TypeVar("M", bound=Message)

MESSAGES_IN_MEMORY = 32


class MessageStore:
    """Stores serialised messages in an artifact store. Callers treat what they read as immutable."""

    def __init__(self, artifacts: ArtifactStore) -> None:
        self._artifacts = artifacts
        self._read = lru_cache(maxsize=MESSAGES_IN_MEMORY)(self._parse)

    def put(self, message: Message) -> str:
        """Store a message and return its hash."""
        return self._artifacts.put(message.SerializeToString(deterministic=True))

    def get(self, artifact: str, kind: type[M]) -> M:
        """Return the message of an artifact. Raises NotFound."""
        message = self._read(artifact, cast(Hashable, kind))
        assert isinstance(message, kind)
        return message

    def remember(self, key: str, artifact: str) -> None:
        """Note which artifact answered the request with this key."""
        self._artifacts.remember(key, artifact)

    def recall(self, key: str) -> str | None:
        """Return the artifact that answered the request with this key; None: none yet."""
        return self._artifacts.recall(key)

    def _parse(self, artifact: str, kind: type[Message]) -> Message:
        return kind.FromString(self._artifacts.get(artifact))
