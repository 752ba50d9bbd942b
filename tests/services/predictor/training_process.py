"""Trains the small area in a process of its own.

`python -m tests.services.predictor.training_process MODELS_DIR [MODEL [MESSAGE]]` trains a model, and kills itself at
the first message of its progress that begins so.
"""

import argparse
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from services.predictor.area_import import import_area
from services.predictor.model_card import ModelCard
from services.predictor.model_spec import ModelSpec
from services.predictor.model_store import ModelStore
from services.predictor.training import TrainingRequest, train
from services.predictor.training_set import Watch
from serving.artifacts import ArtifactStore
from serving.work import never_stop
from tests.services.predictor.small_area import SmallArea

SPEC = ModelSpec(
    closeness_frames=3,
    period_days=1,
    trend_weeks=1,
    residual_units=1,
    filters=4,
    max_epochs=3,
    train_days=40,
    validation_days=5,
    models=("st_resnet",),
)


def train_small_area(models_dir: Path, watch: Watch, model: str = "st_resnet") -> ModelCard:
    store = ArtifactStore("memory://training")
    area = import_area(SmallArea().zipped(), store).area
    incidents = store.get_table(area.incidents_artifact).to_pandas()
    request = TrainingRequest("0" * 64, replace(SPEC, models=(model,)), 1, "key", allow_worse=True)
    return train(area, incidents, request, ModelStore(models_dir), watch)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("models_dir", type=Path)
    parser.add_argument("model", nargs="?", default="st_resnet")
    parser.add_argument("message", nargs="?")
    arguments = parser.parse_args()

    def tell(_fraction: float, message: str) -> None:
        sys.stdout.write(f"{message}\n")
        sys.stdout.flush()
        if arguments.message and message.startswith(arguments.message):
            os.kill(os.getpid(), signal.SIGKILL)

    train_small_area(arguments.models_dir, Watch(tell, never_stop), arguments.model)
