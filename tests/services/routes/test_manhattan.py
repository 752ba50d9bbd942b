"""Precincts of Manhattan, where the data is at hand."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from services.routes.basic_units import merge_chains
from services.routes.network import build_network
from services.routes.planning import PlanOptions, Reward, plan_routes
from services.routes.quality import RouteSetQuality
from services.routes.roads import nodes_inside, read_roads
from services.routes.streets import streets_from_roads
from services.routes.survey import survey_network
from serving.work import never_stop

DATA = Path(__file__).parents[4] / "shared" / "data" / "manhattan"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is absent")


@pytest.mark.parametrize("precinct", ["P014", "P019"])
def test_a_precinct_gets_routes_in_proportion_to_its_incidents(precinct: str) -> None:
    features = json.loads((DATA / "sectors.geojson").read_text())["features"]
    (sector,) = [feature for feature in features if feature["properties"]["id"] == precinct]
    roads = read_roads(pq.read_table(DATA / "road_nodes.parquet"), pq.read_table(DATA / "road_arcs.parquet"))
    inside = nodes_inside(roads.node_points, shapely.from_geojson(json.dumps(sector["geometry"])))
    network = build_network(precinct, merge_chains(streets_from_roads(roads.within(inside))))
    incidents = pq.read_table(DATA / "incidents.parquet", filters=[("sector", "==", precinct)]).to_pandas()
    survey = survey_network(network, incidents[["longitude", "latitude"]].to_numpy())
    assert network.excluded_segment_count < 0.15 * network.segment_count
    assert survey.excluded_incident_count < 0.01 * survey.incident_count
    assert not np.logical_and(network.forward, network.backward).all()  # one-way streets are known
    *routes, quality = plan_routes(survey, PlanOptions(route_count=100, reward=Reward.LIKELIHOOD), never_stop)
    assert len(routes) == 100
    assert isinstance(quality, RouteSetQuality)
    assert quality.r2 is not None
    assert quality.r2 > 0.72
