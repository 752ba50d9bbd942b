"""An area's data policy in words."""

from officers.area.v1.area_pb2 import DataPolicy, LeaveOutRule

EVERY_RECORD = "every record is used"


def policy_lines(policy: DataPolicy) -> tuple[str, ...]:
    """Say what a policy leaves out, a line per rule; one line where it leaves out nothing."""
    return tuple(rule_line(rule) for rule in policy.rules) or (EVERY_RECORD,)


def rule_line(rule: LeaveOutRule) -> str:
    """Say which records a rule leaves out, how many, and why."""
    who = f"reported by {rule.reported_by}" if rule.reported_by else ""
    days = f"{rule.from_date or 'the first day'} to {rule.to_date or 'the last day'}"
    parts = (rule.type, who, days if rule.from_date or rule.to_date else "")
    which = ", ".join(part for part in parts if part)
    return f"left out: {which} ({rule.record_count:,} records). {rule.reason}"
