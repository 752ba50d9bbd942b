"""What moves of free cars are worth."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cli.demand_bench.data import OpenData
from cli.demand_bench.timeline import Measured, ShiftCars, measure, place_shifts
from services.demand.arrays import FloatArray
from services.demand.expectation import BLOCK_MINUTES, expect_calls, hourly_calls
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules
from services.demand.simulator.simulate import Simulator
from services.demand.simulator.stationing import Stationing

MOVED = "moved freely"
FEW_MOVES = 4
"""An hour, to show what a limit costs."""


def measure_moves(
    opened: OpenData, case: DispatchCase, shifts: Sequence[ShiftCars], rules: DispatchRules
) -> dict[str, Measured]:
    """Replay a deployment whose free cars are moved by what the scenarios of each shift lead to expect.

    Returns
    -------
    Figures without and with a limit on moves.
    """
    expected, placement = _expect(opened, case, rules), place_shifts(shifts, case)
    limited = replace(expected, most_moves_per_hour=FEW_MOVES)
    stationings = {MOVED: expected, f"{MOVED}, at most {FEW_MOVES} an hour": limited}
    return {name: measure(case, Simulator(case, rules, each).simulate(placement)) for name, each in stationings.items()}


def _expect(opened: OpenData, case: DispatchCase, rules: DispatchRules) -> Stationing:
    """Put the expectations of all shifts together, hour by hour of the timeline."""
    hours = np.zeros((int(case.calls.span_minutes // BLOCK_MINUTES), case.sector_count))
    reach: FloatArray | None = None
    for shift in opened.data.shifts:
        scenarios = opened.scenarios(shift.training)
        first = int(shift.start_minute // BLOCK_MINUTES)
        for number, row in enumerate(hourly_calls(scenarios)):
            if 0 <= first + number < len(hours):
                hours[first + number] = row
        if reach is None:
            reach = expect_calls(scenarios, rules).reach
    assert reach is not None  # a timeline has shifts
    return Stationing(hours, BLOCK_MINUTES, reach)
