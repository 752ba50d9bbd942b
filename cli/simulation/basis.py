"""What results rest on: which calls, how many, and what intervals are over."""

from dataclasses import dataclass

from cli.area_session import ShiftSpan
from services.demand.intervals import LEAST_UNITS

SHIFT, DAY, WEEK = ("shift", "shifts"), ("day", "days"), ("week", "weeks")
"""What a replay is of, one and many."""
LEAST_REPLAYS = LEAST_UNITS
"""Below so many replays, no difference is called clear."""
LEAST_DAYS_FOR_WEEKS = 28
"""From so many days on, intervals draw whole weeks."""


@dataclass(frozen=True)
class CallBasis:
    """The calls of a replay.

    Parameters
    ----------
    is_recorded
        Really recorded; else drawn from the area's model.
    replays
        How many scenarios, or days, were replayed.
    call_count
        Calls that count, over all replays.
    first_day, last_day
        Local days, ISO 8601; the same for one day.
    copies
        Scenarios or weeks laid over each other in each replay.
    units
        What one replay is, and several are.
    notes
        Why calls may be missing.
    """

    is_recorded: bool
    replays: int
    call_count: int
    first_day: str
    last_day: str
    copies: int = 1
    units: tuple[str, str] = SHIFT
    notes: tuple[str, ...] = ()

    @property
    def over_weeks(self) -> bool:
        """True where intervals draw runs of seven days, since days of a week are alike."""
        return self.is_recorded and self.replays >= LEAST_DAYS_FOR_WEEKS

    @property
    def is_enough(self) -> bool:
        """True where replays can tell plans apart at all."""
        return self.replays >= LEAST_REPLAYS

    @property
    def intervals_over(self) -> str:
        """What the intervals are over; empty: there are none."""
        if self.replays < 2:
            return ""
        if not self.is_recorded:
            return f"sampled {self.units[1]}"
        return "weeks" if self.over_weeks else self.units[1]

    @property
    def text(self) -> str:
        """Say what the results rest on, such as "200 sampled shifts with 8,012 calls"."""
        kind = "recorded" if self.is_recorded else "sampled"
        units = self.units[0] if self.replays == 1 else self.units[1]
        calls = "1 call" if self.call_count == 1 else f"{self.call_count:,} calls"
        load = ""
        if self.copies > 1:
            what = "weeks of calls" if self.is_recorded else "scenarios"
            load = f", each with {self.copies} {what} laid over each other"
        return f"{self.replays:,} {kind} {units} with {calls}{load}"

    @property
    def days_text(self) -> str:
        """Say which days."""
        return self.first_day if self.first_day == self.last_day else f"{self.first_day} to {self.last_day}"


def sampled_basis(
    span: ShiftSpan, scenario_count: int, call_count: int, copies: int, units: tuple[str, str] = SHIFT
) -> CallBasis:
    """Return what results on scenarios of a span rest on."""
    return CallBasis(
        is_recorded=False,
        replays=scenario_count,
        call_count=call_count,
        first_day=span.day,
        last_day=span.day,
        copies=copies,
        units=units,
    )
