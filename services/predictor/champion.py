"""Chooses the candidate that is published."""

from collections.abc import Sequence

from services.predictor.candidates import Candidate
from serving.errors import FailedPrecondition

REFERENCE = "separable"
"""A model must be better than this one to be worth its cost."""


def choose_champion(candidates: Sequence[Candidate], asked_for: tuple[str, ...], allow_worse: bool) -> Candidate:
    """Return the candidate with the lowest deviance on the validation days among those that can be published.

    Parameters
    ----------
    asked_for : models that the request names; empty: all candidates may win, the baselines too, so that there is
        always a model to plan with.
    allow_worse : publish the best model asked for, however it compares.

    Raises
    ------
    FailedPrecondition
        No model asked for is better than the separable baseline.
    """
    able = [candidate for candidate in candidates if candidate.network is not None]
    entered = [candidate for candidate in able if not asked_for or candidate.name in asked_for]
    best = min(entered, key=lambda candidate: candidate.deviance)
    reference = next(candidate for candidate in candidates if candidate.name == REFERENCE)
    is_better = best.deviance < reference.deviance or best.name == REFERENCE
    if asked_for and not is_better and not allow_worse:
        raise FailedPrecondition(
            "MODEL_NOT_BETTER",
            f"{best.name} has a validation deviance of {best.deviance:.6f}, not below the {reference.deviance:.6f} of "
            f"{REFERENCE}: nothing is published. Train without naming models, on more days, or allow a worse model.",
        )
    return best
