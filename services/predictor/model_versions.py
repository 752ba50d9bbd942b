"""Numbers of a model's stored versions: which are on disk, and the next one, which no version has ever had."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.predictor.whole_file import write_whole
from serving.errors import NotFound

COUNTER_FILE = "last_version"
LOCK_FILE = ".last_version.lock"


def stored_versions(model_folder: Path) -> frozenset[int]:
    """Return the versions that are on disk."""
    if not model_folder.is_dir():
        return frozenset()
    return frozenset(int(child.name) for child in model_folder.iterdir() if child.name.isdigit() and child.is_dir())


@contextmanager
def next_version(model_folder: Path, decided: int) -> Iterator[int]:
    """Give the number of the next version for the block; one process at a time numbers the versions of a model.

    A number is never given twice, not even where the versions that had it were removed: decisions, plans and servers
    know a version by its number.

    Parameters
    ----------
    decided : the highest version that a decision names, 0 where none does.
    """
    with (model_folder / LOCK_FILE).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        counter = model_folder / COUNTER_FILE
        text = counter.read_text().strip() if counter.exists() else ""
        counted = int(text) if text.isdigit() else 0
        number = max(decided, counted, *stored_versions(model_folder)) + 1
        write_whole(counter, f"{number}\n".encode())
        yield number


def parse_version(resource_name: str) -> tuple[str, int]:
    """Return model and version of "models/{model}/versions/{version}".

    Raises
    ------
    NotFound
        It is not such a name.

    >>> parse_version("models/manhattan/versions/3")
    ('manhattan', 3)
    """
    parts = resource_name.split("/")
    if len(parts) != 4 or (parts[0], parts[2]) != ("models", "versions") or not parts[3].isdecimal():
        raise NotFound("model", resource_name)
    return parts[1], int(parts[3])
