"""A small made-up area for the predictor's tests."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from services.predictor.area_import import AreaImport, import_area
from services.predictor.models import FittedModel, load_model, model_names
from services.predictor.training_set import TrainingSet, training_set
from serving.artifacts import ArtifactStore
from tests.services.predictor.fakes import QUIET, SMALL_SPEC
from tests.services.predictor.small_area import SmallArea

SHARED_DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "artifacts"))


@pytest.fixture
def small_area() -> SmallArea:
    return SmallArea()


@pytest.fixture(scope="session")
def session_store(tmp_path_factory: pytest.TempPathFactory) -> ArtifactStore:
    return ArtifactStore(str(tmp_path_factory.mktemp("artifacts")))


@pytest.fixture(scope="session")
def imported(session_store: ArtifactStore) -> AreaImport:
    return import_area(SmallArea().zipped(), session_store)


@pytest.fixture(scope="session")
def incidents(imported: AreaImport, session_store: ArtifactStore) -> pd.DataFrame:
    return session_store.get_table(imported.area.incidents_artifact).to_pandas()


@pytest.fixture(scope="session")
def training(imported: AreaImport, incidents: pd.DataFrame) -> TrainingSet:
    return training_set(imported.area, incidents, SMALL_SPEC, 1, imported.area.train_until_date)


@pytest.fixture(scope="session")
def fitted(training: TrainingSet) -> dict[str, FittedModel]:
    """Every model of the folder, fitted."""
    return {name: load_model(name).fit(training, QUIET) for name in model_names()}


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def manhattan() -> Path:
    folder = SHARED_DATA / "manhattan"
    if not folder.is_dir():
        pytest.skip(f"the shared data folder {folder} is absent")
    return folder
