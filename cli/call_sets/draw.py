"""Scenarios drawn from an area's model, as many copies over each other as asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from cli.area_session import AreaSession, Purpose, ShiftSpan, sample_calls
from cli.call_sets.superpose import join, superpose
from cli.option_errors import naming_day
from serving.errors import InvalidArgument

MOST_DRAWN = 10_000
"""Scenarios that the predictor draws at once."""


@dataclass(frozen=True)
class DrawnCalls:
    """An artifact of scenarios, and their calls in all."""

    artifact: str
    call_count: int


def check_drawn(scenario_count: int, copies: int, option: str) -> None:
    """Raise InvalidArgument where copies need more scenarios than can be drawn; names `option`."""
    if scenario_count * copies > MOST_DRAWN:
        most = MOST_DRAWN // copies
        raise InvalidArgument(option, f"Expected at most {most} with --copies {copies}, got {scenario_count}.")


def draw_calls(
    session: AreaSession,
    span: ShiftSpan,
    scenario_count: int,
    seed: int,
    purpose: Purpose,
    copies: int = 1,
    as_of_time: Timestamp | None = None,
    option: str = "--date",
    is_stratified: bool = False,
) -> DrawnCalls:
    """Draw scenarios of a span, each made of `copies` independent ones laid over each other.

    Parameters
    ----------
    as_of_time
        Calls at or after it are not looked at; None: the start of the span.
    option
        Names the day in errors.
    is_stratified
        See `sample_calls`.

    Raises
    ------
    InvalidArgument
        The model or the records do not reach the day.
    """
    with naming_day(option):
        drawn = sample_calls(
            session, span, scenario_count * copies, seed, purpose, as_of_time=as_of_time, is_stratified=is_stratified
        )
    if copies == 1:
        return DrawnCalls(drawn.artifact, drawn.call_count)
    together = superpose(session.store.get_table(drawn.artifact), copies)
    return DrawnCalls(session.store.put_table(together), drawn.call_count)


def draw_expected_calls(
    session: AreaSession, spans: Sequence[ShiftSpan], scenario_count: int, seed: int, copies: int
) -> str:
    """Draw what to expect of several spans together, about `scenario_count` scenarios in all; return the artifact.

    Nothing that is recorded from the start of the first span on is looked at, so that no replay knows its own calls.
    """
    each, as_of_time = -(-scenario_count // len(spans)), spans[0].start_time
    option = "--date" if len(spans) == 1 else "--from"
    artifacts = [
        draw_calls(session, span, each, seed, "training", copies, as_of_time, option).artifact for span in spans
    ]
    if len(artifacts) == 1:
        return artifacts[0]
    return session.store.put_table(join([session.store.get_table(artifact) for artifact in artifacts]))
