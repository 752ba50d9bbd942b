import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.demand_report.axis import Axis, round_step, round_values


def test_values_fall_between_the_ends():
    axis = Axis(0.0, 10.0, 100.0, 0.0)
    assert [axis.at(value) for value in (-5, 0, 2.5, 10, 99)] == [100.0, 100.0, 75.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("high", "in_percent", "labels"),
    [
        (0.14, True, ["0.0%", "2.5%", "5.0%", "7.5%", "10.0%", "12.5%"]),
        (0.3, True, ["0%", "5%", "10%", "15%", "20%", "25%", "30%"]),
        (0.004, True, ["0.0%", "0.1%", "0.2%", "0.3%", "0.4%"]),
        (12.0, False, ["0", "2", "4", "6", "8", "10", "12"]),
    ],
)
def test_labels_have_the_decimals_that_they_need(high, in_percent, labels):
    assert [tick.label for tick in Axis(0.0, high, 0.0, 100.0).ticks(in_percent)] == labels


@example(10_001.0, 1e-5, 2)
@given(st.floats(1e-6, 1e6), st.floats(0.0, 1e6), st.integers(2, 10))
def test_round_values_are_even_and_within_the_axis(length, low, most):
    values = round_values(low, low + length, most)
    assert len(values) <= most + 2
    slack = 1e-6 + 1e-8 * length  # far below a pixel
    assert all(low - slack <= value <= low + length + slack for value in values)
    assert round_step(length / most) >= length / most * (1 - 1e-9)


def test_nothing_to_step_over():
    assert round_step(0.0) == 1.0
