"""The event loop of the dispatch simulator.

Rules
-----
- A call takes the `cars_required` free cars that are soonest there, those of its own territory first where the rules
  say so. A car belongs to the sector that it stands in or drives to; on its way to a call to the one that it left. Of
  equally near cars a standing one goes before a driving one, then that of the first sector, then that of the lowest
  number.
- What is owed waits in a queue: in the order in which calls came; where the rules say so urgent calls without a car
  first, then others without one, then further cars. What is owed never lapses, unless callers give up before a car
  was ever sent, so that the work that calls ask for is the same under every deployment.
- A car that becomes free chooses the first waiting call that it may go to; of those of a rank one of its own territory
  first. After a change of the timetable or a diversion waiting calls choose, in their order, as new ones do.
- A car is on a call from when it is sent until it leaves the scene, `service_minutes` after its own arrival. Then it
  drives back to its station, free where the rules send returning cars, otherwise to be sent, or to be on a break, only
  once it is back; where its station has changed meanwhile it drives on from there. A car that no road leads back is
  never back.
- At a change of its timetable a free car drives to its next sector and takes calls from where it is: on the straight
  line, as far along as the drive's time; to a call it takes the area's mean minutes per km, or the minutes over the
  sector that it heads for, whichever are fewer. Where no road leads from that sector to a call, it cannot go there.
- Off duty or on a break a car takes no call, but ends the one it has; it is off duty once it leaves the scene, or once
  it is back if it has left already. It comes on duty at its sector's centre. On a break it drives on to its sector.
- An urgent call may take a car from its way to one that is not urgent, where the rules say so, for each of the cars
  that it asks for: if the free car that would be sent comes later than the target and the diverted one sooner than
  that. The dropped call waits as if that car had not been sent, but for its caller, who does not give up any more.
- The replay goes on after the span, with the timetable's last state, until every call is served that can be.

At equal times cars that are due come first, one after the other by number, then changes of the timetable, all at once,
then new calls, in their order. A car sent to a call of no length is due again at the same time, not at once.
"""

from services.demand.arrays import IntArray
from services.demand.simulator.dispatch import answer_call, serve_waiting, take_waiting
from services.demand.simulator.fleet import become_free, count_busy, drive_from_scene, drive_to_sector, leave_free
from services.demand.simulator.heap import pop_due, push_due
from services.demand.simulator.jit import compiled, inlined
from services.demand.simulator.records import (
    ABSENT,
    AWAKE,
    HEAP_COUNT,
    IDLE,
    MOVING,
    NEVER,
    NEXT_CHANGE,
    NONE,
    OFF_DUTY,
    RESTING,
    RETURNING,
    SENT,
    WAITING_COUNT,
    Fleet,
    Rules,
    World,
)
from services.demand.simulator.restation import choose_station, move_free_car


@compiled
def replay(first_call: IntArray, world: World, rules: Rules, fleet: Fleet) -> None:
    """Replay all scenarios, one after the other, each with a rested fleet.

    Parameters
    ----------
    first_call
        Shape (n_scenarios + 1,): where each scenario begins.
    world, rules
        What is replayed and how.
    fleet
        Written: answers of all calls, minutes on calls of all cars.
    """
    for scenario in range(len(first_call) - 1):
        _begin(world, rules, fleet)
        clock = 0.0
        for call in range(first_call[scenario], first_call[scenario + 1]):
            now = world.calls[call].minute
            if _next_event(world, fleet, clock) <= now:
                _advance(world, rules, fleet, clock, now)
            clock = now
            answer_call(world, rules, fleet, call, now)
            if rules.stations_freely:
                move_free_car(world, rules, fleet, now)
        _advance(world, rules, fleet, clock, NEVER)
        _count_never_back(rules, fleet)


@compiled
def _begin(world: World, rules: Rules, fleet: Fleet) -> None:
    """Put the cars of the timetable's first state to their sectors' centres."""
    fleet.counts[: NEXT_CHANGE + 1] = 0
    fleet.idle[:] = NONE
    fleet.free[:] = 0
    fleet.recent_moves[:] = -NEVER
    fleet.queue[:] = NONE
    for car in range(len(fleet.cars)):
        fleet.cars[car].state = ABSENT
        fleet.cars[car].next_change_minute = NEVER
        fleet.cars[car].moved_minute = -NEVER
        fleet.cars[car].station = world.first_station[car]
        _follow_timetable(world, rules, fleet, car, world.first_sector[car], 0.0)
        if world.busy_until[car] > 0.0 and fleet.cars[car].state != ABSENT:
            _begin_busy(world, fleet, car)
    for change in range(len(world.changes) - 1, -1, -1):
        fleet.cars[world.changes[change].car].next_change_minute = world.changes[change].minute


@inlined
def _begin_busy(world: World, fleet: Fleet, car: int) -> None:
    """Let a car still be on its way back from a call of the shift before."""
    if fleet.cars[car].state == IDLE:
        leave_free(fleet, car)
    fleet.cars[car].state = RETURNING
    fleet.cars[car].busy_minute = 0.0
    push_due(fleet, car, world.busy_until[car])


@inlined
def _next_event(world: World, fleet: Fleet, clock: float) -> float:
    """Return when the next change is or the next car becomes free; without waiting calls idle cars need no event."""
    change, soonest = fleet.counts[NEXT_CHANGE], NEVER
    if change < len(world.changes):
        soonest = world.changes[change].minute
    if fleet.counts[HEAP_COUNT] > 0:
        soonest = min(soonest, fleet.cars[fleet.heap[0]].due)
    if fleet.counts[WAITING_COUNT] > 0:
        for car in range(len(fleet.cars)):
            if fleet.cars[car].state == IDLE and fleet.cars[car].due >= clock:
                soonest = min(soonest, fleet.cars[car].due)
    return soonest


