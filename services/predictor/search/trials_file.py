"""The file of trials: what has been tried, so that a search goes on where it was."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from services.predictor.search.space import Point, Space
from services.predictor.search.trial import TrialResult
from services.predictor.whole_file import write_whole
from serving.errors import InvalidArgument


@dataclass(frozen=True)
class TrialRecord:
    """A point and what it came to."""

    point: Point
    result: TrialResult

    def to_json(self) -> str:
        """Write one line."""
        return json.dumps({"point": self.point.to_dict(), "result": asdict(self.result)})

    @classmethod
    def from_json(cls, line: str) -> "TrialRecord":
        """Read one line."""
        values: dict[str, Any] = json.loads(line)
        return cls(Point.from_dict(values["point"]), TrialResult(**values["result"]))


class TrialsFile:
    """JSON lines: first what is searched on, then one line per trial; written whole after every trial.

    Trials of points outside the space, such as those of models that are no longer searched, stay in the file and count
    for nothing.

    Raises
    ------
    InvalidArgument
        The file cannot be read, or holds trials on something else; their deviances could not be compared.
    """

    def __init__(self, path: Path, subject: dict[str, Any], space: Space) -> None:
        self._path = path
        self._subject = json.loads(json.dumps(subject))
        self._space = space
        self._kept: list[TrialRecord] = self._read() if path.exists() else []

    @property
    def records(self) -> tuple[TrialRecord, ...]:
        """All trials of the space, oldest first."""
        return tuple(record for record in self._kept if self._space.holds(record.point))

    @property
    def best(self) -> TrialRecord | None:
        """The trial with the lowest deviance, None where no trial has one."""
        scored = [record for record in self.records if record.result.deviance is not None]
        return min(scored, key=lambda record: record.result.deviance or 0.0, default=None)

    def add(self, record: TrialRecord) -> None:
        """Add a trial."""
        self._kept.append(record)
        lines = (json.dumps(self._subject), *(entry.to_json() for entry in self._kept))
        write_whole(self._path, "".join(f"{line}\n" for line in lines).encode())

    def _read(self) -> list[TrialRecord]:
        try:
            first, *lines = self._path.read_text().splitlines()
            subject, records = json.loads(first), [TrialRecord.from_json(line) for line in lines]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidArgument("--trials", f"Expected a file of trials, {self._path} is none: {error}.") from error
        if subject != self._subject:
            message = f"{self._path} holds trials on another area, seed or split; name another file."
            raise InvalidArgument("--trials", message)
        return records
