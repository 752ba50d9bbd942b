"""The best schedules of a search, recombined as each new one comes in."""

import itertools

import numpy as np

from services.scheduler.annealing import Found, breaches
from services.scheduler.budget import Budget
from services.scheduler.instance import Instance, Rows
from services.scheduler.measure import measure
from services.scheduler.recombination import Joints, join, recombine

MOST_MEMBERS = 6
MANY_CARS = 150
"""With more cars a join takes milliseconds per period, so that the elite is smaller."""

FEW_MEMBERS = 3


class Elite:
    """A few schedules of different objectives that meet every rule, the best first.

    Attributes
    ----------
    best
        The best schedule, and its objective.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._size = MOST_MEMBERS if instance.car_count <= MANY_CARS else FEW_MEMBERS
        self._members: list[Found] = []
        self._joints: dict[tuple[int, int], Joints] = {}

    @property
    def best(self) -> Found:
        """The best schedule so far."""
        return self._members[0] if self._members else Found(None, float("inf"))

    def take(self, rows: Rows, budget: Budget) -> None:
        """Take in a schedule, shape (n, T), and its best recombination with the others, unless it breaks a rule.

        There is no recombination if the budget ends first.
        """
        if breaches(self._instance, rows) or not self._add(rows):
            return
        child = self._recombine(budget)
        if child is not None and breaches(self._instance, child) == 0:
            self._add(child)
        self._shrink()

    def _recombine(self, budget: Budget) -> Rows | None:
        schedules = [member.rows for member in self._members if member.rows is not None]
        joints = {}
        for (i, earlier), (j, later) in itertools.product(enumerate(schedules), repeat=2):
            joint = self._joint(earlier, later, budget)
            if joint is None:
                return None
            joints[i, j] = joint
        return recombine(self._instance, schedules, joints)

    def start(self, random: np.random.Generator) -> Rows | None:
        """Return a member to go on from, most often the best; None while there is none."""
        if not self._members:
            return None
        place = min(int(random.geometric(0.5)) - 1, len(self._members) - 1)
        return self._members[place].rows

    def _add(self, rows: Rows) -> bool:
        objective = measure(self._instance, rows).objective
        if any(abs(member.objective - objective) < 1e-9 for member in self._members):
            return False
        self._members.append(Found(rows, objective))
        self._members.sort(key=lambda member: member.objective)
        return True

    def _joint(self, earlier: Rows, later: Rows, budget: Budget) -> Joints | None:
        key = id(earlier), id(later)
        if key not in self._joints:
            joint = join(self._instance, earlier, later, budget)
            if joint is None:
                return None
            self._joints[key] = joint
        return self._joints[key]

    def _shrink(self) -> None:
        self._members = self._members[: self._size]
        kept = {id(member.rows) for member in self._members}
        self._joints = {key: joints for key, joints in self._joints.items() if kept.issuperset(key)}
