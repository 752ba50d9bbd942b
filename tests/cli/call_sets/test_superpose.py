import pytest

from cli.call_sets.superpose import calls_per_scenario, join, scenario_count, superpose


def test_scenarios_follow_each_other(calls_of):
    joined = join([calls_of([[5.0], []]), calls_of([[]]), calls_of([[1.0, 2.0]])])
    assert scenario_count(joined) == 4
    assert joined["scenario"].to_pylist() == [0, 3, 3]
    assert joined["minute"].to_pylist() == [5.0, 1.0, 2.0]
    assert joined.schema.metadata[b"span_minutes"] == b"720"
    with pytest.raises(ValueError, match="at least one"):
        join([])


def test_scenarios_are_laid_over_each_other_in_the_order_of_time(calls_of):
    together = superpose(calls_of([[10.0, 30.0], [20.0], [], [40.0], [50.0]]), 2)
    assert scenario_count(together) == 2  # the fifth is left over
    assert together["scenario"].to_pylist() == [0, 0, 0, 1]
    assert together["minute"].to_pylist() == [10.0, 20.0, 30.0, 40.0]
    assert together["sector"].to_pylist() == [0, 2, 1, 3]  # columns stay together
    assert together.schema.field("scenario").type == "int32"


def test_one_copy_changes_nothing(calls_of):
    table = calls_of([[1.0], [2.0, 3.0]])
    assert superpose(table, 1).equals(table, check_metadata=True)


def test_calls_that_count(calls_of):
    assert calls_per_scenario(calls_of([[10.0, 60.0], [], [59.9]]), 60.0) == [1, 0, 0]
