"""Where cars are and which of them are free: idle ones by sector, moving ones in a list."""

from services.demand.simulator.jit import inlined
from services.demand.simulator.records import (
    AWAKE,
    FROM,
    IDLE,
    MOVING,
    MOVING_COUNT,
    NEVER,
    NONE,
    TO,
    Fleet,
    Rules,
    World,
)


@inlined
def _stand_idle(world: World, fleet: Fleet, car: int) -> None:
    """Let a free car stand in the sector that it heads for; idle cars of a sector are in the order of their numbers."""
    cars, sector = fleet.cars, fleet.cars[car].heading
    cars[car].state = IDLE
    cars[car].to_x_km, cars[car].to_y_km = world.x_km[sector], world.y_km[sector]
    before, after = NONE, fleet.idle[sector]
    while after != NONE and after < car:
        before, after = after, cars[after].next
    cars[car].next = after
    if before == NONE:
        fleet.idle[sector] = car
    else:
        cars[before].next = car


@inlined
def become_free(world: World, fleet: Fleet, car: int, now: float) -> None:
    """Let a car that heads for a sector, or stands there, be free."""
    fleet.free[fleet.cars[car].heading] += 1
    fleet.cars[car].due = AWAKE
    if fleet.cars[car].arrive_minute > now:
        _keep_moving(fleet, car)
    else:
        _stand_idle(world, fleet, car)


@inlined
def _keep_moving(fleet: Fleet, car: int) -> None:
    """Let a free car be on its way."""
    place = fleet.counts[MOVING_COUNT]
    fleet.counts[MOVING_COUNT] += 1
    fleet.cars[car].state = MOVING
    fleet.cars[car].place = place
    fleet.moving[place] = car


@inlined
def leave_free(fleet: Fleet, car: int) -> None:
    """Take a free car from the idle or the moving ones."""
    fleet.free[fleet.cars[car].heading] -= 1
    if fleet.cars[car].state == MOVING:
        _leave_moving(fleet, car)
    else:
        _leave_idle(fleet, car)


@inlined
def _leave_moving(fleet: Fleet, car: int) -> None:
    fleet.counts[MOVING_COUNT] -= 1
    last = fleet.moving[fleet.counts[MOVING_COUNT]]
    place = fleet.cars[car].place
    fleet.moving[place] = last
    fleet.cars[last].place = place


@inlined
def _leave_idle(fleet: Fleet, car: int) -> None:
    cars, sector = fleet.cars, fleet.cars[car].heading
    if fleet.idle[sector] == car:
        fleet.idle[sector] = cars[car].next
        return
    before = fleet.idle[sector]
    while cars[before].next != car:
        before = cars[before].next
    cars[before].next = cars[car].next


@inlined
def settle_arrived(world: World, fleet: Fleet, now: float) -> None:
    """Let the moving cars that have arrived stand idle."""
    place = 0
    while place < fleet.counts[MOVING_COUNT]:
        car = fleet.moving[place]
        if fleet.cars[car].arrive_minute <= now:
            _leave_moving(fleet, car)
            _stand_idle(world, fleet, car)
        else:
            place += 1


@inlined
def position(fleet: Fleet, car: int, now: float) -> tuple[float, float]:
    """Return where a car is, km: on the straight line of its drive, as far along as the drive's time."""
    cars = fleet.cars
    left, whole = cars[car].arrive_minute - now, cars[car].arrive_minute - cars[car].depart_minute
    if left <= 0.0 or whole <= 0.0:
        return cars[car].to_x_km, cars[car].to_y_km
    share = left / whole
    return (
        cars[car].to_x_km + share * (cars[car].from_x_km - cars[car].to_x_km),
        cars[car].to_y_km + share * (cars[car].from_y_km - cars[car].to_y_km),
    )


@inlined
def minutes_from_drive(world: World, rules: Rules, fleet: Fleet, car: int, call: int, now: float) -> float:
    """Return the minutes of a moving car to a call: straight from where it is, or over the sector that it heads for.

    The straight way takes the area's minutes per km; the way over the sector is one that can be driven. A call that
    cannot be reached from that sector cannot be reached on the way there either.
    """
    over_sector = world.driving[call, TO, fleet.cars[car].heading]
    if over_sector == NEVER:
        return NEVER
    x_km, y_km = position(fleet, car, now)
    straight = world.calls[call].minutes_per_km * (
        ((x_km - world.calls[call].x_km) ** 2 + (y_km - world.calls[call].y_km) ** 2) ** 0.5
    )
    left = max(fleet.cars[car].arrive_minute - now, 0.0)
    minutes: float = min(straight, left + over_sector - rules.mobilisation_minutes)
    return minutes


@inlined
def drive_to_sector(world: World, fleet: Fleet, car: int, sector: int, now: float) -> None:
    """Let a car that is not free head for a sector from where it is."""
    cars = fleet.cars
    x_km, y_km = position(fleet, car, now)
    left = max(cars[car].arrive_minute - now, 0.0)
    minutes = left + world.between[cars[car].heading, sector]
    if left > 0.0:
        straight = ((x_km - world.x_km[sector]) ** 2 + (y_km - world.y_km[sector]) ** 2) ** 0.5
        minutes = min(minutes, straight * world.normal_minutes_per_km)
    _start_drive(world, fleet, car, x_km, y_km, sector, now, minutes)


@inlined
def drive_from_scene(world: World, fleet: Fleet, car: int, now: float) -> None:
    """Let a car leave the scene of its call for its station; it is in no list."""
    cars, call = fleet.cars, fleet.cars[car].call
    station = cars[car].station
    minutes = world.driving[call, FROM, station]
    _start_drive(world, fleet, car, world.calls[call].x_km, world.calls[call].y_km, station, now, minutes)


@inlined
def _start_drive(
    world: World, fleet: Fleet, car: int, x_km: float, y_km: float, sector: int, now: float, minutes: float
) -> None:
    cars = fleet.cars
    cars[car].from_x_km, cars[car].from_y_km = x_km, y_km
    cars[car].to_x_km, cars[car].to_y_km = world.x_km[sector], world.y_km[sector]
    cars[car].depart_minute, cars[car].arrive_minute = now, now + minutes
    cars[car].heading = sector


@inlined
def count_busy(rules: Rules, fleet: Fleet, car: int, until: float) -> None:
    """Count the minutes that a car has been on its call: on duty, within the span."""
    since = max(fleet.cars[car].busy_minute, rules.score_from_minute)
    fleet.cars[car].busy_minutes += max(min(until, rules.span_minutes) - since, 0.0)
