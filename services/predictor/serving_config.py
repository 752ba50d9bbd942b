"""What a model server serves: TensorFlow Serving's `models.config`, with version policies and labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from services.predictor.serving_list import LIST_FILE
from serving.errors import FailedPrecondition

log = structlog.get_logger("model_server")


@dataclass(frozen=True)
class ServedName:
    """One served model.

    Attributes
    ----------
    folder : holds one folder per version, named by its number.
    policy : "all" versions, the "latest" `latest_count` ones, or the `specific` ones.
    labels : version by label.
    """

    folder: Path
    policy: str
    latest_count: int
    specific: tuple[int, ...]
    labels: Mapping[str, int]

    def versions(self) -> tuple[int, ...]:
        """Return the versions on disk that the policy serves, newest first."""
        paths = self.folder.glob("*/saved_model.pb")
        found = sorted((int(path.parent.name) for path in paths if path.parent.name.isdigit()), reverse=True)
        if self.policy == "latest":
            return tuple(found[: self.latest_count])
        return tuple(version for version in found if self.policy == "all" or version in self.specific)


class ServingConfig:
    """Reads `<models_dir>/models.config` again whenever it changes.

    Without the file every folder is a model with all its versions. A file that cannot be read while the server runs is
    logged and the last good one stays in force, as in TensorFlow Serving.
    """

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._text: str | None = None
        self._names: Mapping[str, ServedName] = {}
        text = self._read()
        if text is not None:
            self._names, self._text = _parse(text), text

    def names(self) -> Mapping[str, ServedName]:
        """Return what is served, by model name.

        Raises
        ------
        FailedPrecondition
            The first file there is cannot be read.
        """
        text = self._read()
        if text is None:
            return self._every_folder()
        if text != self._text:
            self._names = self._parsed_or_last(text)
            self._text = text
        return self._names

    def _read(self) -> str | None:
        path = self._models_dir / LIST_FILE
        return path.read_text() if path.exists() else None

    def _parsed_or_last(self, text: str) -> Mapping[str, ServedName]:
        try:
            return _parse(text)
        except FailedPrecondition:
            if self._text is None:
                raise
            log.exception("the list of models cannot be read; the last one stays", file=LIST_FILE)
            return self._names

    def _every_folder(self) -> Mapping[str, ServedName]:
        if not self._models_dir.is_dir():
            return {}
        folders = (child for child in sorted(self._models_dir.iterdir()) if child.is_dir())
        return {
            folder.name: ServedName(folder, "all", 0, (), {}) for folder in folders if not folder.name.startswith(".")
        }


def _parse(text: str) -> Mapping[str, ServedName]:
    try:
        config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    except text_format.ParseError as error:
        raise FailedPrecondition("SERVING_LIST", f"{LIST_FILE} cannot be read: {error}") from error
    return {entry.name: _served(entry) for entry in config.model_config_list.config}


def _served(entry: Any) -> ServedName:
    """Read one model; as in TensorFlow Serving, only its latest version is served where no policy is given."""
    policy = entry.model_version_policy
    return ServedName(
        folder=Path(entry.base_path),
        policy=policy.WhichOneof("policy_choice") or "latest",
        latest_count=policy.latest.num_versions or 1,
        specific=tuple(policy.specific.versions),
        labels=dict(entry.version_labels),
    )
