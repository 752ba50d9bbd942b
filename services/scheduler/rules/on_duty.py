"""Duty: a car is in exactly one sector in every period of its duty and nowhere else."""

from services.scheduler.rules.outcome import Outcome

NAME = "on_duty"


def explain(outcome: Outcome) -> str | None:
    """Say how many cars work a part of the shift only."""
    partly = sum(not active.all() for active in outcome.instance.active)
    if not partly:
        return None
    return f"Duty: {partly} of {outcome.instance.car_count} cars are on duty for a part of the shift only."
