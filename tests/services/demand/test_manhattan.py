"""The service on the road graph and the recorded calls of Manhattan."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from services.demand.area import Area, Speeds
from services.demand.calls import CallSet
from services.demand.optimiser.optimise import OptimiseProblem, optimise
from services.demand.optimiser.staffing import Staffing
from services.demand.simulator.case import measure_travel
from services.demand.travel.choose import require_connected
from services.demand.travel.roads import RoadTravelTimes, read_roads
from serving.work import never_stop

FOLDER = Path(__file__).parents[3].parent / "shared" / "data" / "manhattan"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the Manhattan records are not at {FOLDER}")

CARS = 10
DAY_MINUTES, SHIFT_START_MINUTE, SHIFT_MINUTES = 1440, 480, 720


@pytest.fixture(scope="module")
def incidents():
    table = pq.read_table(FOLDER / "incidents.parquet").to_pandas()
    minutes = (table["time"] - pd.Timestamp("2014-01-01")) / pd.Timedelta(minutes=1) - SHIFT_START_MINUTE
    table["day"], table["minute"] = (minutes // DAY_MINUTES).astype(int), minutes % DAY_MINUTES
    return table[(table["minute"] < SHIFT_MINUTES) & (table["day"] >= 0)]


@pytest.fixture(scope="module")
def area(incidents):
    centres = incidents.groupby("sector")[["latitude", "longitude"]].median()
    return Area(
        name="Manhattan",
        time_zone="America/New_York",
        train_until_date=date(2014, 12, 31),
        sector_ids=tuple(centres.index),
        centre_latitudes=centres["latitude"].to_numpy(),
        centre_longitudes=centres["longitude"].to_numpy(),
        speeds=Speeds(24.0, 36.0, 1.35),
        incidents_artifact="",
    )


@pytest.fixture(scope="module")
def travel(area):
    nodes, arcs = (pq.read_table(FOLDER / f"road_{part}.parquet") for part in ("nodes", "arcs"))
    return RoadTravelTimes(area, read_roads(nodes, arcs))


@pytest.fixture(scope="module")
def make_case(incidents, area, travel):
    services = pd.read_csv(FOLDER / "service_times.csv").set_index("type")

    def make(days, seed):
        rows = pd.concat(incidents[incidents["day"] == day].assign(scenario=k) for k, day in enumerate(days))
        kinds = services.loc[rows["type"]]
        lognormal = np.random.default_rng(seed).lognormal(kinds["lognormal_mu"], kinds["lognormal_sigma"])
        calls = CallSet(
            span_minutes=float(SHIFT_MINUTES),
            first_call=np.searchsorted(rows["scenario"].to_numpy(), np.arange(len(days) + 1)),
            minute=rows["minute"].to_numpy(),
            latitude=rows["latitude"].to_numpy(),
            longitude=rows["longitude"].to_numpy(),
            sector=pd.Index(area.sector_ids).get_indexer(rows["sector"]),
            urgent=(kinds["priority"] == "urgent").to_numpy(),
            target_minutes=kinds["target_minutes"].to_numpy(float),
            cars_required=kinds["cars_required"].to_numpy(),
            service_minutes=np.minimum(lognormal, kinds["maximum_minutes"].to_numpy()),
            needs=np.zeros(len(rows), np.int64),
        )
        return measure_travel(calls, area, travel)

    return make


def test_roads_lead_everywhere(area, travel):
    require_connected(area, travel)
    normal, urgent = travel.between_sectors(urgent=False), travel.between_sectors(urgent=True)
    assert (urgent <= normal + 1e-9).all()
    assert 20 < normal.max() < 90


def test_a_chosen_plan_is_no_worse_than_one_car_per_sector_on_days_that_follow(area, make_case):
    rng = np.random.default_rng(0)
    training, validation = (make_case(rng.integers(0, 365, count), seed) for seed, count in ((1, 30), (2, 60)))
    none = np.zeros(area.sector_count, int)
    staffing = Staffing.steady(CARS, SHIFT_MINUTES, 120, none, none + CARS)
    past_calls = np.bincount(training.calls.sector, minlength=area.sector_count)
    problem = OptimiseProblem(training, validation, staffing, past_calls, 0, 60.0)
    result = optimise(problem, never_stop)
    assert staffing.allows(result.chosen.cars)
    scorer = problem.scorer(make_case(range(365, 545), 3))
    by_name = {candidate.name: candidate for candidate in result.candidates}
    one_per_sector = scorer.score(by_name["one per sector"].cars)
    assert scorer.score(result.chosen.cars).penalty < one_per_sector.penalty
