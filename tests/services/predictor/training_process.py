"""Trains the small area in a process of its own: `python -m tests.services.predictor.training_process MODELS_DIR`."""

import sys
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


def train_small_area(models_dir: Path, watch: Watch) -> ModelCard:
    store = ArtifactStore("memory://training")
    area = import_area(SmallArea().zipped(), store).area
    incidents = store.get_table(area.incidents_artifact).to_pandas()
    request = TrainingRequest("0" * 64, SPEC, 1, "key", allow_worse=True)
    return train(area, incidents, request, ModelStore(models_dir), watch)


if __name__ == "__main__":

    def tell(_fraction: float, message: str) -> None:
        sys.stdout.write(f"{message}\n")
        sys.stdout.flush()

    train_small_area(Path(sys.argv[1]), Watch(tell, never_stop))
