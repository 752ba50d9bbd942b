"""Fairness: the largest travel of a car is small; by its weight in the objective, else among equal objectives."""

import numpy as np

from services.scheduler.flow_model import FlowModel, origin_costs
from services.scheduler.measure import measure
from services.scheduler.rules.outcome import Outcome

NAME = "fairness"


def constrain(model: FlowModel) -> None:
    """Add the largest travel z of a car, at its weight, and ``cars of k * z >= minutes of class k`` for every class.

    With one car per class z is the largest travel; otherwise it is at least the largest mean, a relaxation.
    """
    instance, program = model.instance, model.program
    if not instance.fairness_weight:
        return
    largest = program.add_columns(
        np.array([instance.fairness_weight]), np.inf, np.ones(1, dtype=np.bool_), integer=False
    )
    for columns in model.classes:
        row = program.add_rows(0, np.inf, (1,))
        program.add_entries(row, largest, len(columns.car_class.cars))
        program.add_entries(row, columns.entry, -origin_costs(instance.minutes, columns.car_class))
        program.add_entries(row, columns.move, -instance.minutes)


def explain(outcome: Outcome) -> str:
    """Say who drives most."""
    minutes = measure(outcome.instance, outcome.rows).travel_minutes
    most, weight = int(np.argmax(minutes)), outcome.problem.fairness_weight
    words = f"; its weight in the objective is {weight:g}" if weight else ""
    return (
        f"Fairness: car {outcome.problem.cars[most].id} drives most, {minutes[most]:.1f} min; "
        f"the mean is {minutes.mean():.1f} min{words}."
    )
