import numpy as np
import pytest

from services.demand.call_results import SCHEMA, tabulate_calls
from services.demand.simulator.placement import static_placement
from services.demand.simulator.simulate import Simulator
from services.demand.simulator.summary import summarise


def test_calls_add_up_to_the_summary(random_case):
    case = random_case(3, scenarios=5).counting_from(60.0)
    case.to_call_minutes[::7] = np.inf  # no road leads there
    placements = [static_placement(np.array(cars), 240) for cars in ([2, 1, 1, 0], [0, 0, 1, 1])]
    outcomes = [Simulator(case).simulate(placement) for placement in placements]
    table = tabulate_calls(outcomes)
    assert table.schema == SCHEMA
    rows = table.to_pandas()
    for deployment, outcome in enumerate(outcomes):
        part, summary = rows[rows["deployment"] == deployment], summarise(case, outcome)
        assert part["call"].tolist() == np.flatnonzero(case.calls.minute >= 60).tolist()
        assert len(part) == summary.whole.calls < case.calls.call_count
        assert part["response_minutes"].isna().sum() == summary.never_answered > 0
        assert 1 - part["within_target"].mean() == pytest.approx(summary.failure_rate.value)
        assert part["response_minutes"].mean() == pytest.approx(summary.whole.mean_response_minutes)


def test_without_calls_there_are_no_rows(build_case):
    case = build_case([0, 10], [])
    outcome = Simulator(case).simulate(static_placement(np.array([1, 0]), 720))
    for outcomes in ([], [outcome]):
        assert (tabulate_calls(outcomes).num_rows, tabulate_calls(outcomes).schema) == (0, SCHEMA)
