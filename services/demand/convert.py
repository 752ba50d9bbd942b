"""What several requests and answers have in common, between the contract (protobuf) and the service's own types."""

from datetime import date, time

from officers.demand.v1 import demand_pb2
from services.demand.history import HistoryWindow
from services.demand.intervals import Interval
from services.demand.optimiser.objective import Objective, Robustness
from services.demand.simulator.rules import DispatchRules, Queue, Territory
from services.demand.travel.unreached import UnreachedPoints
from serving.errors import InvalidArgument

DEFAULT_TIME_LIMIT_SECONDS = 60.0
DEFAULT_ROBUST_WEIGHT = 0.5

TERRITORIES = {
    demand_pb2.TERRITORY_UNSPECIFIED: Territory.WHOLE_AREA,
    demand_pb2.TERRITORY_WHOLE_AREA: Territory.WHOLE_AREA,
    demand_pb2.TERRITORY_ADJACENT_FIRST: Territory.ADJACENT_FIRST,
    demand_pb2.TERRITORY_ADJACENT_ONLY: Territory.ADJACENT_ONLY,
}
QUEUES = {
    demand_pb2.QUEUE_UNSPECIFIED: Queue.FIRST_COME,
    demand_pb2.QUEUE_FIRST_COME: Queue.FIRST_COME,
    demand_pb2.QUEUE_URGENT_FIRST: Queue.URGENT_FIRST,
}
ROBUSTNESS = {
    demand_pb2.ROBUSTNESS_UNSPECIFIED: Robustness.NONE,
    demand_pb2.ROBUSTNESS_NONE: Robustness.NONE,
    demand_pb2.ROBUSTNESS_WORST_SECTOR: Robustness.WORST_SECTOR,
    demand_pb2.ROBUSTNESS_WORST_SHIFTS: Robustness.WORST_SHIFTS,
}


def to_artifact(sha256: str, field: str) -> str:
    """Read the hash of an artifact. Raises InvalidArgument where there is none."""
    if not sha256:
        raise InvalidArgument(field, "Expected the hash of an artifact, got nothing.")
    return sha256


def to_rules(message: demand_pb2.DispatchRules, field: str = "rules") -> DispatchRules:
    """Read rules of dispatch, defaults filled in. Raises InvalidArgument for what is not known or not allowed."""
    if message.territory not in TERRITORIES:
        raise InvalidArgument(f"{field}.territory", f"Expected a known Territory, got {message.territory}.")
    if message.queue not in QUEUES:
        raise InvalidArgument(f"{field}.queue", f"Expected a known Queue, got {message.queue}.")
    patience = message.patience_minutes if message.HasField("patience_minutes") else float("inf")
    if not patience >= 0:
        raise InvalidArgument(f"{field}.patience_minutes", f"Expected at least 0 minutes, got {patience:g}.")
    return DispatchRules(
        territory=TERRITORIES[message.territory],
        queue=QUEUES[message.queue],
        sends_returning=message.sends_returning,
        preempts=message.preempts,
        patience_minutes=patience,
    )


def to_objective(message: demand_pb2.Objective) -> Objective:
    """Read what is to be small, defaults filled in. Raises InvalidArgument for what is not known or not allowed."""
    if message.robustness not in ROBUSTNESS:
        raise InvalidArgument("objective.robustness", f"Expected a known Robustness, got {message.robustness}.")
    robust_weight, urgent_weight = message.robust_weight or DEFAULT_ROBUST_WEIGHT, message.urgent_weight or 1.0
    if not 0 < robust_weight <= 1:
        raise InvalidArgument("objective.robust_weight", f"Expected above 0 to 1, got {robust_weight:g}.")
    if not 0 < urgent_weight <= 1000:
        raise InvalidArgument("objective.urgent_weight", f"Expected above 0 to 1000, got {urgent_weight:g}.")
    return Objective(
        urgent_weight=urgent_weight, robustness=ROBUSTNESS[message.robustness], robust_weight=robust_weight
    )


def from_interval(interval: Interval | None) -> demand_pb2.Interval | None:
    """Write an estimate with its interval; None stays unset."""
    if interval is None:
        return None
    return demand_pb2.Interval(value=interval.value, low=interval.low, high=interval.high)


def from_unreached(unreached: UnreachedPoints) -> demand_pb2.UnreachedPoints:
    """Write the points that no road leads to or from."""
    first = [
        demand_pb2.UnreachedPoint(
            incident_id=point.incident_id,
            position=point.position,
            latitude=point.latitude,
            longitude=point.longitude,
        )
        for point in unreached.first
    ]
    return demand_pb2.UnreachedPoints(count=unreached.count, checked_count=unreached.checked_count, first=first)


def to_history(until_date: str, shift_start: str, shift_minutes: int) -> HistoryWindow:
    """Read which past calls count. Raises InvalidArgument for a day or time that cannot be read."""
    start = to_time(shift_start, "shift_start") if shift_start else None
    return HistoryWindow(_to_date(until_date), start, shift_minutes)


def _to_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidArgument("history_until_date", f"Expected a day such as 2014-12-31, got {text!r}.") from None


def to_time(text: str, field: str) -> time:
    """Read a local time. Raises InvalidArgument where it is none."""
    hours, _, minutes = text.partition(":")
    if len(text) == 5 and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60:
        return time(int(hours), int(minutes))
    raise InvalidArgument(field, f"Expected a time such as 08:00, got {text!r}.")


def to_minute_of_day(text: str, field: str) -> int:
    """Read a local time as a minute of the day. Raises InvalidArgument where it is none."""
    found = to_time(text, field)
    return found.hour * 60 + found.minute
