"""Draws and records the calls of a bench through the services, once; a manifest in the work folder remembers them."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from cli.area_directory import pack_area
from cli.area_session import AreaSession, open_session, sample_calls, shift_span
from cli.demand_bench.data import BenchData, ShiftCalls, weeks_from
from cli.files import write_files
from cli.planning import train_model
from cli.progress import Report
from gateway.seeds import derive_seed
from officers.area.v1.area_pb2 import Area
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import InvalidArgument

DAY_MINUTES = 1440
MANY_SCENARIOS = 1000


@dataclass(frozen=True)
class SourceOptions:
    """What to draw and record."""

    area_folder: Path
    state: Path
    first: date
    last: date
    copies: int
    scenarios: int
    seed: int


def prepare_data(options: SourceOptions, work: Path, report: Report, quiet: bool) -> BenchData:
    """Return the data of a bench, from the manifest of an earlier run with the same options where there is one.

    Raises
    ------
    InvalidArgument
        The days are not in whole weeks after the training data, or the shifts do not cover the day.
    """
    manifest, asked_for = work / "manifest.json", _asked_for(options)
    kept = _read_manifest(manifest)
    if kept.get("asked_for") == asked_for:
        return BenchData.from_dict(kept["data"])
    with open_session(options.area_folder, options.state, ("model_server", "predictor"), quiet) as session:
        data = _draw(session, options, report)
    write_files(work, {manifest.name: json.dumps({"asked_for": asked_for, "data": data.to_dict()})}, "--work")
    return data


def _read_manifest(file: Path) -> dict[str, Any]:
    """Return what was kept; nothing where there is nothing that can be read."""
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return kept


def _asked_for(options: SourceOptions) -> dict[str, str]:
    """Return the options and what is in the area directory now."""
    area = hashlib.sha256(pack_area(options.area_folder)).hexdigest()
    return {"area_sha256": area} | {name: str(value) for name, value in vars(options).items()}


def _draw(session: AreaSession, options: SourceOptions, report: Report) -> BenchData:
    area = session.area
    trained_until = date.fromisoformat(area.train_until_date)
    _check(area, options, trained_until)
    report(0.0, "model")
    train_model(
        session.clients,
        predictor.TrainModelRequest(area_artifact=session.area_artifact, seed=options.seed),
        lambda fraction, message: report(0.3 * fraction, message),
    )
    past_first = trained_until - timedelta(days=7 * 52 - 1)
    past_weeks = weeks_from(past_first, trained_until)
    past, spread_past = (tuple(_record(session, past_weeks, options.seed, spreads)) for spreads in (False, True))
    weeks = weeks_from(options.first, options.last)
    recorded = tuple(_record(session, weeks, options.seed, spreads_heaped_times=False))
    shifts = list(_sample_shifts(session, options, 7 * len(weeks), report))
    return BenchData(
        artifact_url=str(options.state.resolve() / "artifacts"),
        area_artifact=session.area_artifact,
        copies=options.copies,
        past_start=past_first.isoformat(),
        past_weeks=past,
        spread_past_weeks=spread_past,
        start=options.first.isoformat(),
        weeks=recorded,
        shifts=tuple(shifts),
        many=_sample_many(session, options),
    )


def _check(area: Area, options: SourceOptions, trained_until: date) -> None:
    if options.first <= trained_until:
        raise InvalidArgument("--from", f"Expected a day after {trained_until}, the last of the training data.")
    if not weeks_from(options.first, options.last):
        raise InvalidArgument("--to", f"Expected at least a week from {options.first} on, got {options.last}.")
    minutes = sum(round(60 * shift.hours) for shift in area.shifts)
    starts = sorted((_start_minute(shift.start), round(60 * shift.hours)) for shift in area.shifts)
    follows = all(
        (start + length) % DAY_MINUTES == starts[(number + 1) % len(starts)][0]
        for number, (start, length) in enumerate(starts)
    )
    if not area.shifts or minutes != DAY_MINUTES or not follows:
        raise InvalidArgument("--area", "Expected shifts in area.toml that follow each other around the clock.")


def _start_minute(start: str) -> int:
    hour, minute = map(int, start.split(":"))
    return 60 * hour + minute


def _record(session: AreaSession, weeks: list[date], seed: int, spreads_heaped_times: bool) -> Iterator[str]:
    """Yield the artifacts of the calls recorded in each local week, each with draws of its own."""
    zone = ZoneInfo(session.area.time_zone)
    for week in weeks:
        start, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (week, week + timedelta(days=7)))
        start_time = Timestamp()
        start_time.FromDatetime(start)
        minutes = round((end.timestamp() - start.timestamp()) / 60)
        answer = session.clients.predictor.ReadRecordedCalls(
            predictor.ReadRecordedCallsRequest(
                area_artifact=session.area_artifact,
                start_time=start_time,
                minutes=min(minutes, 7 * DAY_MINUTES),
                seed=derive_seed(seed, f"recorded/{week}"),
                spread_heaped_times=spreads_heaped_times,
            )
        )
        if answer.notes:
            raise InvalidArgument("--to", f"Expected weeks within the records, got that of {week}. {answer.notes[0]}")
        yield answer.call_set.artifact


def _sample_shifts(session: AreaSession, options: SourceOptions, days: int, report: Report) -> Iterator[ShiftCalls]:
    """Yield the scenarios of every shift that reaches into the days, that of the evening before included."""
    for number, day in enumerate(options.first + timedelta(days=offset) for offset in range(-1, days)):
        report(0.3 + 0.7 * number / (days + 1), f"scenarios of {day}")
        for shift in session.area.shifts:
            start_minute = (number - 1) * DAY_MINUTES + _start_minute(shift.start)
            minutes = round(60 * shift.hours)
            if start_minute + minutes <= 0:
                continue
            span = shift_span(session.area, shift.name, day.isoformat(), None)
            count = options.scenarios * options.copies
            sets = [
                sample_calls(session, span, count, derive_seed(options.seed, f"{day} {shift.name}"), purpose).artifact
                for purpose in ("training", "validation")
            ]
            yield ShiftCalls(day.isoformat(), shift.name, start_minute, minutes, *sets)


def _sample_many(session: AreaSession, options: SourceOptions) -> str:
    span = shift_span(session.area, session.area.shifts[0].name, options.first.isoformat(), None)
    count = MANY_SCENARIOS * options.copies
    return sample_calls(session, span, count, options.seed, "test").artifact
