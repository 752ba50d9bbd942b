"""A warning on records."""

from dataclasses import dataclass
from datetime import date
from enum import Enum

SCORE_THRESHOLD = 5.0
"""Standard deviations; by chance once in 1.7 million comparisons, and an import makes some thousands."""
LEAST_DIFFERENCE = 10.0
"""Records more or fewer than expected; smaller differences do not matter to a plan."""


class WarningKind(Enum):
    """What a warning is about."""

    VOLUME = "volume"
    URGENT_SHARE = "urgent share"
    OFFICER_SHARE = "officer share"
    NO_RECORDS = "no records"
    HEAP = "heap"


@dataclass(frozen=True)
class RecordWarning:
    """Something in the records that may be a fault of recording.

    Attributes
    ----------
    sector_id : empty: the whole area.
    from_date, to_date : local days concerned, both included.
    recorded_count, expected_count : records, as found and by the comparison that the message names.
    score : how far apart they are, standard deviations of such comparisons.
    message : one sentence for people.
    """

    kind: WarningKind
    sector_id: str
    from_date: date
    to_date: date
    recorded_count: float
    expected_count: float
    score: float
    message: str

    @property
    def difference(self) -> float:
        """Records more or fewer than expected, positive."""
        return abs(self.recorded_count - self.expected_count)

    def order(self) -> tuple[float, str, str, date]:
        """Return the key to sort by: most records concerned first."""
        return -self.difference, self.kind.value, self.sector_id, self.from_date
