"""Which stored version of a model is the promoted one, who decided so, when and why."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from services.predictor.model_versions import stored_versions
from services.predictor.whole_file import write_whole
from serving.errors import FailedPrecondition

LOG_FILE = "promotions.jsonl"


class Action(Enum):
    """What was done; the value is written to the log."""

    PROMOTE = "promote"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True)
class Decision:
    """Who decided, and why."""

    decided_by: str
    reason: str


@dataclass(frozen=True)
class Promotion:
    """One line of the log.

    Attributes
    ----------
    version : promoted from then on.
    replaced_version : promoted until then; 0: none was.
    """

    action: Action
    version: int
    replaced_version: int
    decision: Decision
    time: datetime

    def to_json(self) -> str:
        """Write one line."""
        return json.dumps({**asdict(self), "action": self.action.value, "time": self.time.isoformat()})

    @classmethod
    def from_json(cls, line: str) -> "Promotion":
        """Read one line."""
        values: dict[str, Any] = json.loads(line)
        values["action"] = Action(values["action"])
        values["decision"] = Decision(**values["decision"])
        return cls(**{**values, "time": datetime.fromisoformat(values["time"])})


class PromotionLog:
    """The decisions about one model, `<models_dir>/<model>/promotions.jsonl`; its last line is in force.

    Every change writes the file whole under a lock, so many processes may decide at once and a crash loses no line.
    """

    def __init__(self, model_folder: Path) -> None:
        self._path = model_folder / LOG_FILE

    def entries(self) -> tuple[Promotion, ...]:
        """Return all decisions, oldest first."""
        if not self._path.exists():
            return ()
        return tuple(Promotion.from_json(line) for line in self._path.read_text().splitlines())

    def promoted(self) -> int | None:
        """Return the promoted version, None where none is."""
        entries = self.entries()
        return entries[-1].version if entries else None

    def versions(self) -> frozenset[int]:
        """Return all versions that a decision names, whether they are still stored or not."""
        named = {version for entry in self.entries() for version in (entry.version, entry.replaced_version)}
        return frozenset(named - {0})

    def promote(self, version: int, decision: Decision) -> Promotion:
        """Promote a version; one that is promoted already stays so, and its promotion is returned."""
        with self._locked():
            entries = self.entries()
            if entries and entries[-1].version == version:
                return entries[-1]
            return self._append(entries, Action.PROMOTE, version, decision)

    def roll_back(self, version: int, decision: Decision) -> Promotion:
        """Take the promotion of a version back: the last one before it that is still stored is in force again.

        Taken back already, the same answer is given.

        Raises
        ------
        FailedPrecondition
            The version is not the promoted one, or none that is still stored was promoted before it.
        """
        with self._locked():
            entries = self.entries()
            stack = _stack(entries)
            if not stack or stack[-1] != version:
                if entries and entries[-1].action is Action.ROLL_BACK and entries[-1].replaced_version == version:
                    return entries[-1]
                now = f"version {stack[-1]} is" if stack else "none is"
                raise FailedPrecondition("NOT_PROMOTED", f"Version {version} is not the promoted one; {now}.")
            return self._append(entries, Action.ROLL_BACK, self._before(stack), decision)

    def _before(self, stack: list[int]) -> int:
        """Return the last version before the present one that is still stored."""
        stored = stored_versions(self._path.parent)
        for version in reversed(stack[:-1]):
            if version in stored:
                return version
        gone = ", ".join(str(version) for version in sorted(set(stack[:-1])))
        why = f" that is still stored (removed: {gone})" if gone else ""
        message = f"No version was promoted before version {stack[-1]}{why}; promote another one."
        raise FailedPrecondition("NOTHING_TO_ROLL_BACK", message)

    def _append(self, entries: tuple[Promotion, ...], action: Action, version: int, decision: Decision) -> Promotion:
        replaced = entries[-1].version if entries else 0
        added = Promotion(action, version, replaced, decision, datetime.now(UTC))
        lines = "".join(f"{entry.to_json()}\n" for entry in (*entries, added))
        write_whole(self._path, lines.encode())
        return added

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _stack(entries: tuple[Promotion, ...]) -> list[int]:
    """Return the versions in force one after the other, the present one last; rolled back ones are gone."""
    stack: list[int] = []
    for entry in entries:
        if entry.action is Action.PROMOTE:
            stack.append(entry.version)
        else:
            stack.pop()
            while stack[-1] != entry.version:  # no longer stored when it was rolled back
                stack.pop()
    return stack
