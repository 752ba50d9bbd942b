"""What a model cannot do, in words, for its card."""

from services.predictor.area import Area
from services.predictor.candidates import Candidate
from services.predictor.champion import REFERENCE
from services.predictor.training_set import TrainingSet

SPARSE_PER_HOUR = 2.0
LEAST_DAYS = 360


def model_limits(area: Area, training: TrainingSet, champion: Candidate, reference: Candidate) -> tuple[str, ...]:
    """Return the limits, one sentence each."""
    frames_per_hour = training.reader.calendar.clock.frames_per_hour
    window = training.frames.at(training.window_frames)
    per_hour = float(window.sum()) * frames_per_hour / max(len(window), 1)
    days = len(window) / training.frames.frames_per_day
    policy = area.policy.rules
    found = [
        (True, "It predicts recorded incidents: where people report less or are looked at more, so do its figures."),
        (
            per_hour < SPARSE_PER_HOUR,
            f"The area has {per_hour:.2f} incidents an hour: single cells and hours are mostly chance; use sector and "
            "shift totals.",
        ),
        (
            days < LEAST_DAYS,
            f"It has seen {days:.0f} days, not a whole year: it cannot know how the level changes with the season.",
        ),
        (
            champion.name == REFERENCE,
            "No model was better than a cell's mean times the profile of the week; this model is just that.",
        ),
        (
            champion.name != REFERENCE and champion.deviance >= reference.deviance,
            "It is not better than a cell's mean times the profile of the week; it was published on request.",
        ),
        (bool(policy), "Records that the area's data policy leaves out are neither learnt nor predicted."),
    ]
    return tuple(sentence for holds, sentence in found if holds)
