"""The model card: what a stored model version was made from and how good it is."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from services.predictor.area import Grid
from services.predictor.features import INPUT_NAMES
from services.predictor.model_spec import ModelSpec, OutputKind


@dataclass(frozen=True)
class ModelCard:
    """One stored model version.

    Attributes
    ----------
    model, version : the folder `<models_dir>/<model>/<version>`.
    spec : as trained; `output` is the kind that was kept.
    trained_until_date : last local day that the model has seen, validation included.
    metrics : figures on the validation days, by name.
    request_key : key of the training request that made it.
    inputs : names of the inputs that the model takes.
    """

    model: str
    version: int
    area_name: str
    area_artifact: str
    spec: ModelSpec
    seed: int
    trained_until_date: date
    metrics: tuple[tuple[str, float], ...]
    create_time: datetime
    grid: Grid
    request_key: str
    inputs: tuple[str, ...] = INPUT_NAMES

    @property
    def resource_name(self) -> str:
        """The resource name, "models/{model}/versions/{version}"."""
        return f"models/{self.model}/versions/{self.version}"

    def to_json(self) -> str:
        """Write the card."""
        values: dict[str, Any] = asdict(self)
        values["spec"]["output"] = self.spec.output.value
        values["trained_until_date"] = self.trained_until_date.isoformat()
        values["create_time"] = self.create_time.isoformat()
        values["metrics"] = dict(self.metrics)
        return json.dumps(values, indent=2)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Read a card."""
        values: dict[str, Any] = json.loads(text)
        spec = values.pop("spec")
        return cls(
            **{
                **values,
                "spec": ModelSpec(**{**spec, "output": OutputKind(spec["output"])}),
                "trained_until_date": date.fromisoformat(values["trained_until_date"]),
                "create_time": datetime.fromisoformat(values["create_time"]),
                "metrics": tuple(values["metrics"].items()),
                "grid": Grid(**values["grid"]),
                "inputs": tuple(values.get("inputs", INPUT_NAMES)),
            }
        )
