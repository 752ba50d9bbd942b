"""SavedModels loaded as TensorFlow Serving would: listed in `models.config`, found by polling, newest by default."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import structlog
import tensorflow as tf
from google.protobuf.message import DecodeError

from services.predictor.loaded_model import LoadedModel
from services.predictor.serving_config import ServedName, ServingConfig
from serving.errors import InvalidArgument, NotFound

VERSIONS_IN_MEMORY = 16
LOAD_ERRORS = (OSError, ValueError, DecodeError, IndexError, tf.errors.OpError)

log = structlog.get_logger("model_server")


Identity = tuple[int, ...]
"""Tells a folder from another one that took its place: inodes and times of the folder and of its graph."""


@dataclass(frozen=True)
class _Loaded:
    identity: Identity
    model: LoadedModel


@dataclass(frozen=True)
class _Damaged:
    identity: Identity
    failure: str


@dataclass(frozen=True)
class VersionStatus:
    """Whether a version can be served; `failure` says why it cannot, empty where it can."""

    version: int
    failure: str


class ServedModels:
    """Finds and loads the versions that `models.config` serves; safe for many threads.

    Versions are loaded ahead of requests by polling, older ones as they are asked for, so that few take memory.
    """

    def __init__(self, models_dir: Path) -> None:
        self._config = ServingConfig(models_dir)
        self._loaded: OrderedDict[tuple[str, int], _Loaded] = OrderedDict()
        self._damaged: dict[tuple[str, int], _Damaged] = {}
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._ended = threading.Event()

    def versions(self, name: str) -> tuple[int, ...]:
        """Return the versions of a model that are served, newest first; empty for an unknown model."""
        served = self._config.names().get(name)
        return served.versions() if served else ()

    def statuses(self, name: str) -> tuple[VersionStatus, ...]:
        """Return the state of every served version, newest first."""
        served = self._config.names().get(name)
        if served is None:
            return ()
        return tuple(
            VersionStatus(version, self._failure(name, version, _identity(served.folder / str(version))))
            for version in served.versions()
        )

    def labelled(self, name: str, label: str) -> int:
        """Return the version that has a label.

        Raises
        ------
        NotFound
            There is no such model.
        InvalidArgument
            No version has the label.
        """
        served = self._served(name, f"Label({name}, {label})")
        if label not in served.labels:
            raise InvalidArgument("model_spec.version_label", f"Unrecognized servable version label: {label}")
        return served.labels[label]

    def get(self, name: str, version: int | None) -> LoadedModel:
        """Return a version, the newest that can be loaded where None; loads it if it is not in memory.

        Raises
        ------
        NotFound
            There is no such model or version, or the version cannot be loaded.
        """
        asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
        served = self._served(name, asked)
        versions = served.versions()
        for candidate in versions if version is None else (version,):
            if candidate in versions and (model := self._load_or_log(name, candidate, served.folder)):
                return model
        raise _not_found(name, asked)

    def load_newest(self) -> None:
        """Load the newest version of every model that is not in memory yet; one that cannot be loaded is logged.

        Versions that are no longer served, as when their folders were removed, leave the memory.
        """
        served_versions = {name: (served.folder, served.versions()) for name, served in self._config.names().items()}
        self._forget_all_but({(name, version) for name, (_, found) in served_versions.items() for version in found})
        for name, (folder, versions) in served_versions.items():
            for version in versions[:1]:
                self._load_or_log(name, version, folder)

    def poll(self, interval_seconds: float) -> threading.Thread:
        """Load newest versions again and again in a thread, until `close`."""
        thread = threading.Thread(target=self._poll, args=(interval_seconds,), name="model-poll", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """End polling."""
        self._ended.set()

    def _served(self, name: str, asked: str) -> ServedName:
        served = self._config.names().get(name)
        if served is None:
            raise _not_found(name, asked)
        return served

    def _poll(self, interval_seconds: float) -> None:
        while not self._ended.is_set():
            self.load_newest()
            self._ended.wait(interval_seconds)

    def _load_or_log(self, name: str, version: int, folder: Path) -> LoadedModel | None:
        """Return a version; None where it is damaged, which is logged once and must not keep others from loading."""
        identity = _identity(folder / str(version))
        if identity is None or self._failure(name, version, identity):
            return None
        try:
            return self._load(name, version, folder, identity)
        except LOAD_ERRORS as error:
            with self._lock:
                self._damaged[(name, version)] = _Damaged(identity, str(error) or type(error).__name__)
            log.exception("a model version cannot be loaded", model=name, version=version)
            return None

    def _load(self, name: str, version: int, folder: Path, identity: Identity) -> LoadedModel:
        """Load a version, one at a time; versions in memory are served meanwhile."""
        model = self._in_memory(name, version, identity)
        if model is None:
            with self._loading:
                model = self._in_memory(name, version, identity)
                if model is None:
                    model = LoadedModel.read(name, version, folder / str(version))
                    self._keep(_Loaded(identity, model))
                    log.info("loaded", model=name, version=version)
        return model

    def _in_memory(self, name: str, version: int, identity: Identity) -> LoadedModel | None:
        with self._lock:
            held = self._loaded.get((name, version))
            if held is None or held.identity != identity:
                return None
            self._loaded.move_to_end((name, version))
            return held.model

    def _failure(self, name: str, version: int, identity: Identity | None) -> str:
        """Return why a version cannot be loaded, empty where that is not known of the folder that is there now."""
        with self._lock:
            held = self._damaged.get((name, version))
        return held.failure if held is not None and held.identity == identity else ""

    def _keep(self, held: _Loaded) -> None:
        with self._lock:
            self._loaded[(held.model.name, held.model.version)] = held
            while len(self._loaded) > VERSIONS_IN_MEMORY:
                self._loaded.popitem(last=False)

    def _forget_all_but(self, served: set[tuple[str, int]]) -> None:
        with self._lock:
            for gone in set(self._loaded) - served:
                del self._loaded[gone]
            for gone in set(self._damaged) - served:
                del self._damaged[gone]


def _identity(version_folder: Path) -> Identity | None:
    """Return what tells a version's folder from another one in its place, None where there is none."""
    try:
        stats = [path.stat() for path in (version_folder, version_folder / "saved_model.pb")]
    except FileNotFoundError:
        return None
    return tuple(number for stat in stats for number in (stat.st_ino, stat.st_mtime_ns))


def _not_found(name: str, asked: str) -> NotFound:
    return NotFound("servable", name, f"Servable not found for request: {asked}")
