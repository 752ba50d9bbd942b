"""The artifact store: immutable files named by their sha256, and the memory of which request made which file."""

import hashlib
import io
import os
import uuid
from functools import lru_cache

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf.message import Message

from serving.errors import NotFound

TABLES_IN_MEMORY = 8


class ArtifactStore:
    """Artifacts below one fsspec URL: a folder on a laptop, a volume or S3-compatible bucket in a cluster.

    Writing is atomic and durable: a reader sees a whole artifact or none, and what is named in a database was on the
    disk before. Any number of processes may share a store.

    >>> store = ArtifactStore("memory://doctest")
    >>> store.get(store.put(b"content"))
    b'content'
    """

    def __init__(self, url: str) -> None:
        self._files, self._root = fsspec.core.url_to_fs(url)
        self._read_table = lru_cache(maxsize=TABLES_IN_MEMORY)(self._parse_table)

    def put(self, content: bytes) -> str:
        """Store `content` and return its sha256 in hex."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._artifact_path(sha256)
        if self._size(path) != len(content):  # absent, or cut short by a fault of the disk
            self._write(path, content)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the content of an artifact.

        Raises
        ------
        NotFound
            There is no such artifact, or its content is damaged.
        """
        try:
            content: bytes = self._files.cat_file(self._artifact_path(sha256))
        except FileNotFoundError:
            raise NotFound("artifact", sha256) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise NotFound("artifact", sha256, f"The artifact {sha256!r} is damaged: its content has another hash.")
        return content

    def put_table(self, table: pa.Table) -> str:
        """Store a table as parquet and return its sha256; the same table gives the same hash."""
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        return self.put(buffer.getvalue())

    def get_table(self, sha256: str) -> pa.Table:
        """Return a table; the last few are kept in memory. Raises NotFound."""
        table: pa.Table = self._read_table(sha256)
        return table

    def remember(self, key: str, sha256: str) -> None:
        """Note that the request with this key was answered by this artifact."""
        self._write(self._key_path(key), sha256.encode())

    def recall(self, key: str) -> str | None:
        """Return the artifact that answered the request with this key; None if there is none yet."""
        try:
            sha256: str = self._files.cat_file(self._key_path(key)).decode()
        except FileNotFoundError:
            return None
        return sha256

    def _parse_table(self, sha256: str) -> pa.Table:
        return pq.read_table(io.BytesIO(self.get(sha256)))

    def _size(self, path: str) -> int | None:
        try:
            size: int = self._files.size(path)
        except FileNotFoundError:
            return None
        return size

    def _artifact_path(self, sha256: str) -> str:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise NotFound("artifact", sha256)
        return f"{self._root}/{sha256[:2]}/{sha256}"

    def _key_path(self, key: str) -> str:
        return f"{self._root}/requests/{key[:2]}/{key}"

    def _write(self, path: str, content: bytes) -> None:
        folder, name = path.rsplit("/", 1)
        self._files.makedirs(folder, exist_ok=True)
        if "file" not in self._files.protocol:
            self._files.pipe_file(path, content)  # object stores write whole objects
            return
        unfinished = f"{folder}/.{name}.{uuid.uuid4().hex}"
        with self._files.open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._files.mv(unfinished, path)
        _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    """Put a folder's entries on the disk, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def request_key(message: Message, *parts: str) -> str:
    """Return a stable key of a request and of what else its answer depends on, such as a model version."""
    digest = hashlib.sha256(message.DESCRIPTOR.full_name.encode())
    for part in (message.SerializeToString(deterministic=True), *(part.encode() for part in parts)):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
