"""The model card: what a stored model version was made from and how good it is."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from services.predictor.area import Grid
from services.predictor.data_policy import NO_POLICY, DataPolicy, LeaveOutRule
from services.predictor.dispersion import POISSON, CountDispersion
from services.predictor.features import INPUT_NAMES
from services.predictor.model_spec import ModelSpec


@dataclass(frozen=True)
class ModelCard:
    """One stored model version.

    Attributes
    ----------
    model, version : the folder `<models_dir>/<model>/<version>`.
    spec : as asked for.
    trained_until_date : last local day that the model has seen, validation included.
    metrics : figures on the validation days, by name.
    request_key : key of the training request that made it.
    inputs : names of the inputs that the model takes.
    kind : the file in the folder of models that it is.
    trained_from_date, validated_from_date : first local day seen, and first of the validation days; None: not known.
    incident_count : incidents in the days seen.
    limits : what it cannot do, a sentence each.
    libraries : versions of the libraries that made it, by name.
    policy : the data policy that its incidents were imported under.
    dispersion : how much more counts vary than Poisson counts of its intensities.
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
    kind: str = ""
    trained_from_date: date | None = None
    validated_from_date: date | None = None
    incident_count: int = 0
    limits: tuple[str, ...] = ()
    libraries: tuple[tuple[str, str], ...] = ()
    policy: DataPolicy = NO_POLICY
    dispersion: CountDispersion = POISSON

    @property
    def resource_name(self) -> str:
        """The resource name, "models/{model}/versions/{version}"."""
        return f"models/{self.model}/versions/{self.version}"

    def metric(self, name: str) -> float | None:
        """Return a figure of the validation days, None where the card does not hold it."""
        return dict(self.metrics).get(name)

    def to_json(self) -> str:
        """Write the card."""
        values = {**asdict(self), "metrics": dict(self.metrics), "libraries": dict(self.libraries)}
        return json.dumps(values, indent=2, default=_written)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Read a card; what an older version of this program did not write yet is left at its default."""
        values: dict[str, Any] = json.loads(text)
        spec = values.pop("spec")
        kind = spec.pop("output", "")  # older cards name the kept network there
        card = cls(
            **{
                **values,
                "spec": ModelSpec(**{**spec, "models": tuple(spec.get("models", ()))}),
                "trained_until_date": date.fromisoformat(values["trained_until_date"]),
                "trained_from_date": _date(values.get("trained_from_date")),
                "validated_from_date": _date(values.get("validated_from_date")),
                "create_time": datetime.fromisoformat(values["create_time"]),
                "metrics": tuple(values["metrics"].items()),
                "grid": Grid(**values["grid"]),
                "inputs": tuple(values.get("inputs", INPUT_NAMES)),
                "limits": tuple(values.get("limits", ())),
                "libraries": tuple(values.get("libraries", {}).items()),
                "policy": _policy(values.get("policy", {})),
                "dispersion": CountDispersion.from_dict(values.get("dispersion", POISSON.to_dict())),
            }
        )
        return replace(card, kind=card.kind or kind)


def _written(value: date | datetime) -> str:
    return value.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _policy(values: dict[str, Any]) -> DataPolicy:
    rules = (
        {**rule, "from_date": _date(rule["from_date"]), "to_date": _date(rule["to_date"])}
        for rule in values.get("rules", ())
    )
    return DataPolicy(tuple(LeaveOutRule(**rule) for rule in rules), tuple(values.get("record_counts", ())))
