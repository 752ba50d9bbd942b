"""From a zipped area directory to an area: everything checked, every assumption noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from services.predictor.area import Area, Grid, Sector, ServiceType, TimePrecision
from services.predictor.area_archive import AREA_FILE_NAME, read_archive
from services.predictor.area_capabilities import area_capabilities
from services.predictor.area_file import AreaFile, parse_area_file
from services.predictor.area_grid import covering_grid
from services.predictor.conditions import read_conditions
from services.predictor.data_policy import DataPolicy, LeaveOutRule, leave_out
from services.predictor.import_notes import note_responses, note_times
from services.predictor.import_report import ImportReport, RejectionLog
from services.predictor.incident_places import place_rows
from services.predictor.incident_rows import check_rows, read_rows
from services.predictor.incident_table import incident_table
from services.predictor.record_checks import check_records
from services.predictor.record_checks.records import Records
from services.predictor.roads import read_roads
from services.predictor.sector_building import build_sectors, drop_outliers
from services.predictor.sector_centres import sector_centre
from services.predictor.sector_file import read_sectors
from services.predictor.sector_map import SectorMap
from services.predictor.sector_neighbours import find_neighbours
from services.predictor.sector_shapes import SectorShape, simplify
from services.predictor.service_types import complete, read_service_types
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument


@dataclass(frozen=True)
class AreaImport:
    """An imported area and the report on it."""

    area: Area
    report: ImportReport


def import_area(archive: bytes, store: ArtifactStore, further_rules: Sequence[LeaveOutRule] = ()) -> AreaImport:
    """Validate and normalise a zipped area directory; stores incidents, roads and rejected rows as artifacts.

    The area's own data policy comes before anything is made from the records. The further rules come after sectors
    and grid, so that areas that differ in them alone have the same axes.

    Raises
    ------
    InvalidArgument
        The archive, a file or a field of `area.toml` cannot be used.
    """
    files = read_archive(archive)
    settings = parse_area_file(files[AREA_FILE_NAME])
    log, notes = RejectionLog(), list(settings.notes)
    listed = read_service_types(files, settings.services.file) if settings.services else ()
    records = _read_records(files, settings, listed, further_rules, log, notes)
    rows, shapes = records.rows, records.shapes
    services = _service_types(listed, rows, notes)
    note_responses(notes, settings, rows)
    nodes_artifact, arcs_artifact = _store_roads(files, settings, store)
    train_until = _train_until(settings, rows, notes)
    area = Area(
        name=settings.name,
        time_zone=settings.time_zone,
        holidays=settings.holiday_calendar,
        train_until_date=train_until,
        grid=records.grid,
        sectors=_sectors(shapes, rows),
        service_types=services,
        travel=settings.travel_speeds,
        shifts=settings.shift_list,
        teams=settings.team_list(frozenset(shape.id for shape in shapes)),
        time_precision=TimePrecision(settings.incidents.precision),
        incidents_artifact=store.put_table(incident_table(rows)),
        road_nodes_artifact=nodes_artifact,
        road_arcs_artifact=arcs_artifact,
        conditions_artifact=_store_conditions(files, settings, train_until, notes, store),
        policy=records.policy,
        capabilities=area_capabilities(services, rows),
    )
    warnings = check_records(Records.of_area(area, rows))
    report = ImportReport(
        rows_read=records.rows_read,
        rows_accepted=len(rows),
        rejections=log.counts(),
        rejections_artifact=_store_rejections(log, store),
        notes=tuple(notes),
        policy=area.policy,
        warnings=warnings,
    )
    return AreaImport(area, report)


@dataclass(frozen=True)
class _Records:
    """Accepted rows, each with its sector and point, and the axes they are placed on."""

    rows: pd.DataFrame
    shapes: tuple[SectorShape, ...]
    grid: Grid
    policy: DataPolicy
    rows_read: int


def _read_records(
    files: Mapping[str, bytes],
    settings: AreaFile,
    listed: Sequence[ServiceType],
    further_rules: Sequence[LeaveOutRule],
    log: RejectionLog,
    notes: list[str],
) -> _Records:
    """Read, check, leave out, place."""
    read = read_rows(files, settings.incidents)
    rows, ambiguous_count = check_rows(read, settings.incidents, settings.time_zone, log)
    _require_rows(rows, log)
    known_types = _known_types(rows, listed)
    rows, policy = _apply(settings.policy.rules, rows, settings, known_types, "policy.leave_out", notes)
    shapes, rows = _sector_shapes(files, settings, rows, log, notes)
    grid = covering_grid(SectorMap([shape.geometry for shape in shapes]).bounds(), settings)
    rows, drawn_count = place_rows(rows, shapes, grid, log)
    _require_rows(rows, log)
    rows, further = _apply(further_rules, rows, settings, known_types, "further_rules", notes)
    note_times(notes, settings, ambiguous_count, drawn_count)
    return _Records(rows, shapes, grid, policy.followed_by(further), len(read))


def _require_rows(rows: pd.DataFrame, log: RejectionLog) -> None:
    if len(rows) > 0:
        return
    first = log.counts()[0]
    raise InvalidArgument(
        "incidents.file",
        f"Expected usable incidents; all rows were rejected, {first.row_count} for {first.field}: {first.reason}.",
    )


def _sector_shapes(
    files: Mapping[str, bytes], settings: AreaFile, rows: pd.DataFrame, log: RejectionLog, notes: list[str]
) -> tuple[tuple[SectorShape, ...], pd.DataFrame]:
    """Read the sectors, or build them from the incidents; returns them with the rows still accepted."""
    if settings.sectors is not None:
        return simplify(read_sectors(files, settings.sectors.file)), rows
    located = rows["latitude"].notna() & rows["sector"].notna()
    if not located.any():
        raise InvalidArgument("sectors.file", "Expected polygons, or incidents with a point and a sector.")
    rows = drop_outliers(rows, log)
    source = rows[rows["latitude"].notna() & rows["sector"].notna()]
    shapes = simplify(
        build_sectors(
            source["latitude"].to_numpy(), source["longitude"].to_numpy(), source["sector"].to_numpy(dtype=str)
        )
    )
    notes.append(f"{len(shapes)} sectors were built from the points of {len(source)} incidents (no sectors file).")
    return shapes, rows


def _known_types(rows: pd.DataFrame, listed: Sequence[ServiceType]) -> frozenset[str]:
    """Return the types of the records and of the services table: those that a policy may name."""
    return frozenset(str(name) for name in rows["type"].unique()) | {service.type for service in listed}


def _apply(
    rules: Sequence[LeaveOutRule],
    rows: pd.DataFrame,
    settings: AreaFile,
    known_types: frozenset[str],
    field: str,
    notes: list[str],
) -> tuple[pd.DataFrame, DataPolicy]:
    """Leave out what the rules say."""
    kept, policy = leave_out(rows, rules, settings.time_zone, known_types, field)
    unsaid_count = int(kept["reported_by"].isna().sum())
    if unsaid_count and any(rule.reported_by for rule in rules):
        notes.append(f"{unsaid_count} records do not say who reported them; rules on reported_by leave them in.")
    return kept, policy


def _service_types(listed: Sequence[ServiceType], rows: pd.DataFrame, notes: list[str]) -> tuple[ServiceType, ...]:
    services = complete(listed, [str(name) for name in rows["type"].unique()])
    assumed = [service.type for service in services if service.assumed]
    if assumed:
        notes.append(
            f"No service row for {', '.join(assumed)}: assumed priority other, first car within 30 minutes, one car, "
            "lognormal on-scene minutes (mu 3.0593, sigma 1.0, at most 240)."
        )
    return services


def _train_until(settings: AreaFile, rows: pd.DataFrame, notes: list[str]) -> date:
    """Return the last day of training, within the days that have incidents."""
    days = rows["time"].dt.tz_convert(settings.time_zone).dt.date
    first_date: date = days.min()
    last_date: date = days.max()
    if settings.train_until is None:
        notes.append(f"No train_until: all incidents up to {last_date.isoformat()} are training data.")
        return last_date
    if not first_date <= settings.train_until <= last_date:
        expected = f"a day from {first_date.isoformat()} to {last_date.isoformat()}, the days of the incidents"
        raise InvalidArgument("train_until", f"Expected {expected}, got {settings.train_until.isoformat()}.")
    return settings.train_until


def _sectors(shapes: Sequence[SectorShape], rows: pd.DataFrame) -> tuple[Sector, ...]:
    calls = dict(tuple(rows.groupby("sector")[["latitude", "longitude"]]))
    none = pd.DataFrame({"latitude": [], "longitude": []})
    neighbours = find_neighbours([shape.geometry for shape in shapes])
    return tuple(
        Sector(
            id=shape.id,
            name=shape.name,
            home_cluster=shape.home_cluster,
            centre=sector_centre(shape, calls.get(shape.id, none)),
            geometry_geojson=shape.geojson,
            adjacent_sector_ids=tuple(shapes[position].id for position in adjacent),
        )
        for shape, adjacent in zip(shapes, neighbours, strict=True)
    )


def _store_conditions(
    files: Mapping[str, bytes], settings: AreaFile, train_until: date, notes: list[str], store: ArtifactStore
) -> str:
    if settings.conditions is None:
        return ""
    conditions = read_conditions(files, settings.conditions.file, settings.time_zone, notes)
    conditions.note_end(train_until, settings.time_zone, notes)
    return store.put_table(conditions.to_table())


def _store_roads(files: Mapping[str, bytes], settings: AreaFile, store: ArtifactStore) -> tuple[str, str]:
    if settings.roads is None:
        return "", ""
    nodes, arcs = read_roads(files, settings.roads.nodes, settings.roads.arcs)
    return store.put_table(nodes), store.put_table(arcs)


def _store_rejections(log: RejectionLog, store: ArtifactStore) -> str:
    rejected = log.table()
    return store.put(rejected.to_csv(index=False).encode()) if len(rejected) else ""
