"""The candidates of a training: which models are fitted, and what each reaches on the validation days."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.models import POOL, fit_member, load_model, model_names
from services.predictor.models.ensemble import MEMBERS
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.validation import predict_validation, validation_deviance
from services.predictor.workspace import KeptFit, Workspace
from serving.errors import InvalidArgument

BASELINES = ("separable", "climatology")
"""Fitted beside every model, to compare with."""


@dataclass(frozen=True)
class Candidate:
    """A fitted model and what it reaches.

    Attributes
    ----------
    name : its file in the folder of models.
    predicted : intensities of the validation frames, shape (n_frames, n_rows, n_columns).
    deviance : mean Poisson deviance per cell and frame of the validation days.
    network : what can be published; None: it is for comparison only.
    """

    name: str
    predicted: NDArray[np.float32]
    deviance: float
    network: FittedNetwork | None


def check_models(names: tuple[str, ...]) -> None:
    """Check the models that a request names.

    Raises
    ------
    InvalidArgument
        There is no such model, one is named twice, or none of them can be published.
    """
    for position, name in enumerate(names):
        if name not in model_names():
            expected = ", ".join(model_names())
            raise InvalidArgument(f"spec.models[{position}]", f"Expected one of {expected}, got {name!r}.")
        if name in names[:position]:
            raise InvalidArgument(f"spec.models[{position}]", f"Expected every model once, got {name!r} again.")
    if names and not any(load_model(name).can_win for name in names):
        able = ", ".join(name for name in model_names() if load_model(name).can_win)
        raise InvalidArgument("spec.models", f"Expected at least one that can be published: {able}.")


def candidate_names(training: TrainingSet) -> tuple[str, ...]:
    """Return the models to fit, cheap ones first: those the spec names, else all that suit the area and the budget.

    A model suits where its rough cost, by cells and frames, fits into `spec.budget_seconds` beside the cheaper ones;
    the same area and spec thus have the same candidates on every machine. The baselines are always among them.
    """
    spec = training.reader.spec
    if spec.models:
        return _cheap_first({*spec.models, *BASELINES})
    chosen = set(BASELINES)
    left_seconds = spec.budget_seconds - sum(cost_seconds(name, training) for name in BASELINES)
    for name in _cheap_first(set(model_names()) - chosen):
        cost = cost_seconds(name, training)
        if load_model(name).can_win and cost <= left_seconds:
            chosen.add(name)
            left_seconds -= cost
    if not chosen.issuperset(MEMBERS):
        chosen.discard(POOL)  # it would fit members that the budget does not allow
    return _cheap_first(chosen)


def cost_seconds(name: str, training: TrainingSet) -> float:
    """Return roughly how long fitting a model takes on one core."""
    _, row_count, column_count = training.frames.counts.shape
    million_cell_frames = float(row_count * column_count * len(training.window_frames)) / 1e6
    return load_model(name).core_seconds * million_cell_frames


def fit_candidates(training: TrainingSet, workspace: Workspace, watch: Watch) -> tuple[Candidate, ...]:
    """Fit all candidates, or take those that an earlier run of the same training has finished.

    Raises
    ------
    Cancelled
        `watch.stop` asked to end.
    """
    names = candidate_names(training)
    costs = np.array([cost_seconds(name, training) for name in names]) + 1.0
    ends = np.cumsum(costs) / costs.sum()
    starts = [0.0, *ends[:-1].tolist()]
    return tuple(
        _fit(name, training, workspace, watch.part(name, start, end))
        for name, start, end in zip(names, starts, ends.tolist(), strict=True)
    )


def _fit(name: str, training: TrainingSet, workspace: Workspace, watch: Watch) -> Candidate:
    kept = workspace.kept(name)
    if kept is None:
        model = fit_member(name, training, watch)
        network = model if isinstance(model, FittedNetwork) else None
        kept = KeptFit(predict_validation(training, model), network)
        workspace.keep(name, kept)
    elif kept.network is not None:
        training.fits[name] = kept.network
    deviance = validation_deviance(training, kept.predicted)
    watch.report(1.0, f"validation deviance {deviance:.6f}")
    return Candidate(name, kept.predicted, deviance, kept.network)


def _cheap_first(names: set[str]) -> tuple[str, ...]:
    """Return models by rough cost; the pool of the others last."""
    return tuple(sorted(names, key=lambda name: (name == POOL, load_model(name).core_seconds, name)))
