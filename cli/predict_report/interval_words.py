"""Intervals of relative figures in words; what covers less than two weeks has none."""

from officers.predictor.v1.predictor_pb2 import Estimate

NO_INTERVAL = "none: less than two weeks"


def interval_words(low: float | None, high: float | None) -> str:
    """Say an interval, or that there is none."""
    return NO_INTERVAL if low is None or high is None else f"{low:+.2%} to {high:+.2%}"


def estimate_words(estimate: Estimate) -> str:
    """Say the interval of an answer's figure, or that there is none."""
    return interval_words(estimate.low, estimate.high) if has_interval(estimate) else NO_INTERVAL


def has_interval(estimate: Estimate) -> bool:
    """Whether a figure of an answer has an interval."""
    return estimate.HasField("low") and estimate.HasField("high")
