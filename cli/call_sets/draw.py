"""Scenarios drawn from an area's model, as many copies over each other as asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.area_session import AreaSession, Purpose, ShiftSpan, sample_calls
from cli.call_sets.superpose import join, superpose
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
    session: AreaSession, span: ShiftSpan, scenario_count: int, seed: int, purpose: Purpose, copies: int = 1
) -> DrawnCalls:
    """Draw scenarios of a span, each made of `copies` independent ones laid over each other."""
    drawn = sample_calls(session, span, scenario_count * copies, seed, purpose)
    if copies == 1:
        return DrawnCalls(drawn.artifact, drawn.call_count)
    together = superpose(session.store.get_table(drawn.artifact), copies)
    return DrawnCalls(session.store.put_table(together), drawn.call_count)


def draw_expected_calls(
    session: AreaSession, spans: Sequence[ShiftSpan], scenario_count: int, seed: int, copies: int
) -> str:
    """Draw what to expect of several spans together, about `scenario_count` scenarios in all; return the artifact."""
    each = -(-scenario_count // len(spans))
    artifacts = [draw_calls(session, span, each, seed, "training", copies).artifact for span in spans]
    if len(artifacts) == 1:
        return artifacts[0]
    return session.store.put_table(join([session.store.get_table(artifact) for artifact in artifacts]))
