"""Which car goes to a call, and the calls that wait for one."""

from services.demand.simulator.fleet import (
    become_free,
    count_busy,
    leave_free,
    minutes_from_drive,
    position,
    settle_arrived,
)
from services.demand.simulator.heap import push_due, remove_due
from services.demand.simulator.jit import compiled, inlined
from services.demand.simulator.records import (
    DIVERTED,
    FROM,
    IDLE,
    MOVING,
    MOVING_COUNT,
    NEVER,
    NONE,
    RANKS,
    SENT,
    TO,
    WAITING_COUNT,
    Fleet,
    Rules,
    World,
)


@inlined
def skilled(world: World, fleet: Fleet, car: int, call: int) -> bool:
    """Tell whether a car can do what a call needs."""
    return bool((world.calls[call].needs & ~fleet.cars[car].skills) == 0)


@inlined
def find_nearest(world: World, rules: Rules, fleet: Fleet, call: int, now: float) -> tuple[int, float]:
    """Return the free car that is soonest at a call, and its minutes; NONE where no free car may or can go.

    Cars of the call's own territory come first, however far they are. Of equally near cars an idle one is sent before
    one on the move; of idle ones that of the first sector, then the one with the lowest number.
    """
    if fleet.counts[MOVING_COUNT] > 0:
        settle_arrived(world, fleet, now)
    own_count = world.own_count[world.calls[call].sector]
    nearest, least_minutes = _nearest_of(world, rules, fleet, call, now, 0, own_count)
    if nearest == NONE and not rules.own_only and own_count < len(world.x_km):
        nearest, least_minutes = _nearest_of(world, rules, fleet, call, now, own_count, len(world.x_km))
    return nearest, least_minutes


@inlined
def _nearest_of(
    world: World, rules: Rules, fleet: Fleet, call: int, now: float, first: int, end: int
) -> tuple[int, float]:
    """Search the sectors [first, end) of the call's order."""
    nearest, least_minutes = NONE, NEVER
    for place in range(first, end):
        sector = world.order[call, place]
        car = fleet.idle[sector]
        while car != NONE and (fleet.cars[car].due > now or not skilled(world, fleet, car, call)):
            car = fleet.cars[car].next
        if car != NONE:
            if world.driving[call, TO, sector] < NEVER:
                nearest, least_minutes = car, world.driving[call, TO, sector]
            break
    for place in range(fleet.counts[MOVING_COUNT]):
        car = fleet.moving[place]
        is_own = world.own[world.calls[call].sector, fleet.cars[car].heading]
        if is_own == (first == 0) and skilled(world, fleet, car, call):
            minutes = minutes_from_drive(world, rules, fleet, car, call, now)
            if minutes < least_minutes or (
                minutes == least_minutes < NEVER and fleet.cars[nearest].state == MOVING and car < nearest
            ):
                nearest, least_minutes = car, minutes
    return nearest, least_minutes


@inlined
def send(world: World, rules: Rules, fleet: Fleet, car: int, call: int, minutes: float, now: float) -> None:
    """Send a free car to a call that is `minutes` away; the caller counts what the call is still owed."""
    cars, calls, answer = fleet.cars, world.calls, fleet.answers[call]
    cars[car].busy_minute = now
    answer.response_minutes = min(answer.response_minutes, now + minutes - calls[call].minute)
    answer.waiting_minutes = min(answer.waiting_minutes, now - calls[call].minute)
    scene_end = now + minutes + calls[call].service_minutes
    back = scene_end + world.driving[call, FROM, cars[car].heading]
    may_change = rules.sends_returning or rules.preempts or rules.stations_freely
    if cars[car].state == IDLE and now < back <= cars[car].next_change_minute and not may_change:
        # Nothing can happen to it before it is back: it keeps its place among the idle cars, due when it is back.
        cars[car].due = back
        count_busy(rules, fleet, car, back)
        return
    cars[car].from_x_km, cars[car].from_y_km = position(fleet, car, now)
    leave_free(fleet, car)
    cars[car].to_x_km, cars[car].to_y_km = calls[call].x_km, calls[call].y_km
    cars[car].depart_minute = now
    cars[car].arrive_minute = cars[car].scene_minute = now + minutes
    cars[car].call, cars[car].state = call, SENT
    push_due(fleet, car, scene_end)


