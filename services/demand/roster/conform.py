"""Makes a roster keep the rules of crews, with hours on duty as near to its own as whole crews allow."""

import numpy as np

from services.demand.arrays import IntArray
from services.demand.roster.crews import DAY_MINUTES, CrewRules, Roster


def conform(roster: Roster, rules: CrewRules) -> Roster:
    """Return the roster, changed where it does not keep the rules.

    Crews of a length that is not allowed are replaced by as many of the nearest allowed length as their hours make up
    (never more hours than before), which begin when they began. Starts move to the nearest allowed one; of too many
    kinds the rarest join the nearest other one of their length.

    Raises
    ------
    ValueError
        Fixed crews and lengths make more kinds than are allowed, or no crew is left.
    """
    fixed = slice(0, rules.fixed_crews)
    lengths, starts, sectors = _refill(roster, rules)
    starts = np.concatenate([roster.start_minutes[fixed], _nearest(starts, rules.starts)])
    lengths = np.concatenate([roster.minutes[fixed], lengths])
    changed = Roster(starts, lengths, np.concatenate([roster.sectors[fixed], sectors]))
    if not changed.crew_count:
        raise ValueError("Expected hours for at least one crew of an allowed length.")
    while rules.most_kinds and len(changed.kinds) > rules.most_kinds:
        changed = _merge_rarest(changed, rules)
    if not rules.allow(changed):
        raise ValueError("Expected rules that these crews can be made to keep.")
    return changed


def _refill(roster: Roster, rules: CrewRules) -> tuple[IntArray, IntArray, IntArray]:
    """Return lengths, starts and sectors of the crews that are not fixed, with allowed lengths only."""
    free = np.arange(rules.fixed_crews, roster.crew_count)
    allowed = np.isin(roster.minutes[free], rules.lengths_minutes)
    kept, left = free[allowed], free[~allowed]
    lengths, crews = [roster.minutes[kept]], [kept]
    for old in np.unique(roster.minutes[left]):
        same = left[roster.minutes[left] == old]
        new = rules.lengths_minutes[int(np.abs(np.array(rules.lengths_minutes) - old).argmin())]
        count = int(len(same) * old // new)
        lengths.append(np.full(count, new))
        crews.append(same[np.arange(count) * len(same) // max(count, 1)])
    chosen = np.concatenate(crews)
    return np.concatenate(lengths), roster.start_minutes[chosen], roster.sectors[chosen]


def _nearest(starts: IntArray, allowed: IntArray) -> IntArray:
    """Return the allowed start nearest to each, around midnight too."""
    apart = np.abs(starts[:, np.newaxis] - allowed) % DAY_MINUTES
    nearest: IntArray = allowed[np.minimum(apart, DAY_MINUTES - apart).argmin(axis=1)]
    return nearest


def _merge_rarest(roster: Roster, rules: CrewRules) -> Roster:
    """Let the crews of the rarest kind that may change begin with the nearest other kind that they may join."""
    pairs = np.column_stack((roster.start_minutes, roster.minutes))
    kinds, kind_of, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    kind_of = kind_of.ravel()
    starts_to_join = {kind: _starts_to_join(kinds, kind, rules) for kind in range(len(kinds))}
    fixed_kinds = kind_of[: rules.fixed_crews]
    movable = [kind for kind, starts in starts_to_join.items() if len(starts) and kind not in fixed_kinds]
    if not movable:
        raise ValueError(f"Expected at most {rules.most_kinds} kinds of crews, the fixed crews and lengths make more.")
    rarest = min(movable, key=lambda kind: (int(counts[kind]), kind))
    starts = roster.start_minutes.copy()
    starts[kind_of == rarest] = _nearest(kinds[rarest : rarest + 1, 0], starts_to_join[rarest])[0]
    return Roster(starts, roster.minutes, roster.sectors)


def _starts_to_join(kinds: IntArray, kind: int, rules: CrewRules) -> IntArray:
    """Return when other crews as long as those of a kind begin; fixed ones that begin at a forbidden time left out."""
    others = (kinds[:, 1] == kinds[kind, 1]) & (np.arange(len(kinds)) != kind)
    starts: IntArray = kinds[others & np.isin(kinds[:, 0], rules.starts), 0]
    return starts
