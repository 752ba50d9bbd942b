"""The list of models that model servers read (`--model_config_file`) and read again as it changes."""

from pathlib import Path

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from services.predictor.model_versions import stored_versions
from services.predictor.promotions import PromotionLog
from services.predictor.whole_file import write_whole

LIST_FILE = "models.config"
PROMOTED_LABEL = "promoted"
"""Version label of a model's promoted version."""


def write_serving_list(models_dir: Path) -> None:
    """List every model of the folder with all its versions, so that a plan keeps the version it began with.

    The promoted version, where it is still stored, has the label "promoted". The file is replaced as a whole: a reader
    sees the old list or the new one. A model that appears meanwhile is listed too, whoever writes last.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    written = None
    while written != (text := _list_text(models_dir)):
        write_whole(models_dir / LIST_FILE, text.encode())
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
        promoted = PromotionLog(folder).promoted()
        if promoted in stored_versions(folder):  # a server refuses a list with labels of versions that are not there
            entry.version_labels[PROMOTED_LABEL] = promoted
    return text_format.MessageToString(config)


def _has_versions(folder: Path) -> bool:
    return not folder.name.startswith(".") and bool(stored_versions(folder))
