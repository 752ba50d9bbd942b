"""How deployments compare, in sentences that claim no more than the calls tell."""

from cli.simulation.basis import LEAST_REPLAYS
from cli.simulation.intervals import paired_change
from cli.simulation.run import FREE_SUFFIX, Simulation
from officers.demand.v1.demand_pb2 import Interval, SimulationResult

PRACTICALLY_NONE = 0.0005
"""A failure rate that nobody would notice."""
ALIKE_CAR_HOURS = 0.01
"""Shares by which car hours may differ without a word."""


def comparison_sentences(simulation: Simulation) -> list[str]:
    """Compare every deployment with the yardstick, a sentence each; one sentence where nothing can be compared.

    Those whose cars move freely are compared with themselves without moves.
    """
    results, basis = simulation.answer.results, simulation.basis
    if not results[0].calls:
        return ["There are no calls that count, so nothing can be said about response times."]
    if all(result.failure_rate.value < PRACTICALLY_NONE for result in results):
        return [_all_in_time(simulation)]
    if basis.replays == 1:
        return [_one_replay(simulation)]
    if len(results) == 1:
        return [capitalised(f"{named(results[0].name)} fails for {results[0].failure_rate.value:.1%} of the calls.")]
    return [_compare(simulation, number) for number in range(1, len(results))]


def limit_sentences(most_moves_per_hour: int) -> list[str]:
    """Say how moves of free cars are limited; nothing where they are not."""
    if not most_moves_per_hour:
        return []
    moves = (
        "1 move of a free car begins" if most_moves_per_hour == 1 else f"{most_moves_per_hour} moves of free cars begin"
    )
    return [f"Within any 60 minutes, at most {moves}."]


def failing_text(interval: Interval, subject: str, other: str, unit: str) -> str:
    """Say how much more or less often a plan fails than another, with the interval; or that nothing is clear."""
    if interval.low == interval.high == 0:
        return capitalised(f"{named(subject)} is late as often as {named(other)} on these calls.")
    over = f"90% interval over {unit} {change_text(interval)}"
    if not is_clear(interval):
        return f"There is no clear difference in late calls between {named(subject)} and {named(other)} ({over})."
    digits = 0 if abs(interval.value) >= 0.1 else 1
    how = f"{abs(interval.value):.{digits}%} {'less' if interval.value < 0 else 'more'} often"
    return capitalised(f"{named(subject)} fails {how} than {named(other)} ({over}).")


def change_text(interval: Interval) -> str:
    """Write the ends of a change, such as "−20% to −3%"."""
    digits = 0 if max(abs(interval.low), abs(interval.high)) >= 0.1 else 1
    return f"{signed_percent(interval.low, digits)} to {signed_percent(interval.high, digits)}"


def is_clear(interval: Interval) -> bool:
    """Tell whether an interval leaves out no change."""
    return interval.low > 0 or interval.high < 0


def signed_percent(share: float, digits: int = 0) -> str:
    """Write a change in percent with its sign.

    >>> signed_percent(-0.123)
    '−12%'
    """
    return f"{share:+z.{digits}%}".replace("-", "−")


def named(name: str) -> str:
    """Put the name of a deployment into a sentence: in quotation marks, unless it begins as a part of one."""
    return name if name.startswith("the ") else f"“{name}”"


def capitalised(sentence: str) -> str:
    """Begin a sentence with a capital letter, the rest as it is."""
    return f"{sentence[:1].upper()}{sentence[1:]}"


def _compare(simulation: Simulation, number: int) -> str:
    result, basis = simulation.answer.results[number], simulation.basis
    moves_freely = simulation.deployments[number].moves_freely
    if moves_freely and not result.moves:
        return f"No move of a free car was worth it with {named(result.name.removesuffix(FREE_SUFFIX))}."
    other = simulation.answer.results[simulation.unmoved(number)]
    change = result.comparison.failures_change if result.comparison.HasField("failures_change") else None
    if moves_freely:
        change = paired_change(result, other, simulation.calls_by_replay, simulation.seed, basis.over_weeks)
    late, late_other = (each.calls - each.within_target for each in (result, other))
    subject, yardstick = named(result.name), named(other.name)
    if change is None:
        return capitalised(f"{yardstick} answers every call in time; {subject} is late for {late:,}.")
    if not basis.is_enough:
        few = f"fewer than {LEAST_REPLAYS} {basis.units[1]} cannot rank them"
        return capitalised(f"{subject} is late for {late:,} calls, {yardstick} for {late_other:,}: {few}.")
    compared = failing_text(change, result.name, other.name, basis.intervals_over)
    return f"{compared}{_car_hours(result, other)}"


def _all_in_time(simulation: Simulation) -> str:
    means = ", ".join(f"{each.mean_response_minutes:.1f} with {named(each.name)}" for each in simulation.answer.results)
    return (
        "Practically every call gets a car within its target, whichever the plan: there are more cars than these calls "
        f"need. Mean response in minutes: {means}."
    )


def _one_replay(simulation: Simulation) -> str:
    results, unit = simulation.answer.results, simulation.basis.units[0]
    late = ", ".join(f"{result.calls - result.within_target} with {named(result.name)}" for result in results)
    return f"Of {results[0].calls} calls, late or never answered: {late}. One {unit} is far too little to rank them."


def _car_hours(result: SimulationResult, other: SimulationResult) -> str:
    if abs(result.car_hours - other.car_hours) <= ALIKE_CAR_HOURS * max(other.car_hours, 1.0):
        return ""
    return f" They are not alike in effort: {result.car_hours:.0f} car hours against {other.car_hours:.0f}."
