"""The predictor service: `python -m services.predictor`."""

import os

# TensorFlow's C++ log goes to standard error past every logger; warnings and errors stay. Must be set before it loads.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")

from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_store import AreaStore
from services.predictor.model_client import PredictionServiceClient
from services.predictor.model_store import ModelStore
from services.predictor.predictor import Predictor
from services.predictor.servicer import register
from services.predictor.serving_list import write_serving_list
from services.predictor.settings import PredictorSettings
from serving.artifacts import ArtifactStore
from serving.channel import open_blocking_channel
from serving.server import run
from serving.settings import read_settings


def main() -> None:
    """Serve until SIGTERM."""
    settings = read_settings(PredictorSettings)
    write_serving_list(settings.models_dir)  # TensorFlow Serving does not start without it
    store = ArtifactStore(settings.artifact_url)
    areas = AreaStore(store, area_bytes, parse_area)
    with open_blocking_channel(settings.model_server_address, settings.channel) as channel:
        server = PredictionServiceClient(channel, settings.model_server_timeout_seconds)
        predictor = Predictor(store, areas, ModelStore(settings.models_dir), server)
        run(settings, lambda grpc_server: register(grpc_server, predictor))


if __name__ == "__main__":
    main()
