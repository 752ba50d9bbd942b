"""What the simulation kernel reads and writes: records of calls, answers and cars, and the arrays around them."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.demand.arrays import BoolArray, FloatArray, IntArray

NEVER = np.inf
AWAKE = -np.inf
NONE = -1
OFF_DUTY, ON_BREAK = -1, -2
"""Stand for a sector in a car's timetable."""
ABSENT, RESTING, IDLE, MOVING, SENT, RETURNING = range(6)
"""States of a car: off duty; on a break; free and standing; free and driving; on a call; driving back, not to be
sent."""

TO, FROM = 0, 1
"""Sides of `World.driving`."""

Records: TypeAlias = NDArray[np.void]
"""An array of records: what belongs to one call or car lies together in memory."""

CALL = np.dtype(
    [
        ("minute", np.float64),
        ("service_minutes", np.float64),
        ("x_km", np.float64),
        ("y_km", np.float64),
        ("minutes_per_km", np.float64),
        ("target_minutes", np.float64),
        ("sector", np.int32),
        ("cars_required", np.int32),
        ("rank", np.int32),
        ("further_rank", np.int32),
        ("urgent", np.int32),
        ("needs", np.int32),
    ]
)
"""A call. `cars_required` is 0 where no car can ever get there; calls of a lower `rank` wait in front, `further_rank`
is that of cars beyond the first; `needs` is a bit per capability."""

ANSWER = np.dtype(
    [
        ("response_minutes", np.float64),
        ("waiting_minutes", np.float64),
        ("owed", np.int64),
        ("next", np.int64),
        ("rank", np.int64),
    ]
)
"""What became of a call: minutes until the first car arrived and until it was sent (`NEVER` to begin with), the cars
that it still lacks, and the call that waits behind it."""

CAR = np.dtype(
    [
        ("due", np.float64),
        ("scene_minute", np.float64),
        ("busy_minute", np.float64),
        ("from_x_km", np.float64),
        ("from_y_km", np.float64),
        ("to_x_km", np.float64),
        ("to_y_km", np.float64),
        ("depart_minute", np.float64),
        ("arrive_minute", np.float64),
        ("busy_minutes", np.float64),
        ("moved_minute", np.float64),
        ("next_change_minute", np.float64),
        ("state", np.int64),
        ("station", np.int64),
        ("heading", np.int64),
        ("planned", np.int64),
        ("call", np.int64),
        ("skills", np.int64),
        ("next", np.int64),
        ("place", np.int64),
    ]
)
"""A car. `due`: when it next leaves a scene or is free; AWAKE where it is. It drove off at (from_x_km, from_y_km) at
`depart_minute` and is at (to_x_km, to_y_km) from `arrive_minute` on, at its call from `scene_minute` on. `station` is
the sector it is to wait in, `heading` the one that it stands in, drives to or left for its call, `planned` what its
timetable says (or OFF_DUTY, ON_BREAK). `next` links the idle cars of a sector, `place` is its place among moving cars
or in the heap. `busy_minutes` add up over scenarios; those of the present call count from `busy_minute` on, off duty
NEVER."""

CHANGE = np.dtype([("minute", np.float64), ("then_minute", np.float64), ("car", np.int64), ("sector", np.int64)])
"""A change of a car's timetable: a sector, OFF_DUTY or ON_BREAK from `minute` on, until the car's next change."""


class World(NamedTuple):
    """What a replay reads.

    Attributes
    ----------
    calls : shape (n_calls,), `CALL`.
    order : shape (n_calls, n_sectors): sectors by minutes to the call, those of the call's own territory first.
    driving : shape (n_calls, 2, n_sectors), minutes from sectors to the call and from the call to sectors.
    between : shape (n_sectors, n_sectors), minutes, row = from.
    own : shape (n_sectors, n_sectors), whether a car of the column's sector counts as own for a call in the row's.
    own_count : shape (n_sectors,), how many sectors do.
    x_km, y_km : shape (n_sectors,), centres of sectors.
    normal_minutes_per_km : of straight line between sectors.
    first_station, first_sector : shape (n_cars,), where a car begins, and what the timetable says at minute 0.
    busy_until : shape (n_cars,), minute at which a car is back from a call of the shift before; 0: it is.
    changes : `CHANGE`, by minute.
    miss : shape (n_sectors, n_sectors), the chance that a car in the row's sector is not in time for a call in the
        column's.
    demand : shape (n_blocks, n_sectors), shares of the calls to expect.
    team : shape (n_sectors,), the team of each sector, within which free cars are moved.
    """

    calls: Records
    order: NDArray[np.int16]
    driving: NDArray[np.float32]
    between: FloatArray
    own: BoolArray
    own_count: IntArray
    x_km: FloatArray
    y_km: FloatArray
    normal_minutes_per_km: float
    first_station: IntArray
    first_sector: IntArray
    busy_until: FloatArray
    changes: Records
    miss: FloatArray
    demand: FloatArray
    team: IntArray


class Rules(NamedTuple):
    """Dispatch rules as the kernel reads them; see `services.demand.simulator.rules`."""

    own_only: bool
    sends_returning: bool
    preempts: bool
    patience_minutes: float
    mobilisation_minutes: float
    score_from_minute: float
    span_minutes: float
    stations_freely: bool
    horizon_minutes: float
    least_gain: float
    rest_minutes: float
    block_minutes: float


class Fleet(NamedTuple):
    """What a replay writes.

    Attributes
    ----------
    cars : shape (n_cars,), `CAR`.
    answers : shape (n_calls,), `ANSWER`.
    idle : shape (n_sectors,), the first idle car of each sector, those back only later included (`due`).
    free : shape (n_sectors,), free cars that stand in a sector or head for it.
    moving, heap : shape (n_cars,), numbers of cars.
    queue : shape (2, RANKS), first and last waiting call of each rank.
    uncovered, added : shape (n_sectors,), see `restation`.
    recent_moves : shape (most_moves_per_hour,), the minutes at which the last moves of free cars began, the newest in
        place of the oldest; empty where moves are not limited.
    counts : shape (N_COUNTS,).
    """

    cars: Records
    answers: Records
    idle: IntArray
    free: IntArray
    moving: IntArray
    heap: IntArray
    queue: IntArray
    uncovered: FloatArray
    added: FloatArray
    recent_moves: FloatArray
    counts: IntArray


MOVING_COUNT, HEAP_COUNT, WAITING_COUNT, NEXT_CHANGE, DIVERTED, MOVED, N_COUNTS = range(7)
"""Places in `Fleet.counts`."""
RANKS = 3
