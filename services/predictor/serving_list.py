"""The list of models that TensorFlow Serving reads (`--model_config_file`) and reads again as it changes."""

import uuid
from pathlib import Path

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

LIST_FILE = "models.config"


def write_serving_list(models_dir: Path) -> None:
    """List every model of the folder, with all its versions, so that a plan keeps the version it began with.

    The file is replaced as a whole: a reader sees the old list or the new one. A model that appears meanwhile is
    listed too, whoever writes last.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    written = None
    while written != (text := _list_text(models_dir)):
        unfinished = models_dir / f".{LIST_FILE}-{uuid.uuid4().hex}"
        unfinished.write_text(text)
        unfinished.replace(models_dir / LIST_FILE)
        written = text


def _list_text(models_dir: Path) -> str:
    config = model_server_config_pb2.ModelServerConfig()
    config.model_config_list.SetInParent()
    for folder in sorted(child for child in models_dir.iterdir() if child.is_dir() and _has_versions(child)):
        entry = config.model_config_list.config.add()
        entry.name = folder.name
        entry.base_path = str(folder.absolute())
        entry.model_platform = "tensorflow"
        entry.model_version_policy.all.SetInParent()
    return text_format.MessageToString(config)


def _has_versions(folder: Path) -> bool:
    return any(child.name.isdigit() for child in folder.iterdir())
