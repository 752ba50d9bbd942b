"""What to train."""

from dataclasses import dataclass, fields

from serving.errors import InvalidArgument

LIMITS = {
    "closeness_frames": (1, 168),
    "period_days": (1, 28),
    "trend_weeks": (1, 12),
    "residual_units": (1, 12),
    "filters": (1, 128),
    "max_epochs": (1, 1_000),
    "train_days": (2, 3_660),
    "validation_days": (1, 366),
    "reporting_delay_hours": (0, 168),
    "budget_seconds": (1, 86_400),
}
FRAME_MINUTES = (15, 20, 30, 60)


@dataclass(frozen=True)
class ModelSpec:
    """What a model sees, which models are tried, and the shape of networks; see `officers.predictor.v1.ModelSpec`."""

    closeness_frames: int = 24
    period_days: int = 7
    trend_weeks: int = 4
    residual_units: int = 2
    filters: int = 16
    max_epochs: int = 30
    train_days: int = 365
    validation_days: int = 28
    frame_minutes: int = 60
    reporting_delay_hours: int = 0
    models: tuple[str, ...] = ()
    budget_seconds: int = 600

    def __post_init__(self) -> None:
        faults = [
            (f"spec.{field.name}", f"Expected {LIMITS[field.name][0]} to {LIMITS[field.name][1]}, got {value}.")
            for field in fields(self)
            if field.name in LIMITS
            and not LIMITS[field.name][0] <= (value := getattr(self, field.name)) <= LIMITS[field.name][1]
        ]
        if self.frame_minutes not in FRAME_MINUTES:
            expected = ", ".join(map(str, FRAME_MINUTES))
            faults.append(("spec.frame_minutes", f"Expected one of {expected}, got {self.frame_minutes}."))
        if not faults and self.validation_days >= self.train_days:
            faults = [("spec.validation_days", f"Expected fewer than train_days ({self.train_days}).")]
        if faults:
            raise InvalidArgument.of(faults)
