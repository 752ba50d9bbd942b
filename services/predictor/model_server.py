"""The embedded model server: TensorFlow Serving's RPCs for a laptop, `python -m services.predictor.model_server`."""

import os

# TensorFlow's C++ log goes to standard error past every logger; warnings and errors stay. Must be set before it loads.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")

from services.predictor.served_models import ServedModels
from services.predictor.settings import ModelServerSettings
from services.predictor.tf_serving import register
from serving.server import run
from serving.settings import read_settings


def main() -> None:
    """Serve every model below the models folder until SIGTERM."""
    settings = read_settings(ModelServerSettings)
    models = ServedModels(settings.models_dir)
    models.poll(settings.poll_seconds)
    run(settings, lambda server: register(server, models))
    models.close()


if __name__ == "__main__":
    main()
