from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from gateway.database import Database
from gateway.plan_orders import staffing_from_text
from gateway.plan_rows import read_plan
from gateway.settings import GatewaySettings
from gateway.tables import AREA_SNAPSHOTS, AREAS, METADATA
from officers.gateway.v1.gateway_pb2 import Staffing


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/new/folder/gateway.db")
    database.migrate()
    return database


def test_migrations_make_the_tables_of_the_code(database: Database) -> None:
    database.migrate()  # again changes nothing
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


PLAN_OF_BEFORE = """
INSERT INTO plans (plan_id, area_id, area_artifact, shift, shift_start, start_time, end_time, as_of_time,
                   history_until_date, cars, options, request_key, state, fraction, message, result_artifact,
                   last_sequence, create_time, update_time)
VALUES ('p', 'a', '', 'day', '08:00', :time, :time, :time, '2015-01-01', 7, '{}', '', 'APPROVED', 1.0, '', '', 0,
        :time, :time)
"""


def test_plans_of_before_crews_keep_their_cars(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/gateway.db")
    database.migrate("0001")
    with database.write() as connection:
        connection.execute(insert(AREAS).values(area_id="a", snapshot_number=1))
        connection.execute(text(PLAN_OF_BEFORE), {"time": "2015-01-01 08:00:00.000000"})
    database.migrate()
    with database.read() as connection:
        order = read_plan(connection, "p", "p").order
    assert staffing_from_text(order.staffing) == Staffing(cars=7)
    assert order.standing_plan_id == ""


def test_a_block_that_raises_changes_nothing(database: Database) -> None:
    row = {"area_id": "a", "snapshot_number": 1}
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(AREAS), [row, row])
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(AREAS)) == 0


def test_readers_see_one_state_while_a_writer_commits(database: Database) -> None:
    with database.read() as reader:
        assert reader.scalar(select(func.count()).select_from(AREAS)) == 0
        with database.write() as writer:
            writer.execute(insert(AREAS).values(area_id="a", snapshot_number=1))
        assert reader.scalar(select(func.count()).select_from(AREAS)) == 0
    with database.read() as reader:
        assert reader.scalar(select(func.count()).select_from(AREAS)) == 1


def test_foreign_keys_hold(database: Database) -> None:
    row = {"area_artifact": "", "source_artifact": "", "import_report": "", "import_time": None}
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(AREA_SNAPSHOTS).values(area_id="nowhere", number=1, **row))


def test_checkpoints_lie_beside_the_database(tmp_path: Path) -> None:
    beside = GatewaySettings(database_url=f"sqlite:///{tmp_path}/gateway.db")
    assert beside.checkpoint_url == f"sqlite:///{tmp_path}/gateway-workflows.db"
    server = GatewaySettings(database_url="postgresql+psycopg://gateway:secret@db/gateway")
    assert server.checkpoint_url == "postgresql+psycopg://gateway:secret@db/gateway"
    given = GatewaySettings(workflow_database_url="sqlite:///elsewhere.db")
    assert given.checkpoint_url == "sqlite:///elsewhere.db"
