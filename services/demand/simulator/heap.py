"""An indexed binary heap of cars by when they are due."""

from services.demand.simulator.jit import inlined
from services.demand.simulator.records import HEAP_COUNT, Fleet


@inlined
def push_due(fleet: Fleet, car: int, minute: float) -> None:
    """Put a car into the heap."""
    fleet.cars[car].due = minute
    place = fleet.counts[HEAP_COUNT]
    fleet.counts[HEAP_COUNT] += 1
    _sift_up(fleet, car, place, minute)


@inlined
def pop_due(fleet: Fleet) -> int:
    """Take the car that is due first; of those due at once the one with the lowest number."""
    car: int = fleet.heap[0]
    _remove_at(fleet, 0)
    return car


@inlined
def remove_due(fleet: Fleet, car: int) -> None:
    """Take a car out of the heap."""
    _remove_at(fleet, fleet.cars[car].place)


@inlined
def _remove_at(fleet: Fleet, place: int) -> None:
    """Fill a place with the last car of the heap, moved to where it belongs."""
    fleet.counts[HEAP_COUNT] -= 1
    count = fleet.counts[HEAP_COUNT]
    if place == count:
        return
    car = fleet.heap[count]
    due = fleet.cars[car].due
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and _before(fleet, fleet.heap[child + 1], fleet.heap[child]):
            child += 1
        other = fleet.heap[child]
        if not (fleet.cars[other].due < due or (fleet.cars[other].due == due and other < car)):
            break
        fleet.heap[place] = other
        fleet.cars[other].place = place
        place = child
    _sift_up(fleet, car, place, due)


@inlined
def _sift_up(fleet: Fleet, car: int, place: int, due: float) -> None:
    while place > 0:
        parent = (place - 1) // 2
        other = fleet.heap[parent]
        if not (due < fleet.cars[other].due or (due == fleet.cars[other].due and car < other)):
            break
        fleet.heap[place] = other
        fleet.cars[other].place = place
        place = parent
    fleet.heap[place] = car
    fleet.cars[car].place = place


@inlined
def _before(fleet: Fleet, one: int, other: int) -> bool:
    due, other_due = fleet.cars[one].due, fleet.cars[other].due
    return due < other_due or (due == other_due and one < other)
