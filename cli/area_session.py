"""What `predict`, `demand` and `simulate` begin with: some services, an imported area, and the calls of a shift."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from cli.area_directory import pack_area, read_area_name
from cli.clients import Clients, connect
from cli.options import find_shift, parse_day
from cli.progress import progress_bar
from cli.stack import free_ports
from cli.starting import started_stack
from gateway.seeds import derive_seed
from officers.area.v1.area_pb2 import Area
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument

MIDNIGHT, DAY_MINUTES = "00:00", 1440
INDEPENDENT, STRATIFIED = predictor.SCENARIO_SAMPLING_INDEPENDENT, predictor.SCENARIO_SAMPLING_STRATIFIED

Purpose: TypeAlias = Literal["training", "validation", "test"]
"""What scenarios are for, as in a plan: to optimise on, to choose among candidates on, to report on."""


@dataclass(frozen=True)
class AreaSession:
    """Running services and an imported area; `source_artifact` is the area directory in their `store`."""

    clients: Clients
    area_artifact: str
    area: Area
    store: ArtifactStore
    source_artifact: str


@dataclass(frozen=True)
class ShiftSpan:
    """One shift on one day; `day` is the local day on which it starts, ISO 8601."""

    day: str
    start_time: Timestamp
    minutes: int
    local_start: str
    cars: int
    title: str


@contextmanager
def open_session(folder: Path, state: Path, services: Collection[str], quiet: bool) -> Iterator[AreaSession]:
    """Start services for the block and import the area directory.

    Raises
    ------
    InvalidArgument
        The area directory cannot be used.
    Unavailable
        A service does not become ready.
    """
    name = read_area_name(folder)
    archive = pack_area(folder)
    with started_stack(state, free_ports(), quiet, services) as stack, connect(stack.addresses) as clients:
        store = ArtifactStore(str(stack.artifact_folder))
        source = store.put(archive)
        with progress_bar(f"Importing {name}", quiet):
            imported = clients.predictor.ImportArea(predictor.ImportAreaRequest(source_artifact=source))
        yield AreaSession(clients, imported.area_artifact, imported.area, store, source)


def shift_span(area: Area, shift_name: str | None, day: str | None, cars: int | None) -> ShiftSpan:
    """Resolve a shift of an area to its instants. Raises InvalidArgument for an unknown shift or a bad day."""
    shift, local_day = find_shift(area, shift_name), parse_day(area, day)
    minutes = round(timedelta(hours=shift.hours).total_seconds() / 60)
    iso_day = local_day.isoformat()
    start_time = _instant(area, local_day, shift.start)
    return ShiftSpan(iso_day, start_time, minutes, shift.start, cars or shift.cars, f"{iso_day} {shift.name}")


def days_span(area: Area, day: str | None, days: int) -> ShiftSpan:
    """Resolve days from a local midnight on to their instants; without cars. Raises InvalidArgument for a bad day."""
    first = parse_day(area, day)
    iso_day = first.isoformat()
    start_time = _instant(area, first, MIDNIGHT)
    return ShiftSpan(iso_day, start_time, days * DAY_MINUTES, MIDNIGHT, 0, f"{days} days from {iso_day} on")


def _instant(area: Area, day: date, time: str) -> Timestamp:
    hour, minute = map(int, time.split(":"))
    instant = Timestamp()
    instant.FromDatetime(datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(area.time_zone)))
    return instant


def next_shifts(area: Area) -> list[ShiftSpan]:
    """Return every shift of the first day after the training data. Raises InvalidArgument where there is none."""
    if not area.shifts:
        raise InvalidArgument("--area", "Expected an area with at least one shift in area.toml, found none.")
    return [shift_span(area, shift.name, None, None) for shift in area.shifts]


def sample_calls(
    session: AreaSession,
    span: ShiftSpan,
    scenario_count: int,
    seed: int,
    purpose: Purpose,
    model: str = "",
    as_of_time: Timestamp | None = None,
    is_stratified: bool = False,
) -> predictor.CallSet:
    """Draw scenarios of a shift; sets of other purposes are independent.

    Parameters
    ----------
    model
        Empty: the one in use.
    as_of_time
        Calls at or after it are not looked at; None: the start of the shift.
    is_stratified
        Averages over the scenarios vary less, and intervals that take them as independent are wrong.
    """
    request = predictor.SampleScenariosRequest(
        area_artifact=session.area_artifact,
        model=model,
        start_time=span.start_time,
        minutes=span.minutes,
        as_of_time=as_of_time,
        scenario_count=scenario_count,
        seed=derive_seed(seed, purpose),
        sampling=STRATIFIED if is_stratified else INDEPENDENT,
    )
    return session.clients.predictor.SampleScenarios(request).call_set
