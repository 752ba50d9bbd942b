"""Sets of routes."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routes.cross_entropy import CrossEntropyParameters
from services.routes.driving import driving_graph
from services.routes.network import build_network
from services.routes.patrol_policy import PolicyParameters
from services.routes.planning import PlanOptions, Reward, Route, RoutePlanner, plan_routes
from services.routes.quality import RouteSetQuality
from services.routes.route_limits import graph_between
from services.routes.sampling import least_minutes
from services.routes.streets import Street
from services.routes.survey import Survey, survey_network
from services.routes.testing import BLOCK_DEGREES, CORNER, grid_streets
from serving.errors import DeadlineExceeded, FailedPrecondition, InvalidArgument
from serving.work import never_stop


def plan(survey: Survey, options: PlanOptions) -> tuple[list[Route], RouteSetQuality]:
    *routes, quality = plan_routes(survey, options, never_stop)
    assert isinstance(quality, RouteSetQuality)
    assert all(isinstance(route, Route) for route in routes)
    return [route for route in routes if isinstance(route, Route)], quality


QUICK = PolicyParameters(
    plain_count=4, search_count=2, random_count=50, round_count=2, pool_size=300, round_iterations=10, iterations=30
)


def small_survey(seed: int) -> Survey:
    rng = np.random.default_rng(seed)
    points = CORNER + BLOCK_DEGREES * rng.uniform(0, 3, (25, 2))
    return survey_network(build_network("town", grid_streets(4, 4, rng)), points)


@given(st.integers(0, 10_000), st.sampled_from(Reward), st.floats(1.5, 15.0), st.floats(5.0, 50.0))
@settings(max_examples=30, deadline=None)
def test_every_route_is_driven_along_streets_within_its_budget(
    seed: int, reward: Reward, budget_minutes: float, speed_km_h: float
) -> None:
    survey = small_survey(seed)
    options = PlanOptions(
        3, budget_minutes, speed_km_h, reward, CrossEntropyParameters(sample_size=30), seed, policy=QUICK
    )
    graph = driving_graph(survey.network, speed_km_h)
    routes, quality = plan(survey, options)
    assert len(routes) == 3
    for route in routes:
        assert route.minutes <= budget_minutes + 1e-9
        assert route.length_m == pytest.approx(route.minutes / 60 * speed_km_h * 1000)
        assert all(there in graph.following(here) for here, there in pairwise(route.directed))
        assert set(map(tuple, route.line)) <= {tuple(point) for line in survey.network.lines for point in line}
        start = survey.network.lines[route.segments[0]]
        assert tuple(route.line[0]) in {tuple(start[0]), tuple(start[-1])}
        steps = np.abs(np.diff(route.line, axis=0)) / BLOCK_DEGREES
        assert steps.sum(axis=1) == pytest.approx(np.ones(len(steps)))  # no jumps on a grid
    assert quality.mean_reward == pytest.approx(np.mean([route.reward for route in routes]))
    assert quality.seed == seed


def test_the_same_seed_plans_the_same_routes_and_others_differ(geodanet: Survey) -> None:
    plans = [plan(geodanet, PlanOptions(seed=seed, policy=QUICK))[0] for seed in (7, 7, -8)]
    lines = [np.concatenate([route.line for route in routes]) for routes in plans]
    assert np.array_equal(lines[0], lines[1])
    assert lines[0].shape != lines[2].shape or not np.array_equal(lines[0], lines[2])


@pytest.mark.parametrize("factor", [0.25, 3.0, 1e5])
def test_more_of_the_same_incidents_change_no_route(geodanet: Survey, factor: float) -> None:
    scaled = replace(geodanet, likelihood=factor * geodanet.likelihood)
    options = PlanOptions(route_count=10, reward=Reward.LIKELIHOOD, seed=3, policy=QUICK)
    for first, second in zip(plan(geodanet, options)[0], plan(scaled, options)[0], strict=True):
        assert np.array_equal(first.directed, second.directed)


def test_a_set_serves_streets_in_proportion_better_than_its_first_route_repeated(geodanet: Survey) -> None:
    options = PlanOptions(route_count=30, reward=Reward.LIKELIHOOD, seed=1)
    routes, quality = plan(geodanet, options)
    _, alone = plan(geodanet, replace(options, route_count=1))
    assert quality.r2 is not None
    assert alone.r2 is not None
    assert quality.r2 > max(0.6, 1.5 * alone.r2)
    assert quality.never_visited_segment_count < 80
    assert quality.mean_reward > 0.6 * routes[0].reward


def test_routes_go_where_incidents_were(geodanet: Survey) -> None:
    routes, _ = plan(geodanet, PlanOptions(reward=Reward.LIKELIHOOD, policy=QUICK))
    driven = np.concatenate([route.segments for route in routes])
    assert geodanet.likelihood[driven].mean() > 2 * geodanet.likelihood.mean()


def test_a_budget_below_the_shortest_segment_is_refused(geodanet: Survey) -> None:
    with pytest.raises(InvalidArgument, match=r"budget_minutes: Expected at least 0\.04 minutes"):
        plan(geodanet, PlanOptions(budget_minutes=0.02))


def test_a_sector_whose_streets_are_too_long_for_the_budget_has_no_routes(geodanet: Survey) -> None:
    sector = replace(geodanet, sector_id="S1")
    with pytest.raises(FailedPrecondition, match=r"'S1' need at least 0\.04 minutes.*the budget is 0\.02") as caught:
        plan(sector, PlanOptions(budget_minutes=0.02))
    assert caught.value.reason == "NO_ROUTE_IN_BUDGET"
    longitude, latitude = sector.network.node_points[0].tolist()
    for ends in ({"start": (longitude, latitude)}, {"end": (longitude, latitude)}):
        with pytest.raises(InvalidArgument, match="budget_minutes"):
            plan(sector, PlanOptions(budget_minutes=0.02, **ends))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("route_count", 0),
        ("route_count", 101),
        ("budget_minutes", -1.0),
        ("budget_minutes", float("nan")),
        ("budget_minutes", float("inf")),
        ("speed_km_h", 0.0),
        ("speed_km_h", 500.0),
    ],
)
def test_options_out_of_range_are_refused(field: str, value: float) -> None:
    with pytest.raises(InvalidArgument, match=f"{field}: Expected .* got") as caught:
        PlanOptions(**{field: value})  # type: ignore[arg-type]
    assert [violation.field for violation in caught.value.violations] == [field]


def test_all_options_out_of_range_are_named_at_once() -> None:
    with pytest.raises(InvalidArgument) as caught:
        PlanOptions(route_count=-1, search=CrossEntropyParameters(smoothing=2.0))
    assert [violation.field for violation in caught.value.violations] == ["route_count", "smoothing"]


def test_it_stops_between_searches(geodanet: Survey) -> None:
    asked = iter([False] * 20 + [True] * 1000)
    parts = plan_routes(geodanet, PlanOptions(route_count=100), lambda: next(asked))
    with pytest.raises(DeadlineExceeded):
        list(parts)


def test_without_incidents_near_streets_there_is_nothing_to_plan_by() -> None:
    network = build_network("town", grid_streets(2, 2))
    with pytest.raises(FailedPrecondition, match="None of 1 past incidents lies near a street of 'town'"):
        survey_network(network, np.array([[0.0, 0.0]]))
    with pytest.raises(FailedPrecondition, match="None of 0 past incidents"):
        survey_network(network, np.zeros((0, 2)))


def test_one_street_is_driven_to_and_fro() -> None:
    line = np.array([CORNER, CORNER + np.array([0.001, 0.0])])
    survey = survey_network(build_network("lane", [Street(0, 1, line, 100.0)]), line[:1])
    routes, quality = plan(survey, PlanOptions(route_count=2, policy=QUICK))
    assert [len(set(route.segments)) for route in routes] == [1, 1]
    assert (quality.r2, quality.never_visited_segment_count, quality.entropy_bits) == (None, 0, 0.0)


@given(st.integers(0, 10_000), st.integers(0, 15), st.integers(0, 15), st.floats(3.0, 10.0))
@settings(max_examples=20, deadline=None)
def test_routes_begin_and_end_where_they_should(seed: int, start: int, end: int, budget_minutes: float) -> None:
    survey = small_survey(seed)
    corners = survey.network.node_points
    first, last = (corners[place % len(corners)] for place in (start, end))
    options = PlanOptions(3, budget_minutes, start=tuple(first), end=tuple(last), seed=seed, policy=QUICK)
    graph = graph_between(driving_graph(survey.network, options.speed_km_h), survey.network, options.start, options.end)
    if least_minutes(graph) > budget_minutes:
        with pytest.raises(InvalidArgument, match="shortest way to the end"):
            plan(survey, options)
        return
    routes, _ = plan(survey, options)
    for route in routes:
        assert np.array_equal(route.line[0], first)
        assert np.array_equal(route.line[-1], last)
        assert route.minutes <= budget_minutes + 1e-9


def test_crews_stay_in_their_own_parts(geodanet: Survey) -> None:
    routes, _ = plan(geodanet, PlanOptions(12, crew_count=3, policy=QUICK))
    assert [route.crew for route in routes] == [0, 1, 2] * 4
    driven = [set(np.concatenate([route.segments for route in routes[crew::3]])) for crew in range(3)]
    assert sum(map(len, driven)) == len(set.union(*driven))


@pytest.mark.parametrize("point", [(0.0, 0.0), (500.0, 0.0), (float("nan"), 0.0)])
def test_points_off_the_map_are_refused(geodanet: Survey, point: tuple[float, float]) -> None:
    with pytest.raises(InvalidArgument, match="start: Expected a"):
        plan(geodanet, PlanOptions(start=point))


def test_a_planner_draws_other_routes_from_the_policy_it_learnt(geodanet: Survey) -> None:
    planner = RoutePlanner()
    options = PlanOptions(policy=QUICK)
    first = [part for part in planner.plan(geodanet, options, never_stop) if isinstance(part, Route)]
    asked = iter([True] * 100)
    second = list(planner.plan(geodanet, replace(options, seed=1), lambda: next(asked)))  # no search: it never stops
    assert any(
        not np.array_equal(one.directed, other.directed)
        for one, other in zip(first, second, strict=False)
        if isinstance(other, Route)
    )
