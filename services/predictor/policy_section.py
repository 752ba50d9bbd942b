"""`[[policy.leave_out]]` of `area.toml`."""

from datetime import date

from pydantic import Field, model_validator

from services.predictor.area_section import AreaSection
from services.predictor.data_policy import LeaveOutRule


class LeaveOutSection(AreaSection):
    """One `[[policy.leave_out]]`: which records, and why."""

    reason: str
    reported_by: str = ""
    type: str = ""
    from_date: date | None = None
    to_date: date | None = None

    @model_validator(mode="after")
    def _check_rule(self) -> "LeaveOutSection":
        _ = self.rule
        return self

    @property
    def rule(self) -> LeaveOutRule:
        """The rule."""
        return LeaveOutRule(**self.model_dump())


class PolicySection(AreaSection):
    """`[policy]`."""

    leave_out: list[LeaveOutSection] = Field(default_factory=list)

    @property
    def rules(self) -> tuple[LeaveOutRule, ...]:
        """The rules in the order of the file."""
        return tuple(section.rule for section in self.leave_out)
