"""Areas: importing a directory through the predictor, and reading what was imported."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from google.protobuf import json_format

from gateway.area_store import AreaStore
from gateway.messages import MessageStore
from gateway.page_tokens import Page, check_page_size, make_page_token, read_page_token
from gateway.records import AreaSnapshot
from gateway.services import Services
from officers.area.v1.area_pb2 import Area
from officers.predictor.v1.predictor_pb2 import ImportAreaRequest, ImportAreaResponse
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument, OfficersError
from serving.status import from_rpc_error

LARGEST_ARCHIVE_BYTES = 64 * 1024 * 1024
IMPORT_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Areas:
    """Imports and reads areas."""

    store: AreaStore
    artifacts: ArtifactStore
    messages: MessageStore
    services: Services

    async def import_area(self, area_id: str, archive: bytes) -> AreaSnapshot:
        """Import a zip archive of an area directory as the area's current snapshot.

        Raises
        ------
        InvalidArgument
            The archive is empty or too large, or the predictor finds it at fault.
        """
        if not 0 < len(archive) <= LARGEST_ARCHIVE_BYTES:
            raise InvalidArgument("archive", f"Expected 1 to {LARGEST_ARCHIVE_BYTES} bytes, got {len(archive)}.")
        source_artifact = await asyncio.to_thread(self.artifacts.put, archive)
        answer = await self._ask_predictor(source_artifact)
        report = json_format.MessageToJson(answer.report, indent=None)
        await asyncio.to_thread(self.messages.get, answer.area_artifact, Area)  # it is there, for all to read
        return await asyncio.to_thread(self.store.add, area_id, answer.area_artifact, source_artifact, report)

    def get(self, area_id: str) -> tuple[AreaSnapshot, Area]:
        """Return an area's current snapshot. Raises NotFound."""
        snapshot = self.store.get(area_id)
        return snapshot, self.messages.get(snapshot.area_artifact, Area)

    def list(self, page_size: int, page_token: str) -> Page[tuple[AreaSnapshot, Area]]:
        """Return a page of areas by id. Raises InvalidArgument."""
        limit = check_page_size(page_size)
        after = read_page_token("areas", page_token)
        snapshots: Sequence[AreaSnapshot] = self.store.list(after[0] if after else "", limit + 1)
        shown = snapshots[:limit]
        more = make_page_token("areas", [shown[-1].area_id]) if len(snapshots) > limit else ""
        return Page([(entry, self.messages.get(entry.area_artifact, Area)) for entry in shown], more)

    async def _ask_predictor(self, source_artifact: str) -> ImportAreaResponse:
        request = ImportAreaRequest(source_artifact=source_artifact)
        try:
            return await self.services.predictor.ImportArea(request, timeout=IMPORT_TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise _of_the_archive(from_rpc_error(error, "predictor")) from error


def _of_the_archive(error: OfficersError) -> OfficersError:
    """Name the field that callers know in place of the one that the predictor was given."""
    if not isinstance(error, InvalidArgument):
        return error
    return InvalidArgument.of(
        ("archive" if violation.field == "source_artifact" else violation.field, violation.description)
        for violation in error.violations
    )
