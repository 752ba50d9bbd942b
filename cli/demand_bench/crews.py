"""What staggered crews are worth: the same hours on duty, begun at other times."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.backtest.jobs import Result
from cli.demand_bench.data import BenchData
from cli.demand_bench.jobs import CrewsPlan, roster_of_lists
from cli.demand_bench.timeline import Measured, measure
from services.demand.roster.crews import place_roster, plain_clock
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules, Queue
from services.demand.simulator.simulate import Simulator

PRESENT, PLANNED, FEWER = "crews as they are", "staggered crews", "staggered crews, fewer cars"


@dataclass(frozen=True)
class CrewsStudy:
    """Crews of the area's shifts with as many cars in each, and with a few cars fewer.

    Parameters
    ----------
    shifts
        Start minute of the day and length of each shift.
    """

    shifts: tuple[tuple[int, int], ...]
    cars: int
    fewer_cars: int
    seed: int

    def jobs(self, data: BenchData) -> list[CrewsPlan]:
        """Return the rosters to find: first come, urgent first, and with fewer cars."""
        first_come, urgent_first = DispatchRules(), DispatchRules(queue=Queue.URGENT_FIRST)
        asked_for = ((self.cars, first_come), (self.cars, urgent_first), (self.fewer_cars, first_come))
        return [
            CrewsPlan(data, tuple((*shift, cars) for shift in self.shifts), rules, self.seed)
            for cars, rules in asked_for
        ]

    def measure(self, case: DispatchCase, rosters: Sequence[Result]) -> dict[str, Measured]:
        """Replay the days to report on; the first is what the others are compared with."""
        first_come, urgent_first = DispatchRules(), DispatchRules(queue=Queue.URGENT_FIRST)
        kept, urgent, fewer = rosters
        asked_for = {
            f"{PRESENT}, first come": (kept["present"], first_come),
            f"{PRESENT}, urgent first": (urgent["present"], urgent_first),
            f"{PLANNED}, first come": (kept["planned"], first_come),
            f"{PLANNED}, urgent first": (urgent["planned"], urgent_first),
            f"{FEWER} ({self.fewer_cars})": (fewer["planned"], first_come),
        }
        return {name: self._measure(case, roster, rules) for name, (roster, rules) in asked_for.items()}

    @staticmethod
    def _measure(case: DispatchCase, columns: list[list[int]], rules: DispatchRules) -> Measured:
        placement = place_roster(roster_of_lists(columns), plain_clock(case.calls.span_minutes, 0))
        return measure(case, Simulator(case, rules).simulate(placement))
