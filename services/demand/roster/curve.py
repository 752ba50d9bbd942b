"""How failures depend on the number of crews, and how many a service level needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from services.demand.arrays import IntArray
from services.demand.intervals import LEAST_UNITS, Interval, rate_interval
from services.demand.optimiser.score import Score, Scorer
from services.demand.roster.crews import CrewRules, Roster
from services.demand.roster.search import RosterBudget

TRIED_ADDITIONS = 24
"""Crews tried for each one that is added: drawn from all starts, lengths and sectors that the rules leave."""
NO_CALLS = "No call was drawn that counts, so nothing can be said about late calls and the crews that they ask for."
FEW_SCENARIOS = (
    f"Fewer than {LEAST_UNITS} validation scenarios cannot tell with confidence how many crews the service level needs."
)


@dataclass(frozen=True, eq=False)
class RatedRoster:
    """A roster, its score on calls that it was not made on, and its failure rate with an interval over scenarios.

    Parameters
    ----------
    failure_rate
        None without calls.
    """

    roster: Roster
    score: Score
    failure_rate: Interval | None

    @property
    def is_enough(self) -> bool:
        """True where scenarios are enough to say something with confidence."""
        return len(self.score.scenario_calls) >= LEAST_UNITS

    def keeps(self, most_failures: float) -> bool:
        """Tell whether a failure rate is kept with confidence."""
        return self.failure_rate is not None and self.is_enough and self.failure_rate.high <= most_failures


def rate_roster(roster: Roster, scorer: Scorer[Roster], seed: int) -> RatedRoster:
    """Score a roster on calls that it was not made on; `seed` is that of the interval."""
    score = scorer.score(roster)
    return RatedRoster(roster, score, rate_interval(score.scenario_failures, score.scenario_calls, seed))


def crews_needed(curve: Sequence[RatedRoster], most_failures: float) -> int | None:
    """Return the least crews from which on the failure rate's interval lies at or below a rate.

    With a 90 % interval the rate is kept with a confidence of 95 %. None: not even the most crews keep it, or calls and
    scenarios are too few to tell, as `confidence_notes` says.
    """
    needed = None
    for point in sorted(curve, key=lambda point: -point.roster.crew_count):
        if not point.keeps(most_failures):
            break
        needed = point.roster.crew_count
    return needed


def confidence_notes(rated: RatedRoster, counts_crews: bool) -> tuple[str, ...]:
    """Say for people what the calls are too few to tell; `counts_crews`: a service level is asked for."""
    if rated.failure_rate is None:
        return (NO_CALLS,)
    return (FEW_SCENARIOS,) if counts_crews and not rated.is_enough else ()


def vary_crews(
    roster: Roster,
    fewer: int,
    more: int,
    rules: CrewRules,
    sector_count: int,
    scorer: Scorer[Roster],
    seed: int,
    budget: RosterBudget,
) -> tuple[Roster, ...]:
    """Return rosters of X − fewer to X + more crews: the least valuable ones leave, the most valuable ones come.

    Fixed crews stay. What the budget cuts off is left out, and so is what the rules leave no crew for.
    """
    shrunk = list(_shrink(roster, fewer, rules, scorer, budget))
    grown = list(_grow(roster, more, rules, sector_count, scorer, seed, budget))
    return (*reversed(shrunk), roster, *grown)


def _shrink(
    roster: Roster, count: int, rules: CrewRules, scorer: Scorer[Roster], budget: RosterBudget
) -> Iterator[Roster]:
    for _ in range(count):
        free = range(rules.fixed_crews, roster.crew_count)
        if not free or budget.over(scorer):
            return
        smaller = [roster.without(crew) for crew in free]
        roster = smaller[int(np.argmin(scorer.penalties(smaller)))]
        yield roster


def _grow(
    roster: Roster,
    count: int,
    rules: CrewRules,
    sector_count: int,
    scorer: Scorer[Roster],
    seed: int,
    budget: RosterBudget,
) -> Iterator[Roster]:
    generator = np.random.default_rng([seed % 2**64, count])
    for _ in range(count):
        if budget.over(scorer):
            return
        kinds = _kinds_to_add(roster, rules)
        if not len(kinds):
            return
        drawn = generator.choice(kinds, TRIED_ADDITIONS)
        sectors = generator.integers(sector_count, size=TRIED_ADDITIONS)
        larger = [roster.with_one(*map(int, each)) for each in np.column_stack((drawn, sectors))]
        roster = larger[int(np.argmin(scorer.penalties(larger)))]
        yield roster


def _kinds_to_add(roster: Roster, rules: CrewRules) -> IntArray:
    """Return the pairs of start and length that one more crew may have, shape (n_kinds, 2)."""
    if not rules.most_kinds or len(roster.kinds) < rules.most_kinds:
        return np.array(list(product(rules.starts.tolist(), rules.lengths_minutes)))
    starts, minutes = roster.kinds.T
    return roster.kinds[np.isin(starts, rules.starts) & np.isin(minutes, rules.lengths_minutes)]
