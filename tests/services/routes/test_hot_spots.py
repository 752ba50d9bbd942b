"""The shortest-path patrol, compared with networkx."""

from itertools import pairwise

import networkx as nx
import numpy as np

from services.routes.driving import driving_graph
from services.routes.hot_spots import HotSpotPatrol
from services.routes.network import build_network
from services.routes.testing import grid_streets


def test_it_drives_from_hot_spot_to_the_nearest_other_by_the_fastest_way() -> None:
    network = build_network("town", grid_streets(6, 6, np.random.default_rng(4)))
    graph = driving_graph(network, 15.0)
    rewards = np.random.default_rng(5).random(network.segment_count)
    hot = set(np.argsort(-rewards)[:5].tolist())
    route = HotSpotPatrol(graph, rewards, hot_spot_count=5).route(60.0, np.random.default_rng(6))
    assert all(after in graph.following(before) for before, after in pairwise(route))
    assert hot <= set((route // 2).tolist())
    ways = nx.DiGraph(
        (directed, int(after), {"minutes": graph.minutes[after // 2]})
        for directed in range(len(graph.allowed))
        for after in graph.following(directed)
    )
    to_all = nx.single_source_dijkstra_path_length(ways, int(route[0]), weight="minutes")
    first = next(place for place in range(1, len(route)) if route[place] // 2 in hot - {int(route[0]) // 2})
    driven = graph.minutes[route[1 : first + 1] // 2].sum()
    assert driven == min(to_all[spot] for spot in to_all if spot // 2 in hot - {int(route[0]) // 2})


def test_it_stays_within_the_budget() -> None:
    network = build_network("town", grid_streets(6, 6))
    graph = driving_graph(network, 15.0)
    patrol = HotSpotPatrol(graph, np.random.default_rng(5).random(network.segment_count))
    rng = np.random.default_rng(7)
    for budget_minutes in (0.5, 2.0, 5.0):
        route = patrol.route(budget_minutes, rng)
        assert graph.route_minutes(route) <= budget_minutes + 1e-9
