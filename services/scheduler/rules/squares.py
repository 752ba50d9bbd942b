"""Squares: what a drive counts is squared, so that two short drives are better than a long one."""

import numpy as np

from services.scheduler.instance import NOWHERE
from services.scheduler.rules.outcome import Outcome

NAME = "squares"


def explain(outcome: Outcome) -> str | None:
    """Say which drive is longest, as squares are there to keep drives short."""
    if not outcome.problem.square_travel:
        return None
    path = np.column_stack([outcome.instance.start, outcome.rows])
    origin, target = path[:, :-1], path[:, 1:]
    drives = (origin != NOWHERE) & (target != NOWHERE)
    minutes = outcome.instance.minutes[origin, target][drives]
    longest = float(minutes.max(initial=0.0))
    return f"Squares: drives count squared; the longest takes {longest:.1f} min, of {int((minutes > 0).sum())} in all."
