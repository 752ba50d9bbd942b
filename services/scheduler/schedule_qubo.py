r"""The penalty QUBO of a schedule, [O] (11), with y_ib^t = 1 if car i is in sector b in period t:

    Σ cost_i(a, b) y_ia^{t-1} y_ib^t  +  A Σ_{t,b} (Σ_i y_ib^t − slack − d_b^t)²
        +  B Σ_{i,t} (Σ_b y_ib^t − 1)²  +  C Σ_{i,t,b} y_ib^{t-1} y_ib^{t+1}

Variables are numbered (t·n + i)·m + b, leaving out placements that duty, pins and bans forbid; slack bits follow, where
spare cars may stand. Starts and history are linear. The demand term stands once per leanest quarter hour. A longest
stay of one period is a term of neighbouring periods; longer ones have no quadratic form and are left to the repair, as
is the weight of the largest travel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from services.scheduler.instance import NOWHERE, Instance, Rows
from services.scheduler.qubo import Qubo, Structure
from services.scheduler.rules.cover import leanest_quarters

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Terms:
    """Terms of one part of the QUBO, as in `Qubo`."""

    rows: Integers
    columns: Integers
    coefficients: Floats
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Square:
    """(Σ x + Σ weights · bits - target)², of placements x and of slack bits, whose weights all have one sign."""

    variables: Integers
    target: int
    weights: Floats
    bits: Integers

    def settle(self, count: int) -> npt.NDArray[np.int8]:
        """Return the bits that bring `count` placements nearest to the target."""
        missing = abs(self.target - count) if len(self.weights) and (self.target - count) * self.weights[0] > 0 else 0
        chosen = np.zeros(len(self.weights), dtype=np.int8)
        for place in np.argsort(-np.abs(self.weights), kind="stable"):
            if abs(self.weights[place]) <= missing:
                chosen[place], missing = 1, missing - abs(self.weights[place])
        return chosen


@dataclass(frozen=True, eq=False)
class ScheduleQubo:
    """The parts of the QUBO of an instance, before they are weighed.

    Attributes
    ----------
    variable
        Number of the variable of a placement, shape (T, n, m), -1 where it is forbidden.
    variable_count
        Placements and slack bits.
    """

    instance: Instance
    variable: Integers
    variable_count: int
    travel: Terms
    demand: Terms
    one_hot: Terms
    presence: Terms
    squares: "tuple[Square, ...]"

    def weighted(self, demand_penalty: float, one_hot_penalty: float, presence_penalty: float) -> Qubo:
        """Return the QUBO with the weights A, B and C."""
        weights = (1.0, demand_penalty, presence_penalty, one_hot_penalty)
        parts = (self.travel, self.demand, self.presence, self.one_hot)
        sizes = (self.variable >= 0).sum(axis=2).reshape(-1)
        begin = np.cumsum([len(part.rows) for part in parts])
        structure = Structure(tuple(int(size) for size in sizes if size), int(begin[0]), int(begin[2]))
        return Qubo(
            self.variable_count,
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.columns for part in parts]),
            np.concatenate([weight * part.coefficients for weight, part in zip(weights, parts, strict=True)]),
            sum(weight * part.offset for weight, part in zip(weights, parts, strict=True)),
            structure,
        )

    def encode(self, rows: Rows) -> npt.NDArray[np.int8]:
        """Return the state of a schedule, shape (n, T), with the slack bits that leave the least energy.

        Placements that are forbidden are left out. Spare cars are counted by slack bits, one square at a time.
        """
        state = np.zeros(self.variable_count, dtype=np.int8)
        cars, periods = np.nonzero(rows != NOWHERE)
        placed = self.variable[periods, cars, rows[cars, periods]]
        state[placed[placed >= 0]] = 1
        for square in self.squares:
            state[square.bits] = square.settle(int(state[square.variables].sum()))
        return state

    def decode(self, state: npt.NDArray[np.int8]) -> tuple[Rows, bool]:
        """Return the schedule of a state, shape (n, T), and whether every car was in exactly one sector.

        A car in several sectors gets the first of them, a car in none the first that it may be in.
        """
        allowed = self.variable >= 0
        chosen = allowed & (state[self.variable] > 0)
        count = chosen.sum(axis=2)
        sector = np.where(count > 0, chosen.argmax(axis=2), allowed.argmax(axis=2))
        active = self.instance.active.T
        rows = np.where(active, sector, NOWHERE).T.astype(np.int64)
        return rows, bool((count[active] == 1).all())


def build_schedule_qubo(instance: Instance) -> ScheduleQubo:
    """Build the QUBO of an instance in which every car may be somewhere in each period of its duty."""
    allowed = instance.allowed.transpose(1, 0, 2)
    variable = np.where(allowed, np.cumsum(allowed).reshape(allowed.shape) - 1, -1)
    placements = int(allowed.sum())
    squares = tuple(_numbered(_squares(instance, variable), placements))
    variable_count = placements + sum(len(square.bits) for square in squares)
    return ScheduleQubo(
        instance, variable, variable_count, _travel(instance, variable), _demand(squares), _one_hot(variable),
        _presence(instance, variable), squares,
    )  # fmt: skip


def _terms(rows: list[Integers], columns: list[Integers], coefficients: list[Floats], offset: float = 0.0) -> Terms:
    row = np.concatenate([np.zeros(0, dtype=np.int64), *(part.reshape(-1) for part in rows)])
    column = np.concatenate([np.zeros(0, dtype=np.int64), *(part.reshape(-1) for part in columns)])
    value = np.concatenate([np.zeros(0), *(part.reshape(-1) for part in coefficients)])
    kept = (row >= 0) & (column >= 0) & (value != 0)
    return Terms(row[kept], column[kept], value[kept], offset)


def _travel(instance: Instance, variable: Integers) -> Terms:
    origin = variable[:-1, :, :, np.newaxis]
    target = variable[1:, :, np.newaxis, :]
    shape = np.broadcast_shapes(origin.shape, target.shape)
    cost = np.broadcast_to(instance.costs[instance.home], shape)
    cars = np.arange(instance.car_count)
    first = variable[instance.first_period, cars]
    from_start = np.where(instance.start[:, np.newaxis] == NOWHERE, 0.0, instance.costs[instance.home, instance.start])
    return _terms([np.broadcast_to(origin, shape), first], [np.broadcast_to(target, shape), first], [cost, from_start])


def _one_hot(variable: Integers) -> Terms:
    sectors = variable.shape[2]
    a, b = np.triu_indices(sectors, 1)
    active = (variable >= 0).any(axis=2)
    pairs = variable[..., a], variable[..., b]
    return _terms(
        [variable, pairs[0]],
        [variable, pairs[1]],
        [np.full(variable.shape, -1.0), np.full(pairs[0].shape, 2.0)],
        float(active.sum()),
    )


def _presence(instance: Instance, variable: Integers) -> Terms:
    reach = 2 if instance.no_return else 1
    if not instance.no_return and instance.max_consecutive != 1:
        return _terms([], [], [])
    later, earlier = variable[reach:], variable[:-reach]
    past = _placements_of_history(instance, variable, reach)
    return _terms([earlier, past], [later, past], [np.ones(later.shape), np.ones(past.shape)])


def _placements_of_history(instance: Instance, variable: Integers, reach: int) -> Integers:
    """Return the variables that a history forbids: the same sector `reach` periods later."""
    found = []
    length = instance.before.shape[1]
    for column in range(max(0, length - reach), length):
        period = column - length + reach
        cars = np.flatnonzero(instance.before[:, column] != NOWHERE)
        if period < instance.period_count:
            found.append(variable[period, cars, instance.before[cars, column]])
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _demand(squares: Sequence[Square]) -> Terms:
    """Return the squares of cover and cap."""
    rows, columns, values, offset = [], [], [], 0.0
    for square in squares:
        variables = np.concatenate([square.variables, square.bits])
        factors = np.concatenate([np.ones(len(square.variables)), square.weights])
        a, b = np.triu_indices(len(variables), 1)
        rows += [variables, variables[a]]
        columns += [variables, variables[b]]
        values += [factors * (factors - 2 * square.target), 2 * factors[a] * factors[b]]
        offset += float(square.target) ** 2
    return _terms(rows, columns, values, offset)


def _numbered(squares: list[Square], first: int) -> Iterator[Square]:
    """Give slack bits their numbers, from the first one on."""
    for square in squares:
        yield replace(square, bits=first + np.arange(len(square.weights)))
        first += len(square.weights)


def _squares(instance: Instance, variable: Integers) -> list[Square]:
    squares = []
    for period, demand in enumerate(instance.demand):
        active = instance.active[:, period]
        lean = leanest_quarters(instance.available[:, period])
        for counts in lean:
            spare = int(counts.sum() - demand.sum())
            for sector, needed in enumerate(demand):
                room = int(instance.cap[period, sector] - needed) if (counts == active).all() else spare
                squares.append(_square(variable[period, counts, sector], needed, min(spare, room), -1))
        if not (lean == active).all(axis=1).any():
            squares += _caps(instance, variable, period)
    return squares


def _caps(instance: Instance, variable: Integers, period: int) -> list[Square]:
    active = instance.active[:, period]
    return [
        _square(variable[period, active, sector], cap, int(cap), 1)
        for sector, cap in enumerate(instance.cap[period])
        if cap < active.sum()
    ]


def _square(variables: Integers, target: int, slack: int, slack_sign: int) -> Square:
    weights = slack_sign * _slack_bits(max(0, slack))
    return Square(variables[variables >= 0], int(target), weights, np.zeros(0, dtype=np.int64))


def _slack_bits(most: int) -> Floats:
    """Return weights of bits that reach every number from 0 to `most` and none above."""
    bits: list[int] = []
    while most > 0:
        bits.append(min(most, 2 ** len(bits)))
        most -= bits[-1]
    return np.array(bits, dtype=np.float64)
