"""Starts: travel from where a car stands to its first sector counts."""

import numpy as np

from services.scheduler.instance import NOWHERE
from services.scheduler.rules.outcome import Outcome

NAME = "start"


def explain(outcome: Outcome) -> str | None:
    """Say how many cars have a start and how far they drive from it."""
    instance = outcome.instance
    cars = np.flatnonzero(instance.start != NOWHERE)
    if not len(cars):
        return None
    first = outcome.rows[cars, instance.first_period[cars]]
    minutes = float(instance.minutes[instance.start[cars], first].sum())
    return f"Start: {len(cars)} cars drive {minutes:.1f} min from where they stand to their first sectors."
