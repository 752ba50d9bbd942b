"""The folder of one training: what it has done so far, so that a training that was killed goes on from there."""

import fcntl
import io
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import keras
import numpy as np
import structlog
from numpy.typing import NDArray

from services.predictor.checkpoints import FolderCheckpoint
from services.predictor.models import load_model, model_names
from services.predictor.residual_network import FittedNetwork
from services.predictor.whole_file import write_whole
from serving.errors import Cancelled
from serving.work import Stop

LOCK_WAIT_SECONDS = 0.5
SECONDS_PER_DAY = 86_400
ABANDONED_DAYS = 14
PREDICTED_FILE = "predicted.npy"
NETWORK_FILE = "network.json"
VARIABLES_FILE = "variables.npz"
READ_ERRORS = (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, BadZipFile)
"""What reading a damaged file may end in; Keras answers damaged layers with most of them."""

log = structlog.get_logger("training")


@dataclass(frozen=True)
class KeptFit:
    """A finished candidate.

    Attributes
    ----------
    predicted : intensities of the validation frames, shape (n_frames, n_rows, n_columns).
    network : what can be published; None: it is for comparison only.
    """

    predicted: NDArray[np.float32]
    network: FittedNetwork | None


@dataclass(frozen=True)
class Workspace:
    """A training's folder; one process at a time works in it (see `open_workspace`)."""

    folder: Path

    @property
    def checkpoint(self) -> FolderCheckpoint:
        """Where fits that are not finished keep their state."""
        return FolderCheckpoint(self.folder / "fits")

    def keep(self, name: str, fit: KeptFit) -> None:
        """Keep a finished candidate."""
        folder = self._candidate(name)
        folder.mkdir(parents=True, exist_ok=True)
        if fit.network is not None:
            _keep_network(fit.network, folder)
        content = io.BytesIO()
        np.save(content, fit.predicted, allow_pickle=False)
        write_whole(folder / PREDICTED_FILE, content.getvalue())  # last: says that the candidate is finished

    def kept(self, name: str) -> KeptFit | None:
        """Return a finished candidate; None where it is not finished, or cannot be read any more (which is logged)."""
        folder = self._candidate(name)
        if not (folder / PREDICTED_FILE).exists():
            return None
        try:
            return KeptFit(np.load(folder / PREDICTED_FILE, allow_pickle=False), _read_network(folder))
        except READ_ERRORS:
            log.exception("a finished fit cannot be read; it begins anew", folder=str(folder))
            return None

    def remove(self) -> None:
        """Remove the folder: what it was for is done."""
        shutil.rmtree(self.folder)

    def _candidate(self, name: str) -> Path:
        return self.folder / "candidates" / name


@contextmanager
def open_workspace(folder: Path, stop: Stop) -> Iterator[Workspace]:
    """Work in a training's folder for the block, alone; folders beside it that nobody has used for weeks are removed.

    Raises
    ------
    Cancelled
        `stop` asked to end while another process worked in it.
    """
    _remove_abandoned(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        while not _lock(lock.fileno()):
            if stop():
                raise Cancelled("The training was stopped while it waited for another process to end the same one.")
            time.sleep(LOCK_WAIT_SECONDS)
        os.utime(folder)
        yield Workspace(folder)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_abandoned(parent: Path) -> None:
    """Remove folders of trainings that were begun long ago and never ended."""
    oldest = time.time() - ABANDONED_DAYS * SECONDS_PER_DAY
    for folder in parent.iterdir() if parent.is_dir() else ():
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _keep_network(network: FittedNetwork, folder: Path) -> None:
    """Write a network's layers, and its variables by position."""
    content = io.BytesIO()
    variables = {str(position): variable.numpy() for position, variable in enumerate(network.keras_model.variables)}
    np.savez(content, allow_pickle=False, **variables)
    write_whole(folder / VARIABLES_FILE, content.getvalue())
    write_whole(folder / NETWORK_FILE, network.keras_model.to_json().encode())


def _read_network(folder: Path) -> FittedNetwork | None:
    """Read a network; None where the candidate has none."""
    if not (folder / NETWORK_FILE).exists():
        return None
    for name in model_names():
        load_model(name)  # Keras finds only layers of modules that are imported; a network may hold those of others
    model = keras.models.model_from_json((folder / NETWORK_FILE).read_text())
    with np.load(folder / VARIABLES_FILE, allow_pickle=False) as stored:
        for position, variable in enumerate(model.variables):
            variable.assign(stored[str(position)])
    return FittedNetwork(model)