@inlined
def _advance(world: World, rules: Rules, fleet: Fleet, clock: float, until: float) -> None:
    """Let everything happen up to `until`; at the end until all calls are served that can be and all cars are back."""
    while True:
        now = _next_event(world, fleet, clock)
        if now > until or now == NEVER:
            return
        clock = now
        if until == NEVER and fleet.counts[HEAP_COUNT] == 0 and fleet.counts[WAITING_COUNT] == 0:
            return
        car = _first_due(fleet, now)
        if car == NONE:
            _change(world, rules, fleet, now)
        elif fleet.cars[car].state == IDLE:
            _wake(world, rules, fleet, car, now)
        else:
            _end_call(world, rules, fleet, pop_due(fleet), now)


@inlined
def _first_due(fleet: Fleet, now: float) -> int:
    """Return the lowest number of the cars that are due now, those that wait for their time among the idle included."""
    first = NONE
    if fleet.counts[HEAP_COUNT] > 0 and fleet.cars[fleet.heap[0]].due == now:
        first = fleet.heap[0]
    if fleet.counts[WAITING_COUNT] > 0:
        for car in range(len(fleet.cars) if first == NONE else first):
            if fleet.cars[car].state == IDLE and fleet.cars[car].due == now:
                return car
    return first


@inlined
def _wake(world: World, rules: Rules, fleet: Fleet, car: int, now: float) -> None:
    """Let an idle car that is back at this very minute take a waiting call."""
    fleet.cars[car].due = AWAKE
    take_waiting(world, rules, fleet, car, now)


@compiled
def _change(world: World, rules: Rules, fleet: Fleet, now: float) -> None:
    """Let all changes of this minute take place, then let waiting calls choose among the free cars."""
    while fleet.counts[NEXT_CHANGE] < len(world.changes):
        change = world.changes[fleet.counts[NEXT_CHANGE]]
        if change.minute > now:
            break
        fleet.counts[NEXT_CHANGE] += 1
        fleet.cars[change.car].next_change_minute = change.then_minute
        _follow_timetable(world, rules, fleet, change.car, change.sector, now)
    if fleet.counts[WAITING_COUNT] > 0:
        serve_waiting(world, rules, fleet, now)


@inlined
def _follow_timetable(world: World, rules: Rules, fleet: Fleet, car: int, planned: int, now: float) -> None:
    """Let a car's timetable say where it is to be from now on."""
    cars, state = fleet.cars, fleet.cars[car].state
    cars[car].planned = planned
    if planned >= 0:
        cars[car].station = planned
    if state in (SENT, RETURNING):
        if planned == OFF_DUTY:
            count_busy(rules, fleet, car, now)
            cars[car].busy_minute = NEVER
        elif cars[car].busy_minute == NEVER:
            cars[car].busy_minute = now
        return
    if state in (IDLE, MOVING):
        leave_free(fleet, car)
    if planned == OFF_DUTY:
        cars[car].state = ABSENT
        return
    if state == ABSENT:  # it comes on duty at its station
        cars[car].heading = cars[car].station
        cars[car].depart_minute = cars[car].arrive_minute = now
        cars[car].to_x_km, cars[car].to_y_km = world.x_km[cars[car].station], world.y_km[cars[car].station]
    elif cars[car].heading != cars[car].station:
        drive_to_sector(world, fleet, car, cars[car].station, now)
    _rest_or_be_free(world, fleet, car, now)


@inlined
def _rest_or_be_free(world: World, fleet: Fleet, car: int, now: float) -> None:
    if fleet.cars[car].planned >= 0:
        become_free(world, fleet, car, now)
    else:
        fleet.cars[car].state = RESTING


@inlined
def _end_call(world: World, rules: Rules, fleet: Fleet, car: int, now: float) -> None:
    """Let a car leave its scene, or be back from it. One whose station no road leads to is never back."""
    cars = fleet.cars
    if cars[car].state == SENT:
        drive_from_scene(world, fleet, car, now)
        must_be_back = not rules.sends_returning or cars[car].arrive_minute == NEVER
        if must_be_back and cars[car].planned != OFF_DUTY:
            cars[car].state = RETURNING
            push_due(fleet, car, cars[car].arrive_minute)
            return
    else:
        _stand(world, fleet, car, now)
    count_busy(rules, fleet, car, now)
    if cars[car].planned == OFF_DUTY:
        cars[car].state = ABSENT
        return
    if cars[car].heading != cars[car].station:
        drive_to_sector(world, fleet, car, cars[car].station, now)
    _rest_or_be_free(world, fleet, car, now)
    if cars[car].planned >= 0:
        if fleet.counts[WAITING_COUNT] > 0 and take_waiting(world, rules, fleet, car, now):
            return
        if rules.stations_freely:
            choose_station(world, rules, fleet, car, now)


@inlined
def _stand(world: World, fleet: Fleet, car: int, now: float) -> None:
    """Let a car have arrived where it heads for."""
    sector = fleet.cars[car].heading
    fleet.cars[car].to_x_km, fleet.cars[car].to_y_km = world.x_km[sector], world.y_km[sector]
    fleet.cars[car].depart_minute = fleet.cars[car].arrive_minute = now


@inlined
def _count_never_back(rules: Rules, fleet: Fleet) -> None:
    """Count the minutes of the cars that are never back."""
    for car in range(len(fleet.cars)):
        if fleet.cars[car].state == RETURNING:
            count_busy(rules, fleet, car, NEVER)
