"""Where routes begin and end, and whether any fits."""

import math

import numpy as np

from services.routes.driving import DrivingGraph
from services.routes.network import StreetNetwork
from services.routes.sampling import least_minutes
from services.routes.streets import WGS_84
from serving.errors import FailedPrecondition, InvalidArgument

NEAR_M = 250.0
"""Points to start or end at must be this close to a corner."""

Point = tuple[float, float]
"""Longitude and latitude in degrees."""


def graph_between(graph: DrivingGraph, network: StreetNetwork, start: Point | None, end: Point | None) -> DrivingGraph:
    """Return the graph for routes that begin and end at the corners nearest to points; anywhere where these are None.

    Raises
    ------
    InvalidArgument
        A point is no place on Earth, or farther than `NEAR_M` from every corner.
    """
    begins = np.column_stack([network.from_nodes, network.to_nodes]).ravel()
    ends = np.column_stack([network.to_nodes, network.from_nodes]).ravel()
    if start is not None:
        graph = graph.starting_with(np.flatnonzero(begins == _nearest_node(network, "start", start)))
    if end is not None:
        arriving = graph.allowed & (ends == _nearest_node(network, "end", end))
        graph = graph.ending_with(np.flatnonzero(arriving))
    return graph


def _nearest_node(network: StreetNetwork, field_name: str, point: Point) -> int:
    longitude, latitude = point
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise InvalidArgument(field_name, f"Expected a longitude and latitude in degrees, got {longitude}, {latitude}.")
    corners = network.node_points
    _, _, distances_m = WGS_84.inv(
        corners[:, 0], corners[:, 1], np.full(len(corners), longitude), np.full(len(corners), latitude)
    )
    nearest = int(np.argmin(distances_m))
    if distances_m[nearest] > NEAR_M:
        raise InvalidArgument(
            field_name,
            f"Expected a point within {NEAR_M:g} m of a corner; the nearest is {distances_m[nearest]:.0f} m off.",
        )
    return nearest


def require_route(graph: DrivingGraph, budget_minutes: float, sector_id: str = "") -> None:
    """See that a route fits the budget.

    Parameters
    ----------
    sector_id
        The sector that the streets are those of, where routes may begin and end anywhere in it; else empty.

    Raises
    ------
    FailedPrecondition
        The streets of the sector are too long for the budget: it has no routes, though other sectors may.
    InvalidArgument
        No way leads from the start to the end, or the shortest takes longer than the budget.
    """
    shortest_minutes = least_minutes(graph)
    if math.isinf(shortest_minutes):
        raise InvalidArgument("end", "Expected streets that lead from the start to the end; there is no such route.")
    if budget_minutes < shortest_minutes:
        minutes = math.ceil(shortest_minutes * 100) / 100
        if sector_id:
            raise FailedPrecondition(
                "NO_ROUTE_IN_BUDGET",
                f"Routes in {sector_id!r} need at least {minutes:g} minutes, the driving time of the shortest street "
                f"segment; the budget is {budget_minutes:g}.",
            )
        anywhere = not graph.end_minutes.any()
        way = "shortest street segment" if anywhere else "shortest way to the end"
        raise InvalidArgument(
            "budget_minutes", f"Expected at least {minutes:g} minutes, the driving time of the {way}."
        )
