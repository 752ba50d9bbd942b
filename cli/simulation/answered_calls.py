"""How every call of a replay was answered under every deployment, as lines for other programs."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from officers.area.v1.area_pb2 import Area

COLUMNS = (
    "deployment", "replay", "date", "minute", "sector_id", "sector", "type", "urgent", "target_minutes",
    "response_minutes", "late",
)  # fmt: skip
CALL_COLUMNS = ("scenario", "minute", "sector", "type", "urgent", "target_minutes")
LINES_AT_ONCE = 100_000


@dataclass(frozen=True, eq=False)
class AnsweredCalls:
    """Tables of docs/formats.md, "Artifacts".

    Parameters
    ----------
    calls
        The calls artifact.
    results
        The artifact of call results.
    days
        Local day on which each replay begins, ISO 8601; one for all where calls are sampled.
    """

    calls: pa.Table
    results: pa.Table
    days: Sequence[str]


def calls_csv(answered: AnsweredCalls, area: Area, deployments: Sequence[str]) -> str:
    """Return one line per deployment, by its name, and call that counts; docs/formats.md says what is in it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    calls = answered.calls.select(CALL_COLUMNS)
    for results in answered.results.to_batches(max_chunksize=LINES_AT_ONCE):
        writer.writerows(_lines(answered.days, calls.take(results["call"]), results, area, deployments))
    return buffer.getvalue()


def _lines(
    days: Sequence[str], calls: pa.Table, results: pa.RecordBatch, area: Area, deployments: Sequence[str]
) -> Iterator[tuple[str | float | None, ...]]:
    columns = (*calls.columns, results["deployment"], results["response_minutes"], results["within_target"])
    for scenario, minute, number, type_number, urgent, target_minutes, deployment, response_minutes, in_time in zip(
        *(column.to_pylist() for column in columns), strict=True
    ):
        sector = area.sectors[number]
        yield (
            deployments[deployment],
            scenario + 1,
            days[scenario] if len(days) > 1 else days[0],
            minute,
            sector.id,
            sector.name,
            area.service_types[type_number].type,
            _truth(urgent),
            target_minutes,
            response_minutes,
            _truth(not in_time),
        )


def _truth(value: bool) -> str:
    return "true" if value else "false"
