"""Small made-up towns for tests."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from officers.area.v1 import area_pb2
from services.routes.arrays import FloatArray
from services.routes.streets import Street, line_length_m
from serving.artifacts import ArtifactStore

CORNER = np.array([-73.98, 40.75])
BLOCK_DEGREES = np.array([0.0012, 0.0009])
"""About 100 m by 100 m at the corner's latitude."""

SECTOR = "S1"
EMPTY_SECTOR = "S2"
QUIET_SECTOR = "S3"
HISTORY_START = datetime(2020, 1, 1, 12, tzinfo=UTC)


def grid_point(row: float, column: float) -> FloatArray:
    """Return the longitude and latitude of a corner of the grid."""
    return np.asarray(CORNER + BLOCK_DEGREES * [column, row])


def grid_streets(rows: int, columns: int, rng: np.random.Generator | None = None) -> list[Street]:
    """Return the streets of a grid of corners; with `rng` some are missing and some are one-way."""
    streets = []
    for node in range(rows * columns):
        row, column = divmod(node, columns)
        for next_row, next_column in ((row, column + 1), (row + 1, column)):
            if next_row < rows and next_column < columns:
                line = np.array([grid_point(row, column), grid_point(next_row, next_column)])
                draw = 1.0 if rng is None else rng.random()
                if draw > 0.1:
                    forward, backward = not 0.1 < draw < 0.2, not 0.2 < draw < 0.3
                    other = next_row * columns + next_column
                    streets.append(Street(node, other, line, line_length_m(line), forward, backward))
    return streets


def grid_tables(rows: int, columns: int) -> tuple[pa.Table, pa.Table]:
    """Return the node and arc tables of a grid of two-way streets."""
    points = np.array([grid_point(*divmod(node, columns)) for node in range(rows * columns)])
    nodes = pa.table({"node": np.arange(len(points)) + 1, "longitude": points[:, 0], "latitude": points[:, 1]})
    ends = np.array([(street.from_node, street.to_node) for street in grid_streets(rows, columns)])
    ends = np.concatenate([ends, ends[:, ::-1]]) + 1
    arcs = pa.table({"arc": np.arange(len(ends)), "from_node": ends[:, 0], "to_node": ends[:, 1]})
    return nodes, arcs


def store_area(store: ArtifactStore, rows: int = 5, columns: int = 5, with_roads: bool = True) -> str:
    """Store the snapshot of an area and return its artifact.

    One sector has a grid of streets and one incident a day in its south-west corner from 1 to 30 January 2020 (training
    ends with 20 January), one has no streets, one has streets but no incidents.
    """
    nodes, arcs = grid_tables(rows, columns)
    area = area_pb2.Area(
        name="Gridtown",
        time_zone="America/New_York",
        train_until_date="2020-01-20",
        sectors=[
            area_pb2.Sector(id=SECTOR, geometry_geojson=_rectangle((0, 0), (rows - 1, columns - 1))),
            area_pb2.Sector(id=EMPTY_SECTOR, geometry_geojson=_rectangle((100, 100), (101, 101))),
            area_pb2.Sector(id=QUIET_SECTOR, geometry_geojson=_rectangle((0, 0), (rows - 1, columns - 1))),
        ],
        incidents_artifact=store.put_table(_incidents()),
    )
    if with_roads:
        area.road_nodes_artifact, area.road_arcs_artifact = store.put_table(nodes), store.put_table(arcs)
    return store.put(area.SerializeToString(deterministic=True))


def _incidents() -> pa.Table:
    days = 30
    points = np.array([grid_point(0, 0) + BLOCK_DEGREES * [0.4 + 0.02 * day, 0.05] for day in range(days)])
    times = [HISTORY_START + timedelta(days=day) for day in range(days)]
    return pa.table(
        {
            "time": pa.array(times, pa.timestamp("us", tz="UTC")),
            "longitude": points[:, 0],
            "latitude": points[:, 1],
            "sector": [SECTOR] * days,
        }
    )


def _rectangle(low: tuple[int, int], high: tuple[int, int]) -> str:
    west, south = grid_point(*low).tolist()
    east, north = grid_point(*high).tolist()
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})