@inlined
def answer_call(world: World, rules: Rules, fleet: Fleet, call: int, now: float) -> None:
    """Send the cars that a new call asks for; what is owed waits."""
    owed = world.calls[call].cars_required
    diverted = fleet.counts[DIVERTED]
    while owed > 0:
        car, minutes = find_nearest(world, rules, fleet, call, now)
        if rules.preempts and world.calls[call].urgent:
            car, minutes = _preempt(world, rules, fleet, call, car, minutes, now)
        if car == NONE:
            break
        send(world, rules, fleet, car, call, minutes, now)
        owed -= 1
    if owed > 0 and (rules.patience_minutes > 0.0 or owed < world.calls[call].cars_required):
        fleet.answers[call].owed = owed
        join_queue(world, fleet, call)
    if fleet.counts[DIVERTED] > diverted:
        serve_waiting(world, rules, fleet, now)


@compiled
def _preempt(
    world: World, rules: Rules, fleet: Fleet, call: int, free_car: int, free_minutes: float, now: float
) -> tuple[int, float]:
    """Return the car for an urgent call: the free one where it comes in time, else the soonest, if that is sooner, of
    those on their way to calls that are not urgent, freed from that.
    """
    in_time = world.calls[call].target_minutes - (now - world.calls[call].minute)
    if free_car != NONE and free_minutes <= in_time:
        return free_car, free_minutes
    best, least_minutes = NONE, free_minutes
    for car in range(len(fleet.cars)):
        if not _can_be_diverted(world, rules, fleet, car, call, now):
            continue
        x_km, y_km = position(fleet, car, now)
        apart_km = ((x_km - world.calls[call].x_km) ** 2 + (y_km - world.calls[call].y_km) ** 2) ** 0.5
        minutes = apart_km * world.calls[call].minutes_per_km
        if minutes < least_minutes:
            best, least_minutes = car, minutes
    if best == NONE:
        return free_car, free_minutes
    _divert(world, rules, fleet, best, now)
    return best, least_minutes


@inlined
def _can_be_diverted(world: World, rules: Rules, fleet: Fleet, car: int, call: int, now: float) -> bool:
    if fleet.cars[car].state != SENT or fleet.cars[car].scene_minute <= now:
        return False
    if world.calls[fleet.cars[car].call].urgent or not skilled(world, fleet, car, call):
        return False
    heading = fleet.cars[car].heading
    may_go = world.own[world.calls[call].sector, heading] or not rules.own_only
    return bool(may_go and world.driving[call, TO, heading] < NEVER and fleet.cars[car].planned >= 0)


@inlined
def _divert(world: World, rules: Rules, fleet: Fleet, car: int, now: float) -> None:
    """Take a car from the call that it is on its way to; the call waits again, as if the car had not been sent."""
    dropped = fleet.cars[car].call
    remove_due(fleet, car)
    count_busy(rules, fleet, car, now)
    become_free(world, fleet, car, now)
    if fleet.answers[dropped].owed > 0:
        leave_queue(fleet, dropped, _find_before(fleet, dropped))
    _forget_arrival(world, fleet, dropped, fleet.cars[car].scene_minute - world.calls[dropped].minute)
    fleet.answers[dropped].owed += 1
    join_queue(world, fleet, dropped)
    fleet.counts[DIVERTED] += 1


@inlined
def _forget_arrival(world: World, fleet: Fleet, call: int, response_minutes: float) -> None:
    """Let a car that no longer comes, and is still on its way, not be the one that answered the call."""
    if fleet.answers[call].response_minutes < response_minutes:
        return
    fleet.answers[call].response_minutes = NEVER
    for car in range(len(fleet.cars)):
        if fleet.cars[car].state == SENT and fleet.cars[car].call == call:
            other_minutes = fleet.cars[car].scene_minute - world.calls[call].minute
            fleet.answers[call].response_minutes = min(fleet.answers[call].response_minutes, other_minutes)


@inlined
def join_queue(world: World, fleet: Fleet, call: int) -> None:
    """Let a call wait behind those of its rank that came before it."""
    answers = fleet.answers
    rank = world.calls[call].further_rank if _has_car(fleet, call) else world.calls[call].rank
    answers[call].rank = rank
    fleet.counts[WAITING_COUNT] += 1
    before, after = NONE, fleet.queue[0, rank]
    if after != NONE and fleet.queue[1, rank] < call:
        before, after = fleet.queue[1, rank], NONE
    while after != NONE and after < call:
        before, after = after, answers[after].next
    answers[call].next = after
    if before == NONE:
        fleet.queue[0, rank] = call
    else:
        answers[before].next = call
    if after == NONE:
        fleet.queue[1, rank] = call


