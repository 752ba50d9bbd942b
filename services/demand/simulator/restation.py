"""Moves of free cars: those that have just come free, and those that fill a gap which others have left.

The value of the free cars is the share of the expected calls that they have in reach (expected coverage, Daskin 1983,
with the chance of every pair of sectors): Σ_b demand_b · (1 − Π_cars miss[sector, b]), each car counted in the sector
that it stands in or drives to. A car that is there in t minutes gains (1 − t / horizon) of what it adds to the others,
nothing if t is longer.

After every new call that standing car goes whose move gains most, less what it took away; of those of a sector the one
that was moved longest ago, of these the one with the lowest number. A car that comes free and takes no waiting call
drives on to the sector where it gains most, by way of the one that it heads for, instead of staying with that. Either
must gain more than the least that is worth a move, and cars stay within their team's sectors. A moved car's new sector
is its station until its timetable has another one for it, or its break ends.

Where moves are limited, none begins while as many as may begin in an hour have begun within the last 60 minutes, of
whichever cars of the area; a move that is not made is not made up for.
"""

from services.demand.simulator.dispatch import take_waiting
from services.demand.simulator.fleet import become_free, drive_to_sector, leave_free, settle_arrived
from services.demand.simulator.jit import compiled, inlined
from services.demand.simulator.records import MOVED, NONE, WAITING_COUNT, Fleet, Rules, World

HOUR_MINUTES = 60.0


@compiled
def choose_station(world: World, rules: Rules, fleet: Fleet, car: int, now: float) -> None:
    """Send a car that has just come free to the sector where it gains most, if that is worth leaving its station."""
    if not _may_begin(fleet, now):
        return
    heading = fleet.cars[car].heading
    left = max(fleet.cars[car].arrive_minute - now, 0.0)
    fleet.free[heading] -= 1
    _measure_added(world, rules, fleet, now)
    fleet.free[heading] += 1
    best, most = heading, fleet.added[heading] * _share_left(rules, left) + rules.least_gain
    for sector in range(len(world.x_km)):
        if fleet.added[sector] > most and world.team[sector] == world.team[heading]:
            gain = fleet.added[sector] * _share_left(rules, left + world.between[heading, sector])
            if gain > most:
                best, most = sector, gain
    if best != heading:
        _move(world, rules, fleet, car, best, now)


@compiled
def move_free_car(world: World, rules: Rules, fleet: Fleet, now: float) -> None:
    """Move the one free car whose move gains most, if that is worth it.

    What a car adds once it has left its sector is at most what another car would add plus what was lost, so that few
    pairs need a closer look.
    """
    if not _may_begin(fleet, now):
        return
    settle_arrived(world, fleet, now)
    _measure_added(world, rules, fleet, now)
    best_car, best_sector, most = NONE, NONE, rules.least_gain
    for sector in range(len(world.x_km)):
        if fleet.free[sector] == 0:
            continue
        car = _movable(rules, fleet, sector, now)
        if car == NONE:
            continue
        lost = 0.0
        for place in range(len(world.x_km)):
            lost += fleet.uncovered[place] * (1.0 / world.miss[sector, place] - 1.0)
        for other in range(len(world.x_km)):
            share = _share_left(rules, world.between[sector, other])
            is_worth_it = (fleet.added[other] + lost) * share - lost > most
            if is_worth_it and other != sector and world.team[other] == world.team[sector]:
                gain = _added_after_leaving(world, fleet, sector, other) * share - lost
                if gain > most:
                    best_car, best_sector, most = car, other, gain
    if best_car != NONE:
        _move(world, rules, fleet, best_car, best_sector, now)


@inlined
def _may_begin(fleet: Fleet, now: float) -> bool:
    """Tell whether fewer moves have begun within the last hour than may."""
    most = len(fleet.recent_moves)
    return bool(most == 0 or now - fleet.recent_moves[fleet.counts[MOVED] % most] >= HOUR_MINUTES)


@inlined
def _share_left(rules: Rules, minutes: float) -> float:
    """Return the share of the horizon that is left after a drive."""
    return max(1.0 - minutes / rules.horizon_minutes, 0.0)


@inlined
def _measure_added(world: World, rules: Rules, fleet: Fleet, now: float) -> None:
    """Compute what is not covered, demand_b · Π_cars miss[sector, b], and what one more car in a sector would add."""
    block = min(int(now / rules.block_minutes), len(world.demand) - 1)
    for place in range(len(world.x_km)):
        fleet.uncovered[place] = world.demand[block, place]
    for sector in range(len(world.x_km)):
        for _ in range(fleet.free[sector]):
            for place in range(len(world.x_km)):
                fleet.uncovered[place] *= world.miss[sector, place]
    for sector in range(len(world.x_km)):
        total = 0.0
        for place in range(len(world.x_km)):
            total += fleet.uncovered[place] * (1.0 - world.miss[sector, place])
        fleet.added[sector] = total


@inlined
def _added_after_leaving(world: World, fleet: Fleet, sector: int, other: int) -> float:
    """Return what a car of `sector` adds in `other` once it has left."""
    total = 0.0
    for place in range(len(world.x_km)):
        total += fleet.uncovered[place] / world.miss[sector, place] * (1.0 - world.miss[other, place])
    return total


@inlined
def _movable(rules: Rules, fleet: Fleet, sector: int, now: float) -> int:
    """Return the idle car of a sector that was moved longest ago; NONE where none may be moved."""
    found, oldest = NONE, now - rules.rest_minutes
    car = fleet.idle[sector]
    while car != NONE:
        moved_minute = fleet.cars[car].moved_minute
        if moved_minute < oldest or (found == NONE and moved_minute == oldest):
            found, oldest = car, moved_minute
        car = fleet.cars[car].next
    return found


@inlined
def _move(world: World, rules: Rules, fleet: Fleet, car: int, sector: int, now: float) -> None:
    leave_free(fleet, car)
    fleet.cars[car].station = sector
    fleet.cars[car].moved_minute = now
    drive_to_sector(world, fleet, car, sector, now)
    become_free(world, fleet, car, now)
    if len(fleet.recent_moves) > 0:
        fleet.recent_moves[fleet.counts[MOVED] % len(fleet.recent_moves)] = now
    fleet.counts[MOVED] += 1
    if fleet.counts[WAITING_COUNT] > 0:
        take_waiting(world, rules, fleet, car, now)
