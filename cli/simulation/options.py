"""What `officers simulate` was asked for."""

from dataclasses import dataclass

from officers.demand.v1.demand_pb2 import DispatchRules


@dataclass(frozen=True)
class ReplayOptions:
    """What is replayed.

    Parameters
    ----------
    day
        Local day on which the shift starts; None: the first after the training data.
    first_day, last_day
        Days of recorded calls, in place of `day`; None: one day.
    whole_day
        The 24 hours from the shift's start, in place of the shift.
    warm_up_minutes
        Calls before that load the cars, but do not count.
    scenario_count
        Of sampled calls; None: the recorded calls.
    expected_count
        Scenarios that say what to expect, for deployments once more with cars that move freely; None: without those.
    most_moves_per_hour
        Most moves of free cars that begin within any 60 minutes; 0: no limit.
    with_call_results
        Tell how every call was answered.
    spreads_heaped_times
        Recorded times on full and half hours are spread over the hour or half hour that they stand for.
    copies
        Scenarios or weeks laid over each other.
    against
        Name of the deployment that others are compared with.
    """

    shift_name: str | None
    day: str | None
    first_day: str | None
    last_day: str | None
    cars: int | None
    whole_day: bool
    warm_up_minutes: float
    scenario_count: int | None
    expected_count: int | None
    most_moves_per_hour: int
    with_call_results: bool
    spreads_heaped_times: bool
    copies: int
    against: str
    rules: DispatchRules
    seed: int
