"""Models, one per file, found by listing this folder; each file offers `MODEL`."""

import importlib
import pkgutil
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.predictor.features import ModelInputs
from services.predictor.training_set import TrainingSet, Watch
from serving.errors import InvalidArgument


class FittedModel(Protocol):
    """A model after its training."""

    def predict(self, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return intensities, shape (n, n_rows, n_columns), expected incidents per cell and frame, all positive."""
        ...


class IncidentModel(Protocol):
    """A way to predict incidents per cell and frame.

    Attributes
    ----------
    can_win : whether `fit` returns a `FittedNetwork`, which can be published; else it is for comparison only.
    core_seconds : about how long fitting takes: seconds of one core per million cells × frames of the window.
    """

    can_win: bool
    core_seconds: float

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedModel:
        """Fit to the frames before validation; validation only decides when to stop and what to start from or pool."""
        ...


POOL = "ensemble"
"""The model that pools others: it comes last, and costs little once they are fitted."""


def model_names() -> tuple[str, ...]:
    """Return the names of all models: the modules of this folder."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load_model(name: str) -> IncidentModel:
    """Return a model by name.

    Raises
    ------
    InvalidArgument
        There is no such model; lists those there are.
    """
    if name not in model_names():
        raise InvalidArgument("model", f"Expected one of {', '.join(model_names())}, got {name!r}.")
    model: IncidentModel = importlib.import_module(f"{__name__}.{name}").MODEL
    return model


def fit_member(name: str, training: TrainingSet, watch: Watch) -> FittedModel:
    """Return a model fitted to this training set: the one that was fitted before, or fit it now and remember it."""
    if name not in training.fits:
        training.fits[name] = load_model(name).fit(training, watch)
    fitted: FittedModel = training.fits[name]
    return fitted
