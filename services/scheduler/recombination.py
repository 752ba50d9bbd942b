"""The best recombination of schedules over time: periods from one, later periods from another, joined at best.

Where one schedule hands over to another, every car may go on with the rest of the shift of any of its twins; which
does with which is an assignment problem, with the presence rule as forbidden pairs. Which schedule rules in which
period is then a shortest path. Cover holds, as the sectors of all cars in a period come from one schedule. A schedule
may also hand over to itself, which rejoins its own cars at best.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from services.scheduler.budget import Budget
from services.scheduler.car_classes import group_cars
from services.scheduler.instance import NOWHERE, Instance, Rows

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Joints:
    """What it counts to hand over from one schedule to another.

    Attributes
    ----------
    costs
        Of the drives into the next period, by the period before, shape (T - 1,); infinite where it cannot be done.
    heirs
        The car whose rest of the shift each car goes on with, shape (T - 1, n).
    """

    costs: Floats
    heirs: npt.NDArray[np.int64]


def recombine(instance: Instance, parents: list[Rows], joints: dict[tuple[int, int], Joints]) -> Rows:
    """Return the best recombination, shape (n, T), of schedules that meet every rule.

    Parameters
    ----------
    parents
        The schedules.
    joints
        Of every ordered pair of them.
    """
    rulers, handovers = _shortest_path(instance, parents, joints)
    rows = np.empty_like(parents[0])
    heir = np.arange(instance.car_count)
    rows[:, 0] = parents[rulers[0]][:, 0]
    for period in range(1, instance.period_count):
        if handovers[period]:
            heir = joints[rulers[period - 1], rulers[period]].heirs[period - 1][heir]
        rows[:, period] = parents[rulers[period]][heir, period]
    return rows


def join(instance: Instance, earlier: Rows, later: Rows, budget: Budget) -> Joints | None:
    """Return the best ways to go from one schedule over to another, between any two periods; None without time."""
    past = instance.before.shape[1]
    heads, tails = np.column_stack([instance.before, earlier]), np.column_stack([instance.before, later])
    heirs = np.tile(np.arange(instance.car_count), (instance.period_count - 1, 1))
    costs = np.zeros(instance.period_count - 1)
    for car_class in group_cars(instance):
        for period in range(car_class.first_period, car_class.last_period):
            if budget.over:
                return None
            cars, index = car_class.cars, past + period
            origin, target = heads[cars, index], tails[cars, index + 1]
            cost = instance.costs[car_class.home][origin[:, np.newaxis], target]
            forbidden = 1 + cost.max() * len(cars)  # not much more, for the sake of precision
            broken = _breaks_presence(instance, heads[cars], tails[cars], index)
            car, heir = linear_sum_assignment(cost + forbidden * broken)
            costs[period] += np.inf if broken[car, heir].any() else cost[car, heir].sum()
            heirs[period, cars[car]] = cars[heir]
    return Joints(costs, heirs)


def _breaks_presence(instance: Instance, heads: Rows, tails: Rows, index: int) -> npt.NDArray[np.bool_]:
    """Return which cars may not go on with which rest after `index`, shape (cars, cars)."""
    broken = np.zeros((len(heads), len(tails)), dtype=np.bool_)
    if instance.no_return:
        if index > 0:
            broken |= heads[:, index - 1, np.newaxis] == tails[:, index + 1]
        if index + 2 < tails.shape[1]:
            broken |= heads[:, index, np.newaxis] == tails[:, index + 2]
    if instance.max_consecutive:
        stay = _run_length(heads[:, index::-1])[:, np.newaxis] + _run_length(tails[:, index + 1 :])
        same = heads[:, index, np.newaxis] == tails[:, index + 1]
        broken |= same & (stay > instance.max_consecutive)
    return broken


def _run_length(path: Rows) -> npt.NDArray[np.int64]:
    same = np.cumprod(path == path[:, :1], axis=1)
    length: npt.NDArray[np.int64] = same.sum(axis=1)
    return length


def _own_costs(instance: Instance, rows: Rows) -> Floats:
    """Return what the drives into each period cost, shape (T,)."""
    previous = np.column_stack([np.full(len(rows), NOWHERE), rows[:, :-1]])
    previous[np.arange(len(rows)), instance.first_period] = instance.start
    drives = np.where((previous == NOWHERE) | (rows == NOWHERE), 0.0, _drive_costs(instance, previous, rows))
    costs: Floats = drives.sum(axis=0)
    return costs


def _drive_costs(instance: Instance, origin: Rows, target: Rows) -> Floats:
    costs: Floats = instance.costs[instance.home[:, np.newaxis], origin, target]
    return costs


def _shortest_path(
    instance: Instance, parents: list[Rows], joints: dict[tuple[int, int], Joints]
) -> tuple[list[int], list[bool]]:
    """Return which parent rules in each period, and before which there is a handover.

    Handovers are so far apart that the presence rule sees one at a time.
    """
    count, periods, apart = len(parents), instance.period_count, max(2, instance.max_consecutive)
    own = np.stack([_own_costs(instance, rows) for rows in parents], axis=1)
    entries = _entry_costs(instance, own.shape, parents)
    # The state: who rules, and for how many periods since a handover, up to `apart`.
    best = np.full((periods, apart, count), np.inf)
    came_from = np.zeros((periods, count), dtype=np.int64)
    best[0, apart - 1] = own[0]
    for period in range(1, periods):
        best[period, 1:] = best[period - 1, :-1] + own[period]
        going_on = best[period - 1, -1] + own[period]
        best[period, -1] = np.minimum(best[period, -1], going_on)
        handing = np.array([[joints[p, q].costs[period - 1] for q in range(count)] for p in range(count)])
        handing += best[period - 1, -1][:, np.newaxis] + entries[period]
        came_from[period] = handing.argmin(axis=0)
        best[period, 0] = np.minimum(best[period, 0], handing.min(axis=0))
    return _trace(best, own, came_from)


def _entry_costs(instance: Instance, shape: tuple[int, ...], parents: list[Rows]) -> Floats:
    """Return what drives from the start sector of cars that come on duty later cost, shape (T, count)."""
    entries = np.zeros(shape)
    for place, rows in enumerate(parents):
        for car, period in enumerate(instance.first_period):
            if period > 0 and instance.start[car] != NOWHERE:
                entries[period, place] += instance.costs[instance.home[car], instance.start[car], rows[car, period]]
    return entries


def _trace(best: Floats, own: Floats, came_from: npt.NDArray[np.int64]) -> tuple[list[int], list[bool]]:
    periods, apart, _ = best.shape
    age, ruler = (int(place) for place in np.unravel_index(best[-1].argmin(), best[-1].shape))
    rulers, handovers = [ruler], [False]
    for period in range(periods - 1, 0, -1):
        if age == 0:
            ruler, age, handovers[0] = int(came_from[period, ruler]), apart - 1, True
        elif age < apart - 1 or best[period, age, ruler] < best[period - 1, -1, ruler] + own[period, ruler]:
            age -= 1
        rulers.insert(0, ruler)
        handovers.insert(0, False)
    return rulers, handovers
