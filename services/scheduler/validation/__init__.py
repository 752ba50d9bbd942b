"""Checks that a problem makes sense before anything is computed; every fault names its field."""

from services.scheduler.problem import Problem
from services.scheduler.validation import cars, demand, options, placements, sectors, travel
from serving.errors import InvalidArgument

_CHECKS = (sectors.faults, travel.faults, options.faults, cars.faults, demand.faults, placements.faults)


def validate(problem: Problem, prefix: str = "") -> None:
    """Check a problem.

    Parameters
    ----------
    prefix
        Put before every field path, for example ``"problem."`` where the problem is a field of a request.

    Raises
    ------
    InvalidArgument
        With every fault found, each with the path of its field and what is allowed.
    """
    faults = [(prefix + field, text) for check in _CHECKS for field, text in check(problem)]
    if faults:
        raise InvalidArgument.of(faults)
