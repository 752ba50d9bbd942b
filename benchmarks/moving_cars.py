"""How well the dispatch simulator guesses the minutes from a car on the move to a call, on the road graph of Manhattan.

The simulator takes a car to be on the straight line of its drive, as far along as the drive's time, and lets it take
the area's minutes per km of straight line to a call, or the minutes over the sector that it heads for, whichever are
fewer. Here cars go their true quickest way, and the truth is the quickest way from where they are at some moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy.sparse.csgraph import dijkstra

from services.demand.area import Area, Speeds
from services.demand.arrays import FloatArray, IntArray
from services.demand.travel.roads import RoadGraph, RoadTravelTimes, read_roads

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "manhattan"
STARTS, DRIVES, CALLS, CALLS_PER_DRIVE = 250, 4000, 400, 10
NEAR_SECTORS = 5
BANDS_KM = ((0.0, 1.5), (1.5, 3.0), (3.0, 6.0), (0.0, 3.0))
CHOICES, MOVING_CARS, IDLE_SHARE = 5000, 4, 0.4


@dataclass(frozen=True, eq=False)
class City:
    """An area with roads, places where cars leave scenes, and places of calls (degrees)."""

    area: Area
    graph: RoadGraph
    travel: RoadTravelTimes
    scenes: tuple[FloatArray, FloatArray]
    calls: tuple[FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of drives, each with a call; every array of shape (n,).

    Parameters
    ----------
    true_minutes
        Quickest way from where the car is to the call, urgent.
    true_km, taken_km
        Straight line to the call from where the car is, and from where it is taken to be.
    over_sector_minutes
        What is left of the drive and the way from its sector to the call.
    call
        Index of the call.
    """

    true_minutes: FloatArray
    true_km: FloatArray
    taken_km: FloatArray
    over_sector_minutes: FloatArray
    call: IntArray


def measure() -> Iterator[dict[str, Any]]:
    """Compare ways to turn straight kilometres into minutes; without the shared data there is nothing to measure."""
    if not FOLDER.is_dir():
        return
    rng = np.random.default_rng(0)
    city = read_city(rng)
    moments = draw_moments(city, rng)
    to_calls = city.travel.to_points(*city.calls, np.ones(CALLS, bool))
    for name, straight_minutes in find_guesses(city, moments).items():
        guess = np.minimum(straight_minutes, moments.over_sector_minutes)
        for figure in (*measure_errors(moments, guess), measure_choices(moments, guess, to_calls)):
            yield {"benchmark": "moving_cars", "minutes_by": name} | figure


def read_city(rng: np.random.Generator) -> City:
    """Read Manhattan and draw scenes and calls from its recorded incidents."""
    incidents = pq.read_table(FOLDER / "incidents.parquet").to_pandas()
    centres = incidents.groupby("sector")[["latitude", "longitude"]].median()
    area = Area(
        name="Manhattan",
        time_zone="America/New_York",
        train_until_date=date(2014, 12, 31),
        sector_ids=tuple(centres.index),
        centre_latitudes=centres["latitude"].to_numpy(),
        centre_longitudes=centres["longitude"].to_numpy(),
        speeds=Speeds(24.0, 36.0, 1.35),
        incidents_artifact="",
    )
    nodes, arcs = (pq.read_table(FOLDER / f"road_{part}.parquet") for part in ("nodes", "arcs"))
    graph = read_roads(nodes, arcs)
    drawn = incidents.iloc[rng.choice(len(incidents), STARTS + CALLS, replace=False)]
    latitudes, longitudes = drawn["latitude"].to_numpy(), drawn["longitude"].to_numpy()
    scenes, calls = (latitudes[:STARTS], longitudes[:STARTS]), (latitudes[STARTS:], longitudes[STARTS:])
    return City(area, graph, RoadTravelTimes(area, graph), scenes, calls)


def draw_moments(city: City, rng: np.random.Generator) -> Moments:
    """Draw a moment of each of many drives at normal speed, from scenes and centres to one of the near sectors."""
    area, travel = city.area, city.travel
    latitudes = np.concatenate((area.centre_latitudes, city.scenes[0]))
    longitudes = np.concatenate((area.centre_longitudes, city.scenes[1]))
    starts, centres = (
        travel.nearest_nodes(*points)
        for points in ((latitudes, longitudes), (area.centre_latitudes, area.centre_longitudes))
    )
    minutes, before = dijkstra(city.graph.matrix(urgent=False), indices=starts, return_predecessors=True)
    call_nodes = travel.nearest_nodes(*city.calls)
    to_calls = dijkstra(city.graph.matrix(urgent=True).T.tocsr(), indices=call_nodes)
    from_sectors = travel.to_points(*city.calls, np.ones(CALLS, bool))
    start_km, call_km = area.plane_km(latitudes, longitudes), area.plane_km(*city.calls)
    urgent_share = city.graph.urgent_minutes.sum() / city.graph.normal_minutes.sum()
    rows = []
    for start in rng.integers(0, len(starts), DRIVES).tolist():
        sector = int(rng.choice(np.argsort(minutes[start, centres])[1 : NEAR_SECTORS + 1]))
        way = walk_back(before[start], int(centres[sector]))
        passed, share = minutes[start, way], rng.random()
        here_km, next_node, rest_minutes = locate(city, way, passed, share * passed[-1])
        taken_km = start_km[start] * (1 - share) + area.sector_km[sector] * share
        call = rng.integers(0, CALLS, CALLS_PER_DRIVE)
        columns = (
            rest_minutes * urgent_share + to_calls[call, next_node],
            np.linalg.norm(call_km[call] - here_km, axis=1),
            np.linalg.norm(call_km[call] - taken_km, axis=1),
            (1 - share) * passed[-1] + from_sectors[call, sector],
            call,
        )
        rows.append(np.column_stack(columns))
    table = np.concatenate(rows)
    return Moments(table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4].astype(np.int64))


