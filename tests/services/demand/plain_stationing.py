"""Free stationing by brute force: every move of every car is tried, what it gains worked out from its definition."""

from math import prod

from services.demand.simulator.records import NEVER
from tests.services.demand.plain_simulator import PlainCall, PlainCar, PlainSimulator, State

ROUNDING = 1e-12
"""Gains that differ by less are equal: those of cars of the same sector."""
HOUR_MINUTES = 60.0


class PlainStationing(PlainSimulator):
    """One scenario in which free cars are moved."""

    def __init__(self, case, placement, rules, scenario, stationing) -> None:
        self.stationing = stationing
        self.begun: list[float] = []
        self.moved: dict[int, float] = {}
        super().__init__(case, placement, rules, scenario)

    @property
    def moves(self) -> int:
        return len(self.begun)

    def answer(self, call: PlainCall, now: float) -> None:
        super().answer(call, now)
        self.move_one(now)

    def end_call(self, car: PlainCar, now: float) -> None:
        super().end_call(car, now)
        if car.state is State.FREE:
            self.choose_station(car, now)

    # -- worth

    def value(self, sectors: list[int], now: float) -> float:
        """Share of the expected calls that cars in these sectors have in reach."""
        block = min(int(now // self.stationing.block_minutes), len(self.stationing.shares) - 1)
        shares, miss = self.stationing.shares[block], self.stationing.miss
        return sum(share * (1 - prod(miss[sector, b] for sector in sectors)) for b, share in enumerate(shares))

    def worth(self, car: PlainCar, sector: int, minutes: float, now: float) -> float:
        """What a car adds to the other free ones in a sector, for the part of the horizon that it is there."""
        others = [other.heading for other in self.cars if other.state is State.FREE and other is not car]
        added = self.value([*others, sector], now) - self.value(others, now)
        return added * max(1 - minutes / self.stationing.horizon_minutes, 0)

    # -- moves

    def allowed(self, car: PlainCar) -> list[int]:
        """Return the sectors of the team whose sector a car stands in or drives to."""
        team_of = self.case.team_of_sector
        sectors = range(self.case.sector_count)
        return [sector for sector in sectors if team_of is None or team_of[sector] == team_of[car.heading]]

    def may_begin(self, now: float) -> bool:
        within_hour = [minute for minute in self.begun if now - minute < HOUR_MINUTES]
        return self.stationing.most_moves_per_hour == 0 or len(within_hour) < self.stationing.most_moves_per_hour

    def move_one(self, now: float) -> None:
        if not self.may_begin(now):
            return
        moves = []
        for car in self.cars:
            moved = self.moved.get(car.number, -NEVER)
            is_standing = car.state is State.FREE and car.drive.is_over(now)
            if not is_standing or now - moved < self.stationing.rest_minutes:
                continue
            here = self.worth(car, car.heading, 0.0, now)
            for sector in self.allowed(car):
                gain = self.worth(car, sector, self.case.between_minutes[car.heading, sector], now) - here
                if sector != car.heading and gain > self.stationing.least_gain:
                    moves.append((gain, moved, car.number, sector))
        if moves:
            most = max(gain for gain, *_ in moves) - ROUNDING
            _, number, sector = min(move[1:] for move in moves if move[0] >= most)
            self.move(self.cars[number], sector, now)

    def choose_station(self, car: PlainCar, now: float) -> None:
        if not self.may_begin(now):
            return
        left = max(car.drive.arrive - now, 0.0)
        there = self.worth(car, car.heading, left, now) + self.stationing.least_gain
        choices = [
            (-self.worth(car, sector, left + self.case.between_minutes[car.heading, sector], now), sector)
            for sector in self.allowed(car)
            if sector != car.heading
        ]
        if choices and -min(choices)[0] > there:
            self.move(car, min(choices)[1], now)

    def move(self, car: PlainCar, sector: int, now: float) -> None:
        self.moved[car.number] = now
        self.begun.append(now)
        car.station = sector
        self.go_to_station(car, now)
        self.take_waiting(car, now)
