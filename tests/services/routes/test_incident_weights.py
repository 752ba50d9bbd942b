"""What past incidents count."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from services.routes.incident_weights import LikelihoodOptions
from serving.errors import InvalidArgument

END_TIME = datetime(2020, 1, 11, tzinfo=UTC)
TIMES = pd.Series(pd.to_datetime(["2020-01-01T00:30Z", "2020-01-06T12:00Z", "2020-01-10T23:00Z"]))
TYPES = ["robbery", "theft", "robbery"]


def weights(options: LikelihoodOptions, time_zone: str = "UTC") -> list[float]:
    return options.weights(TIMES, TYPES, END_TIME, time_zone).tolist()


def test_all_count_alike_unless_asked() -> None:
    assert weights(LikelihoodOptions()) == [1, 1, 1]


def test_types_recency_and_the_window_multiply() -> None:
    assert weights(LikelihoodOptions((("robbery", 3.0),))) == [3, 1, 3]
    assert weights(LikelihoodOptions(half_life_days=4.5))[1] == pytest.approx(0.5)
    assert weights(LikelihoodOptions(window=(22 * 60, 6 * 60))) == [1, 0, 1]
    assert weights(LikelihoodOptions(window=(6 * 60, 22 * 60))) == [0, 1, 0]
    assert weights(LikelihoodOptions(window=(12 * 60, 22 * 60)), "America/New_York") == [1, 0, 1]


@pytest.mark.parametrize(
    "values",
    [
        {"type_weights": (("robbery", -1.0),)},
        {"half_life_days": float("nan")},
        {"window": (60, 60)},
        {"window": (0, 1440)},
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument, match="Expected"):
        LikelihoodOptions(**values)  # type: ignore[arg-type]