def walk_back(before: IntArray, node: int) -> IntArray:
    """Return the nodes of the quickest way to a node."""
    way = [node]
    while before[way[-1]] >= 0:
        way.append(int(before[way[-1]]))
    return np.array(way[::-1])


def locate(city: City, way: IntArray, passed: FloatArray, now: float) -> tuple[FloatArray, int, float]:
    """Return where a car is after `now` minutes (km), the node it comes to next and the minutes until then."""
    after = min(int(np.searchsorted(passed, now)), len(way) - 1)
    last = max(after - 1, 0)
    on_arc = (now - passed[last]) / max(passed[after] - passed[last], 1e-9)
    ends_km = city.area.plane_km(city.graph.latitudes[way[[last, after]]], city.graph.longitudes[way[[last, after]]])
    return ends_km[0] * (1 - on_arc) + ends_km[1] * on_arc, int(way[after]), float(passed[after] - now)


def find_guesses(city: City, moments: Moments) -> Mapping[str, FloatArray]:
    """Return minutes of straight lines by name: the simulator's, and others to hold it against; shape (n,)."""
    nodes = city.graph.latitudes, city.graph.longitudes
    minutes = city.travel.to_points(*nodes, np.ones(len(nodes[0]), bool)).T
    apart_km = np.linalg.norm(city.area.sector_km[:, np.newaxis] - city.area.plane_km(*nodes), axis=2)
    near = np.argsort(apart_km, axis=0)[:NEAR_SECTORS]
    near_minutes, near_km = (np.take_along_axis(values, near, 0).ravel() for values in (minutes, apart_km))
    slope, intercept = np.polyfit(near_km, near_minutes, 1)
    exponent, log_factor = np.polyfit(np.log(near_km.clip(0.1)), np.log(near_minutes.clip(0.1)), 1)
    far = apart_km > 0.3
    return {
        "minutes per km": city.travel.minutes_per_km(urgent=True) * moments.taken_km,
        "minutes per km, median of all drives": np.median(minutes[far] / apart_km[far]) * moments.taken_km,
        "line with intercept": intercept + slope * moments.taken_km,
        "power of km": np.exp(log_factor) * moments.taken_km**exponent,
        "over the sector only": np.full(len(moments.call), np.inf),
    }


def measure_errors(moments: Moments, guess: FloatArray) -> Iterator[dict[str, Any]]:
    """Compare guess and truth by straight kilometres between car and call."""
    for least_km, most_km in BANDS_KM:
        band = (moments.true_km >= least_km) & (moments.true_km < most_km)
        error = (guess - moments.true_minutes)[band]
        yield {
            "km": f"{least_km:g}-{most_km:g}",
            "moments": int(band.sum()),
            "true_minutes": round(float(moments.true_minutes[band].mean()), 2),
            "bias_minutes": round(float(error.mean()), 2),
            "absolute_error_minutes": round(float(np.abs(error).mean()), 2),
        }


def measure_choices(moments: Moments, guess: FloatArray, to_calls: FloatArray) -> dict[str, Any]:
    """Let calls choose among moving cars by their guesses and the idle cars of some sectors, and see what is lost."""
    rng = np.random.default_rng(1)
    lost, bias, moving = np.zeros((3, CHOICES))
    for choice in range(CHOICES):
        call = int(rng.integers(CALLS))
        cars = rng.choice(np.flatnonzero(moments.call == call), MOVING_CARS, replace=False)
        idle_minutes = to_calls[call, rng.random(to_calls.shape[1]) < IDLE_SHARE]
        guesses = np.concatenate((idle_minutes, guess[cars]))
        truths = np.concatenate((idle_minutes, moments.true_minutes[cars]))
        taken = int(np.argmin(guesses))
        lost[choice] = truths[taken] - truths.min()
        bias[choice] = guesses[taken] - truths[taken]
        moving[choice] = taken >= len(idle_minutes)
    return {
        "choices": CHOICES,
        "share_moving_car_sent": round(float(moving.mean()), 3),
        "response_bias_minutes": round(float(bias.mean()), 3),
        "minutes_lost_by_choice": round(float(lost.mean()), 3),
    }
