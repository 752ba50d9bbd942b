from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from services.predictor.serving_list import LIST_FILE, write_serving_list


def read_list(models_dir):
    return text_format.Parse((models_dir / LIST_FILE).read_text(), model_server_config_pb2.ModelServerConfig())


def test_every_model_with_a_version_is_listed_with_all_its_versions(tmp_path):
    for folder in ("b-town/1", "b-town/2", "a-town/7", "c-town/.unfinished-1"):
        (tmp_path / folder).mkdir(parents=True)
    write_serving_list(tmp_path)
    entries = read_list(tmp_path).model_config_list.config
    assert [(entry.name, entry.base_path) for entry in entries] == [
        ("a-town", str(tmp_path / "a-town")),
        ("b-town", str(tmp_path / "b-town")),
    ]
    assert all(entry.model_version_policy.HasField("all") for entry in entries)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [LIST_FILE]


def test_a_new_folder_gets_an_empty_list(tmp_path):
    write_serving_list(tmp_path / "models")
    assert read_list(tmp_path / "models").HasField("model_config_list")
    assert len(read_list(tmp_path / "models").model_config_list.config) == 0
