"""Between `officers.area.v1.DataPolicy` and the predictor's own data policy."""

from collections.abc import Iterable
from datetime import date

from officers.area.v1 import area_pb2
from services.predictor.data_policy import DataPolicy, LeaveOutRule
from serving.errors import InvalidArgument


def policy_message(policy: DataPolicy) -> area_pb2.DataPolicy:
    """Write a policy with its counts."""
    counted = zip(policy.rules, policy.record_counts, strict=True)
    return area_pb2.DataPolicy(rules=[_rule_message(rule, count) for rule, count in counted])


def policy(message: area_pb2.DataPolicy) -> DataPolicy:
    """Read a policy. Raises ValueError where it is none."""
    counts = tuple(rule.record_count for rule in message.rules)
    return DataPolicy(tuple(_rule(rule) for rule in message.rules), counts)


def requested_rules(messages: Iterable[area_pb2.LeaveOutRule], field: str) -> tuple[LeaveOutRule, ...]:
    """Read the rules of a request. Raises InvalidArgument where one makes no sense."""
    return tuple(_requested_rule(message, f"{field}[{position}]") for position, message in enumerate(messages))


def _requested_rule(message: area_pb2.LeaveOutRule, field: str) -> LeaveOutRule:
    try:
        return _rule(message)
    except ValueError as error:
        raise InvalidArgument(field, str(error)) from error


def _rule(message: area_pb2.LeaveOutRule) -> LeaveOutRule:
    return LeaveOutRule(
        message.reason, message.reported_by, message.type, _date(message.from_date), _date(message.to_date)
    )


def _rule_message(rule: LeaveOutRule, record_count: int) -> area_pb2.LeaveOutRule:
    return area_pb2.LeaveOutRule(
        reported_by=rule.reported_by,
        type=rule.type,
        from_date=rule.from_date.isoformat() if rule.from_date else "",
        to_date=rule.to_date.isoformat() if rule.to_date else "",
        reason=rule.reason,
        record_count=record_count,
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
