"""Cars on duty through the day, as steps."""

from dataclasses import dataclass

from cli.clock import clock_time
from cli.demand_report.axis import Axis, Tick
from cli.demand_report.line_chart import step_path
from officers.demand.v1.demand_pb2 import Roster

WIDTH_PX, HEIGHT_PX, LEFT_PX, RIGHT_PX, TOP_PX, FOOT_PX = 1032, 250, 40, 22, 12, 40
HALF_HOUR_MINUTES = 30
LABELLED_HALVES = 4


@dataclass(frozen=True)
class DutyStep:
    """A half hour that the pointer can be held over."""

    x_px: float
    width_px: float
    title: str


@dataclass(frozen=True)
class DutyChart:
    """What the template draws; `area` is the planned cars down to the axis."""

    planned: str
    present: str
    area: str
    steps: tuple[DutyStep, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    foot_px: float
    left_px: int = LEFT_PX
    right_px: int = WIDTH_PX - RIGHT_PX
    top_px: int = TOP_PX
    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX


def duty_chart(planned: Roster, present: Roster) -> DutyChart:
    """Draw the cars on duty in each half hour of the local day."""
    new, old = list(planned.on_duty_cars), list(present.on_duty_cars)
    foot_px = float(HEIGHT_PX - FOOT_PX)
    across = Axis(0.0, float(len(new)), LEFT_PX, WIDTH_PX - RIGHT_PX)
    up = Axis(0.0, max(*new, *old, 1) * 1.1, foot_px, TOP_PX)
    path = step_path(new, across, up)
    width_px = round(across.at(1) - across.at(0), 1)
    times = [clock_time(HALF_HOUR_MINUTES * number) for number in range(len(new))]
    return DutyChart(
        planned=path,
        present=step_path(old, across, up),
        area=f"{path}V{foot_px}H{across.at(0)}Z",
        steps=tuple(
            DutyStep(across.at(number), width_px, f"{time}: {new[number]} planned, {old[number]} at present")
            for number, time in enumerate(times)
        ),
        x_ticks=tuple(
            Tick(across.at(number), clock_time(HALF_HOUR_MINUTES * number))
            for number in range(0, len(new) + 1, LABELLED_HALVES)
        ),
        y_ticks=up.ticks(most=5),
        foot_px=foot_px,
    )
