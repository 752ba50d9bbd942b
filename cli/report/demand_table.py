"""The table of cars per sector and period, beside the incidents expected in each sector."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cli.outcome import Outcome, ShiftOutcome, period_starts
from cli.report.scales import CLASS_COUNT, plain_name

FULL_SHADE_CARS = 4
"""The darkest shade means at least this many cars, so that a plan of ones stays pale."""


@dataclass(frozen=True)
class DemandCell:
    """Cars in one sector and period, with the class of its shade."""

    cars: int
    shade: int


@dataclass(frozen=True)
class DemandRow:
    """One sector."""

    code: str
    name: str
    cells: tuple[DemandCell, ...]
    mean_cars: float
    expected_calls: float | None
    recorded_calls: int


@dataclass(frozen=True)
class DemandTable:
    """What the demand template draws."""

    periods: tuple[str, ...]
    rows: tuple[DemandRow, ...]
    totals: tuple[int, ...]


def draw_demand(outcome: Outcome, shift: ShiftOutcome, codes: list[str]) -> DemandTable:
    """Lay out the demand of one shift; `codes` are the short codes in the area's order."""
    cars = np.array([period.cars for period in shift.plan.result.demand.plan.periods], dtype=np.int64)
    expected, recorded = _expected_calls(shift), _recorded_calls(outcome, shift)
    most = max(int(cars.max(initial=0)), FULL_SHADE_CARS)
    rows = [
        DemandRow(
            code=codes[index],
            name=plain_name(sector.name),
            cells=tuple(DemandCell(int(count), car_shade(int(count), most)) for count in cars[:, index]),
            mean_cars=float(cars[:, index].mean()),
            expected_calls=expected.get(sector.id),
            recorded_calls=int(recorded[index]),
        )
        for index, sector in enumerate(outcome.area.sectors)
    ]
    rows.sort(key=lambda row: -(row.expected_calls or 0.0))
    starts = tuple(f"{start:%H:%M}" for start in period_starts(shift.plan, outcome.time_zone))
    return DemandTable(periods=starts, rows=tuple(rows), totals=tuple(int(total) for total in cars.sum(axis=1)))


def car_shade(cars: int, most: int) -> int:
    """Class of a number of cars, 0 for none; `most` gets a class that leaves figures readable."""
    return 0 if cars == 0 else max(1, round(cars / most * CLASS_COUNT * 0.75))


def _expected_calls(shift: ShiftOutcome) -> dict[str, float]:
    """Mean calls per sector and shift over the held-out scenarios, by sector id."""
    result = shift.plan.result
    scenario_count = result.test_calls.scenario_count
    if not scenario_count or not result.simulations:
        return {}
    return {sector.sector_id: sector.calls / scenario_count for sector in result.simulations[0].sectors}


def _recorded_calls(outcome: Outcome, shift: ShiftOutcome) -> NDArray[np.int64]:
    indices = [call.sector_index for call in shift.replay.calls]
    return np.bincount(np.array(indices, dtype=np.int64), minlength=len(outcome.area.sectors))
