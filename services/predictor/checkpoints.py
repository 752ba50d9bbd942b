"""Checkpoints of a fit: named arrays on disk, so that a training that was killed goes on where it was."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
import structlog
from numpy.typing import NDArray

from services.predictor.whole_file import write_whole

log = structlog.get_logger("training")

Arrays = Mapping[str, NDArray[Any]]


class Checkpoint(Protocol):
    """Where a fit keeps its state."""

    def load(self) -> Arrays | None:
        """Return the state saved last, None where there is none."""
        ...

    def save(self, state: Arrays) -> None:
        """Keep a state in place of the last one."""
        ...

    def part(self, name: str) -> "Checkpoint":
        """Return the checkpoint of a part of the fit; `name` is a file name."""
        ...


@dataclass(frozen=True)
class NoCheckpoint:
    """Keeps nothing: the fit begins anew."""

    def load(self) -> Arrays | None:
        """Return None."""
        return None

    def save(self, state: Arrays, /) -> None:
        """Forget the state."""

    def part(self, _name: str, /) -> "NoCheckpoint":
        """Return itself."""
        return self


@dataclass(frozen=True)
class FolderCheckpoint:
    """Keeps the state in `<folder>/state.npz`, parts in folders below; a state is replaced as a whole."""

    folder: Path

    def load(self) -> Arrays | None:
        """Return the state saved last; None where there is none, or where the disk has damaged it (which is logged)."""
        path = self.folder / "state.npz"
        if not path.exists():
            return None
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except (BadZipFile, ValueError, EOFError):
            log.exception("a checkpoint cannot be read; the fit begins anew", file=str(path))
            return None

    def save(self, state: Arrays) -> None:
        """Write the state."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **state)
        write_whole(self.folder / "state.npz", content.getvalue())

    def part(self, name: str) -> "FolderCheckpoint":
        """Return the checkpoint in a folder below."""
        return FolderCheckpoint(self.folder / name)
