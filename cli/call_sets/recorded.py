"""The calls really recorded in one shift or in the same shift of many days, one scenario each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cli.area_session import AreaSession, ShiftSpan
from cli.call_sets.superpose import join, superpose
from cli.option_errors import naming_day
from cli.progress import Report
from officers.predictor.v1.predictor_pb2 import ReadRecordedCallsRequest
from serving.errors import InvalidArgument

WEEK_DAYS = 7
MOST_DAYS = 366


@dataclass(frozen=True)
class RecordedCalls:
    """An artifact with one scenario per replay, its calls, and why calls may be missing, for people."""

    artifact: str
    call_count: int
    notes: tuple[str, ...]


def days_between(first: date, last: date) -> list[date]:
    """Return all days from one to another. Raises InvalidArgument where there are none or too many."""
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        last_allowed = first + timedelta(days=MOST_DAYS - 1)
        raise InvalidArgument("--to", f"Expected a day from {first} to {last_allowed}, got {last}.")
    return [first + timedelta(days=number) for number in range(count)]


def days_of_copies(days: Sequence[date], copies: int) -> list[list[date]]:
    """Return for each replay the days whose calls are laid over each other: the same weekday of so many weeks.

    A single day takes the weeks that follow. Of several days, each run of `copies` weeks gives its first week's
    replays, so that every call is used once and replays stay independent.

    Raises
    ------
    InvalidArgument
        There are fewer weeks than copies.
    """
    last = days[-1] - timedelta(days=WEEK_DAYS * (copies - 1))
    firsts = [day for day in days if (day - days[0]).days // WEEK_DAYS % copies == 0 and day <= last]
    if len(days) == 1:
        firsts = list(days)
    if not firsts:
        raise InvalidArgument(
            "--copies", f"Expected --from to --to to be at least {copies} weeks, got {len(days)} days."
        )
    return [[day + timedelta(days=WEEK_DAYS * copy) for copy in range(copies)] for day in firsts]


def read_recorded_calls(
    session: AreaSession,
    replays: Sequence[Sequence[ShiftSpan]],
    seed: int,
    report: Report,
    spreads_heaped_times: bool = False,
) -> RecordedCalls:
    """Read the calls of replays; all spans of a replay are laid over each other.

    Parameters
    ----------
    seed
        Of on-scene minutes where records have none.
    spreads_heaped_times
        Whether times on full and half hours are spread over the hour or half hour that they stand for.

    Raises
    ------
    InvalidArgument
        Nothing is recorded of a day.
    """
    artifacts: list[str] = []
    notes, call_count = dict[str, None](), 0
    spans = [span for replay in replays for span in replay]
    for number, span in enumerate(spans):
        report(number / len(spans), f"calls of {span.day}")
        request = ReadRecordedCallsRequest(
            area_artifact=session.area_artifact,
            start_time=span.start_time,
            minutes=span.minutes,
            seed=seed + number,
            spread_heaped_times=spreads_heaped_times,
        )
        option = "--date" if len(replays) == 1 else "--to" if number else "--from"
        with naming_day(option):
            answer = session.clients.predictor.ReadRecordedCalls(request)
        artifacts.append(answer.call_set.artifact)
        call_count += answer.call_set.call_count
        notes |= dict.fromkeys(answer.notes)
    if len(artifacts) == 1:
        return RecordedCalls(artifacts[0], call_count, tuple(notes))
    joined = join([session.store.get_table(artifact) for artifact in artifacts])
    together = session.store.put_table(superpose(joined, len(replays[0])))
    return RecordedCalls(together, call_count, tuple(notes))