@inlined
def _has_car(fleet: Fleet, call: int) -> bool:
    """Tell whether a car has come to a call or is on its way."""
    return bool(fleet.answers[call].response_minutes < NEVER)


@inlined
def _find_before(fleet: Fleet, call: int) -> int:
    """Return the call that waits in front of another one, or NONE."""
    before, each = NONE, fleet.queue[0, fleet.answers[call].rank]
    while each != call:
        before, each = each, fleet.answers[each].next
    return before


@inlined
def leave_queue(fleet: Fleet, call: int, before: int) -> None:
    """Take a call out of the queue; `before` is the one in front of it, or NONE."""
    rank, after = fleet.answers[call].rank, fleet.answers[call].next
    fleet.counts[WAITING_COUNT] -= 1
    if before == NONE:
        fleet.queue[0, rank] = after
    else:
        fleet.answers[before].next = after
    if after == NONE:
        fleet.queue[1, rank] = before


@compiled
def serve_waiting(world: World, rules: Rules, fleet: Fleet, now: float) -> None:
    """Let the calls that wait choose among the free cars, in their order, each the nearest that may go."""
    for rank in range(RANKS):
        before, call = NONE, fleet.queue[0, rank]
        while call != NONE:
            after = fleet.answers[call].next
            if _gives_up(world, rules, fleet, call, now):
                fleet.answers[call].owed = 0
            while fleet.answers[call].owed > 0:
                car, minutes = find_nearest(world, rules, fleet, call, now)
                if car == NONE:
                    break
                send(world, rules, fleet, car, call, minutes, now)
                fleet.answers[call].owed -= 1
                if world.calls[call].further_rank > rank:
                    break
            if _waits_no_more(world, fleet, call, before):
                if fleet.answers[call].owed > 0:
                    join_queue(world, fleet, call)
            else:
                before = call
            call = after


@inlined
def take_waiting(world: World, rules: Rules, fleet: Fleet, car: int, now: float) -> bool:
    """Let a car that has just become free choose the first waiting call that it may go to; tell whether there is one.

    Of the calls of a rank those of its own territory come first. No other free car may go to a waiting call: it would
    have gone.
    """
    for rank in range(RANKS):
        found, found_before, before, call = NONE, NONE, NONE, fleet.queue[0, rank]
        while call != NONE:
            after = fleet.answers[call].next
            if _gives_up(world, rules, fleet, call, now):
                fleet.answers[call].owed = 0
                leave_queue(fleet, call, before)
                call = after
                continue
            if skilled(world, fleet, car, call) and world.driving[call, TO, fleet.cars[car].heading] < NEVER:
                is_own = world.own[world.calls[call].sector, fleet.cars[car].heading]
                if is_own or (found == NONE and not rules.own_only):
                    found, found_before = call, before
                if is_own:
                    break
            before, call = call, after
        if found != NONE:
            _take(world, rules, fleet, car, found, found_before, now)
            return True
    return False


@inlined
def _take(world: World, rules: Rules, fleet: Fleet, car: int, call: int, before: int, now: float) -> None:
    if fleet.cars[car].state == MOVING:
        minutes = minutes_from_drive(world, rules, fleet, car, call, now)
    else:
        minutes = world.driving[call, TO, fleet.cars[car].heading]
    send(world, rules, fleet, car, call, minutes, now)
    fleet.answers[call].owed -= 1
    if _waits_no_more(world, fleet, call, before) and fleet.answers[call].owed > 0:
        join_queue(world, fleet, call)


@inlined
def _waits_no_more(world: World, fleet: Fleet, call: int, before: int) -> bool:
    """Take a call out of its rank where nothing is owed, or its further cars belong to another rank; tell whether."""
    is_misplaced = _has_car(fleet, call) and fleet.answers[call].rank != world.calls[call].further_rank
    if fleet.answers[call].owed == 0 or is_misplaced:
        leave_queue(fleet, call, before)
        return True
    return False


@inlined
def _gives_up(world: World, rules: Rules, fleet: Fleet, call: int, now: float) -> bool:
    """Tell whether a call to which no car has been sent has waited longer than callers do."""
    waited = now - world.calls[call].minute
    return bool(waited > rules.patience_minutes and fleet.answers[call].waiting_minutes == NEVER)
