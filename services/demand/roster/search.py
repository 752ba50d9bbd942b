"""Finds when crews should begin, how long they should work and where they should wait, for the same hours in all.

A local search in the simulator: random changes of one or two crews, some scored at once, the best of them taken.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from services.demand.arrays import IntArray
from services.demand.optimiser.score import Scorer
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.roster.crews import DAY_MINUTES, STEP_MINUTES, CrewRules, Roster

TRIED_AT_ONCE = 8
LONGEST_STEP = 6
"""Half hours by which a start is moved at most."""
ATTEMPTS = 50
"""Draws until a change keeps the rules."""
LEAST_GAIN = 1e-9


@dataclass(frozen=True)
class RosterBudget:
    """How much a search may do: a number of scored calls, so that a seed gives one result, and a time limit.

    A search that ends by itself needs no number: infinite.
    """

    most_calls: float
    limit: TimeLimit

    def over(self, scorer: Scorer[Roster]) -> bool:
        """Tell whether to stop."""
        return scorer.scored_calls >= self.most_calls or self.limit.over()


def improve_roster(
    roster: Roster,
    rules: CrewRules,
    sector_count: int,
    scorer: Scorer[Roster],
    seed: int,
    budget: RosterBudget,
    report: Callable[[float], None] = lambda _: None,
) -> Roster:
    """Change crews while that lowers the penalty.

    Parameters
    ----------
    roster
        Where to start; it keeps the rules. Hours on duty in all stay the same.
    sector_count
        Sectors that crews may wait in.
    report
        Is told the share of the budget that is spent.

    Returns
    -------
    A roster that is no worse on the scorer's calls than the start.
    """
    generator = np.random.default_rng([seed % 2**64, len(roster.minutes)])
    changes = _changes(rules, sector_count, generator)
    least = scorer.penalty(roster)
    while not budget.over(scorer):
        report(scorer.scored_calls / budget.most_calls)
        tried = [changed for _ in range(TRIED_AT_ONCE) if (changed := next(changes)(roster)) is not None]
        if not tried:
            break
        penalties = scorer.penalties(tried)
        if penalties.min() < least - LEAST_GAIN:
            roster, least = tried[int(np.argmin(penalties))], float(penalties.min())
    return roster


def improve_sectors(roster: Roster, sector_count: int, scorer: Scorer[Roster], budget: RosterBudget) -> Roster:
    """Let crews wait where that lowers the penalty, hours as they are: crew by crew, until no other sector gains."""
    least = scorer.penalty(roster)
    since_gain = 0
    crews = itertools.cycle(range(roster.crew_count))
    while since_gain < roster.crew_count and not budget.over(scorer):
        crew = next(crews)
        tried = [_waiting_in(roster, crew, sector) for sector in range(sector_count) if sector != roster.sectors[crew]]
        penalties = scorer.penalties(tried)
        since_gain += 1
        if len(tried) and penalties.min() < least - LEAST_GAIN:
            roster, least, since_gain = tried[int(np.argmin(penalties))], float(penalties.min()), 0
    return roster


def _waiting_in(roster: Roster, crew: int, sector: int) -> Roster:
    sectors = roster.sectors.copy()
    sectors[crew] = sector
    return Roster(roster.start_minutes, roster.minutes, sectors)


Change = Callable[[Roster], Roster | None]


def _changes(rules: CrewRules, sector_count: int, generator: np.random.Generator) -> Iterator[Change]:
    """Yield random changes without end; each gives None where none was found that keeps the rules."""
    kinds = [_move_start, _move_sector, _move_both, _move_group]
    chances = [0.4, 0.25, 0.25, 0.1]
    if len(rules.lengths_minutes) > 1:
        kinds, chances = [*kinds, _trade_length], [*(0.8 * chance for chance in chances), 0.2]

    def draw(roster: Roster) -> Roster | None:
        for _ in range(ATTEMPTS):
            change = kinds[generator.choice(len(kinds), p=chances)]
            changed = change(roster, rules, sector_count, generator)
            if changed is not None and rules.allow(changed):
                return changed
        return None

    while True:
        yield draw


def _move_start(roster: Roster, rules: CrewRules, _: int, generator: np.random.Generator) -> Roster | None:
    """Let a crew begin up to three hours earlier or later, or when another begins."""
    crew = _free_crew(roster, rules, generator)
    if crew is None:
        return None
    starts = roster.start_minutes.copy()
    if generator.random() < 0.5:
        starts[crew] = (starts[crew] + STEP_MINUTES * _step(generator)) % DAY_MINUTES
    else:
        starts[crew] = starts[generator.integers(len(starts))]
    return Roster(starts, roster.minutes, roster.sectors)


def _move_sector(roster: Roster, _: CrewRules, sector_count: int, generator: np.random.Generator) -> Roster | None:
    """Let a crew wait elsewhere."""
    if not roster.crew_count:
        return None
    sectors = roster.sectors.copy()
    sectors[generator.integers(len(sectors))] = generator.integers(sector_count)
    return Roster(roster.start_minutes, roster.minutes, sectors)


def _move_both(roster: Roster, rules: CrewRules, sector_count: int, generator: np.random.Generator) -> Roster | None:
    """Let one crew begin at another time and the same or another crew wait elsewhere."""
    moved = _move_start(roster, rules, sector_count, generator)
    return moved and _move_sector(moved, rules, sector_count, generator)


def _move_group(roster: Roster, rules: CrewRules, _: int, generator: np.random.Generator) -> Roster | None:
    """Let all crews that begin together begin earlier or later."""
    crew = _free_crew(roster, rules, generator)
    if crew is None:
        return None
    starts = roster.start_minutes.copy()
    together = starts == starts[crew]
    together[: rules.fixed_crews] = False
    starts[together] = (starts[together] + STEP_MINUTES * _step(generator)) % DAY_MINUTES
    return Roster(starts, roster.minutes, roster.sectors)


def _trade_length(roster: Roster, rules: CrewRules, _: int, generator: np.random.Generator) -> Roster | None:
    """Let one crew work longer and another as much shorter."""
    one, other = (_free_crew(roster, rules, generator) for _ in range(2))
    if one is None or other is None or one == other:
        return None
    minutes = roster.minutes.copy()
    length = int(generator.choice(rules.lengths_minutes))
    minutes[other] += minutes[one] - length
    minutes[one] = length
    return Roster(roster.start_minutes, minutes, roster.sectors) if 0 < minutes[other] <= DAY_MINUTES else None


def _free_crew(roster: Roster, rules: CrewRules, generator: np.random.Generator) -> int | None:
    """Draw a crew whose hours may change."""
    if roster.crew_count <= rules.fixed_crews:
        return None
    return int(generator.integers(rules.fixed_crews, roster.crew_count))


def _step(generator: np.random.Generator) -> int:
    step = int(generator.integers(1, LONGEST_STEP + 1))
    return step if generator.random() < 0.5 else -step


def first_roster(starts: IntArray, minutes: IntArray, cars: IntArray, shares: IntArray) -> Roster:
    """Make a roster of shifts that all crews of a shift begin together.

    Parameters
    ----------
    starts, minutes, cars
        Of each shift, shape (n_shifts,).
    shares
        Cars per shift and sector, shape (n_shifts, n_sectors); rows sum to `cars`.
    """
    sectors = [np.repeat(np.arange(shares.shape[1]), row) for row in shares]
    return Roster(np.repeat(starts, cars), np.repeat(minutes, cars), np.concatenate(sectors))
