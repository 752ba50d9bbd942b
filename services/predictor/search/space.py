"""What is searched: cell size, frame length, model, and the architecture of networks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from hyperopt import hp

from services.predictor.model_spec import ModelSpec
from services.predictor.models import POOL, load_model, model_names
from serving.errors import InvalidArgument

CELL_SCALES = (1.0, 1.5, 2.0)
"""Cell sizes, as multiples of the area's own."""
FRAME_MINUTES = (60, 30)
NETWORKS = ("st_resnet", "st_resnet_poisson")
ARCHITECTURE: Mapping[str, tuple[int, ...]] = {
    "closeness_frames": (6, 12, 24, 48),
    "period_days": (1, 3, 7),
    "trend_weeks": (1, 2, 4),
    "residual_units": (1, 2, 4),
    "filters": (8, 16, 32),
}


@dataclass(frozen=True)
class Point:
    """One point of the space; `architecture` is empty for models that have none."""

    cell_scale: float
    frame_minutes: int
    model: str
    architecture: tuple[tuple[str, int], ...] = ()

    def spec(self, usual: ModelSpec) -> ModelSpec:
        """Return the spec of this point; what is not searched is as usual."""
        return replace(usual, frame_minutes=self.frame_minutes, models=(self.model,), **dict(self.architecture))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "architecture": dict(self.architecture)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Point":
        """Read what `to_dict` wrote."""
        return cls(**{**values, "architecture": tuple(values["architecture"].items())})

    @classmethod
    def from_choice(cls, choice: Mapping[str, Any]) -> "Point":
        """Read a point as Hyperopt draws it."""
        model = dict(choice["model"])
        name = str(model.pop("name"))
        architecture = tuple((field, int(value)) for field, value in model.items())
        return cls(float(choice["cell_scale"]), int(choice["frame_minutes"]), name, architecture)


@dataclass(frozen=True)
class Space:
    """The models that are searched."""

    models: tuple[str, ...]

    def __post_init__(self) -> None:
        able = searchable_models()
        for position, name in enumerate(self.models):
            if name not in able:
                raise InvalidArgument(f"models[{position}]", f"Expected one of {', '.join(able)}, got {name!r}.")
        if not self.models:
            raise InvalidArgument("models", "Expected at least one model.")

    def choices(self) -> dict[str, Any]:
        """Return the space as Hyperopt reads it."""
        return {
            "cell_scale": hp.choice("cell_scale", list(CELL_SCALES)),
            "frame_minutes": hp.choice("frame_minutes", list(FRAME_MINUTES)),
            "model": hp.choice("model", [_model_choice(name) for name in self.models]),
        }

    def holds(self, point: Point) -> bool:
        """Say whether a point is of this space."""
        return (
            point.cell_scale in CELL_SCALES
            and point.frame_minutes in FRAME_MINUTES
            and point.model in self.models
            and {field for field, _ in point.architecture} == set(_architecture(point.model))
            and all(value in ARCHITECTURE[field] for field, value in point.architecture)
        )

    def positions(self, point: Point) -> dict[str, int]:
        """Return the position of each choice of a point, by Hyperopt's labels.

        Raises
        ------
        ValueError
            The point is not of this space.
        """
        found = {
            "cell_scale": CELL_SCALES.index(point.cell_scale),
            "frame_minutes": FRAME_MINUTES.index(point.frame_minutes),
            "model": self.models.index(point.model),
        }
        for field, value in point.architecture:
            found[_label(point.model, field)] = ARCHITECTURE[field].index(value)
        return found


def searchable_models() -> tuple[str, ...]:
    """Return the models that can be published by themselves."""
    return tuple(name for name in model_names() if load_model(name).can_win and name != POOL)


def _model_choice(name: str) -> dict[str, Any]:
    fields = _architecture(name).items()
    return {"name": name, **{field: hp.choice(_label(name, field), list(values)) for field, values in fields}}


def _architecture(model: str) -> Mapping[str, tuple[int, ...]]:
    """Return what is searched of a model's own shape."""
    return ARCHITECTURE if model in NETWORKS else {}


def _label(model: str, field: str) -> str:
    return f"{model}_{field}"
