"""SavedModels below one folder, loaded as TensorFlow Serving would: versions found by polling, newest by default."""

import glob
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import tensorflow as tf
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from tensorflow.core.protobuf import saved_model_pb2

from serving.errors import FailedPrecondition, InvalidArgument, NotFound

VERSIONS_IN_MEMORY = 16

log = structlog.get_logger("model_server")

Array = NDArray[Any]


@dataclass(frozen=True)
class ServedModel:
    """A loaded version; `meta_graph` is its MetaGraphDef."""

    name: str
    version: int
    loaded: Any
    meta_graph: Any

    def signature(self, name: str) -> Any:
        """Return a signature's SignatureDef.

        Raises
        ------
        FailedPrecondition
            The model has no such signature.
        """
        if name not in self.meta_graph.signature_def:
            raise FailedPrecondition("SIGNATURE_NOT_FOUND", f'Serving signature key "{name}" not found.')
        return self.meta_graph.signature_def[name]

    def run(self, signature: str, inputs: dict[str, Array]) -> dict[str, Array]:
        """Compute a signature's outputs by name.

        Raises
        ------
        FailedPrecondition
            The model has no such signature.
        InvalidArgument
            Inputs are missing, unknown, or of another type or shape than the signature asks for.
        """
        expected = self.signature(signature).inputs
        extra, missing = sorted(set(inputs) - set(expected)), sorted(set(expected) - set(inputs))
        if extra or missing:
            raise InvalidArgument(
                "inputs",
                f"input size does not match signature: {len(inputs)}!={len(expected)}. "
                f"Sent extra: {{{','.join(extra)}}}. Missing but required: {{{','.join(missing)}}}.",
            )
        for name, value in inputs.items():
            _check_input(name, value, expected[name])
        # The loaded SavedModel is ours: signatures of a folder that only the predictor writes.
        outputs = self.loaded.signatures[signature](**{name: tf.constant(value) for name, value in inputs.items()})
        return {name: value.numpy() for name, value in outputs.items()}


def _check_input(name: str, value: Array, expected: Any) -> None:
    wanted_type = tf.dtypes.as_dtype(expected.dtype)
    if value.dtype != wanted_type.as_numpy_dtype:
        raise InvalidArgument(f"inputs.{name}", f"Expected {name} to be {wanted_type.name}, got {value.dtype.name}.")
    wanted_shape = [dimension.size for dimension in expected.tensor_shape.dim]
    fits = len(wanted_shape) == value.ndim and all(
        wanted in (-1, actual) for wanted, actual in zip(wanted_shape, value.shape, strict=True)
    )
    if not fits:
        raise InvalidArgument(
            f"inputs.{name}", f"Expected {name} of shape {wanted_shape} (-1: any), got {list(value.shape)}."
        )


class ServedModels:
    """Finds and loads versions below `<models_dir>/<model>/<integer version>/`; safe for many threads."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._loaded: OrderedDict[tuple[str, int], ServedModel] = OrderedDict()
        self._damaged: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def versions(self, name: str) -> tuple[int, ...]:
        """Return the versions of a model on disk, newest first; empty for an unknown model."""
        if not name or name.startswith(".") or "/" in name:
            return ()
        found = [
            int(path.parent.name)
            for path in self._models_dir.glob(f"{glob.escape(name)}/*/saved_model.pb")
            if path.parent.name.isdigit()
        ]
        return tuple(sorted(found, reverse=True))

    def get(self, name: str, version: int | None) -> ServedModel:
        """Return a version, the newest where None; loads it if it is not in memory.

        Raises
        ------
        NotFound
            There is no such model or version.
        """
        versions = self.versions(name)
        wanted = version if version is not None else next(iter(versions), None)
        if wanted is None or wanted not in versions:
            asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise NotFound("servable", name, f"Servable not found for request: {asked}")
        return self._load(name, wanted)

    def load_newest(self) -> None:
        """Load the newest version of every model that is not in memory yet; one that cannot be loaded is logged."""
        folders = sorted(self._models_dir.iterdir()) if self._models_dir.is_dir() else []
        for folder in folders:
            for version in self.versions(folder.name)[:1]:
                self._load_or_log(folder.name, version)

    def poll(self, interval_seconds: float) -> threading.Thread:
        """Load newest versions again and again in a thread, until `close`."""
        thread = threading.Thread(target=self._poll, args=(interval_seconds,), name="model-poll", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """End polling."""
        self._ended.set()

    def _poll(self, interval_seconds: float) -> None:
        while not self._ended.is_set():
            self.load_newest()
            self._ended.wait(interval_seconds)

    def _load_or_log(self, name: str, version: int) -> None:
        """Load a version ahead of requests; a damaged one is logged once and must not keep others from loading."""
        if (name, version) in self._damaged:
            return
        try:
            self._load(name, version)
        except (OSError, ValueError, DecodeError, tf.errors.OpError):
            self._damaged.add((name, version))
            log.exception("a model version cannot be loaded", model=name, version=version)

    def _load(self, name: str, version: int) -> ServedModel:
        key = (name, version)
        with self._lock:
            if key not in self._loaded:
                folder = self._models_dir / name / str(version)
                self._loaded[key] = _read(name, version, folder)
                log.info("loaded", model=name, version=version)
            self._loaded.move_to_end(key)
            while len(self._loaded) > VERSIONS_IN_MEMORY:
                self._loaded.popitem(last=False)
            return self._loaded[key]


def _read(name: str, version: int, folder: Path) -> ServedModel:
    loaded = tf.saved_model.load(str(folder))
    contents = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    return ServedModel(name, version, loaded, contents.meta_graphs[0])
