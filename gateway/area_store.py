"""Areas in the database: the history of their snapshots, the newest of which counts."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.audit import record_action
from gateway.clock import Clock
from gateway.database import Database
from gateway.records import AreaSnapshot
from gateway.tables import AREA_SNAPSHOTS, AREAS
from serving.errors import NotFound

_CURRENT = select(AREA_SNAPSHOTS).join(
    AREAS, (AREAS.c.area_id == AREA_SNAPSHOTS.c.area_id) & (AREAS.c.snapshot_number == AREA_SNAPSHOTS.c.number)
)


class AreaStore:
    """Keeps every snapshot of every area."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, area_id: str, area_artifact: str, source_artifact: str, import_report: str) -> AreaSnapshot:
        """Make a snapshot the current one; the same snapshot again changes nothing."""
        added = AreaSnapshot(area_id, area_artifact, source_artifact, import_report, self._clock())
        with self._database.write() as connection:
            number = connection.scalar(select(AREAS.c.snapshot_number).filter_by(area_id=area_id).with_for_update())
            if number is not None:
                current = _read_current(connection, area_id)
                if (current.area_artifact, current.source_artifact) == (area_artifact, source_artifact):
                    return current
            _insert(connection, added, 1 if number is None else number + 1)
            record_action(connection, added.import_time, "", "import", f"areas/{area_id}", area_artifact)
        return added

    def get(self, area_id: str) -> AreaSnapshot:
        """Return the current snapshot. Raises NotFound."""
        with self._database.read() as connection:
            return _read_current(connection, area_id)

    def list(self, after_area_id: str, limit: int) -> Sequence[AreaSnapshot]:
        """Return current snapshots by area id, beginning after one."""
        query = _CURRENT.where(AREAS.c.area_id > after_area_id).order_by(AREAS.c.area_id).limit(limit)
        with self._database.read() as connection:
            return [_to_snapshot(row) for row in connection.execute(query).mappings()]


def _read_current(connection: Connection, area_id: str) -> AreaSnapshot:
    row = connection.execute(_CURRENT.where(AREAS.c.area_id == area_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("area", f"areas/{area_id}")
    return _to_snapshot(row)


def _insert(connection: Connection, snapshot: AreaSnapshot, number: int) -> None:
    if number == 1:
        connection.execute(insert(AREAS).values(area_id=snapshot.area_id, snapshot_number=number))
    else:
        connection.execute(update(AREAS).filter_by(area_id=snapshot.area_id).values(snapshot_number=number))
    connection.execute(
        insert(AREA_SNAPSHOTS).values(
            area_id=snapshot.area_id,
            number=number,
            area_artifact=snapshot.area_artifact,
            source_artifact=snapshot.source_artifact,
            import_report=snapshot.import_report,
            import_time=snapshot.import_time,
        )
    )


def _to_snapshot(row: RowMapping) -> AreaSnapshot:
    return AreaSnapshot(
        row["area_id"], row["area_artifact"], row["source_artifact"], row["import_report"], row["import_time"]
    )
