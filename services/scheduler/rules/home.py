"""Home: travel into a sector outside a car's home counts with a factor."""

import numpy as np

from services.scheduler.instance import NOWHERE
from services.scheduler.rules.outcome import Outcome

NAME = "home"


def explain(outcome: Outcome) -> str | None:
    """Say how often cars are outside their home."""
    problem, rows = outcome.problem, outcome.rows
    if problem.home_cost_factor == 1 or not any(car.home_sectors for car in problem.cars):
        return None
    inside = np.array([[not c.home_sectors or s in c.home_sectors for s in problem.sectors] for c in problem.cars])
    outside = int(((rows != NOWHERE) & ~inside[np.arange(len(rows))[:, np.newaxis], rows]).sum())
    return f"Home: {outside} car periods are outside a home; travel into them counts {problem.home_cost_factor:g}-fold."
