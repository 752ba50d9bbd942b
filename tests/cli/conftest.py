import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
import pytest

from cli.area_session import shift_span
from cli.outcome import Outcome, RecordedCall, Replay, ShiftOutcome
from cli.simulation.basis import CallBasis
from cli.simulation.intervals import paired_change
from cli.simulation.run import Simulation
from officers.area.v1 import area_pb2
from officers.demand.v1 import demand_pb2
from officers.gateway.v1 import gateway_pb2
from officers.predictor.v1 import predictor_pb2
from officers.routes.v1 import routes_pb2
from officers.scheduler.v1 import scheduler_pb2

SIDE = 4
NAMES = [
    "Waterfront Communities (77)", "Bay Street Corridor (76)", "Church-Yonge Corridor (75)", "Moss Park (73)",
    "Kensington-Chinatown (78)", "University (79)", "Annex (95)", "Rosedale-Moore Park (98)",
    "Niagara (82)", "Trinity-Bellwoods (81)", "Palmerston-Little Italy (80)", "Cabbagetown-South (71)",
    "Regent Park (72)", "North St. James Town (74)", "Dufferin Grove (83)", "Little Portugal (84)",
]  # fmt: skip
WEST, SOUTH, STEP = -79.44, 43.63, 0.0125
FIRST_DAY = datetime(2020, 1, 1, 13, tzinfo=UTC)
HOURS = 12
CARS = 20
SimulatePlans: TypeAlias = Callable[..., Simulation]


@pytest.fixture
def outcome() -> Outcome:
    """A run over an invented area of 16 sectors and two shifts, complete down to the last message."""
    random = np.random.default_rng(7)
    area = build_area(random)
    shifts = tuple(
        build_shift(area, name, FIRST_DAY + timedelta(hours=12 * index), random)
        for index, name in enumerate(("day", "night"))
    )
    report = predictor_pb2.ImportReport(
        rows_read=51_260,
        rows_accepted=51_204,
        rejections=[
            predictor_pb2.RejectionCount(field="time", reason="Not a time.", row_count=44, first_row=318),
            predictor_pb2.RejectionCount(field="latitude", reason="Outside the area.", row_count=12, first_row=9),
        ],
        notes=["Times are recorded to the hour; the minute is drawn from a seed.", "Sectors are built from points."],
    )
    record = gateway_pb2.AreaRecord(name="areas/central-toronto", area_artifact="a" * 64, area=area)
    record.import_report.CopyFrom(report)
    return Outcome(record=record, model=build_model(area), shifts=shifts)


def build_area(random: np.random.Generator) -> area_pb2.Area:
    corners = {
        (row, column): (
            WEST + column * STEP * 1.4 + (random.uniform(-0.004, 0.004) if 0 < column < SIDE else 0),
            SOUTH + row * STEP + (random.uniform(-0.003, 0.003) if 0 < row < SIDE else 0),
        )
        for row in range(SIDE + 1)
        for column in range(SIDE + 1)
    }
    area = area_pb2.Area(name="Central Toronto", time_zone="America/Toronto", train_until_date="2019-12-31")
    area.grid.CopyFrom(
        area_pb2.Grid(
            south_latitude=SOUTH, west_longitude=WEST, cell_height_degrees=0.01, cell_width_degrees=0.01,
            row_count=5, column_count=7,
        )
    )  # fmt: skip
    for index, name in enumerate(NAMES):
        row, column = divmod(index, SIDE)
        ring = [corners[row + a, column + b] for a, b in ((0, 0), (0, 1), (1, 1), (1, 0), (0, 0))]
        centre = np.mean(ring[:4], axis=0)
        sector = area.sectors.add(id=f"S{index + 1:02}", name=name)
        sector.centre.CopyFrom(area_pb2.Point(latitude=centre[1], longitude=centre[0]))
        sector.geometry_geojson = json.dumps({"type": "Polygon", "coordinates": [ring]})
    for kind, priority, target, cars in (("Assault", 1, 15, 2), ("Auto Theft", 2, 30, 1), ("Robbery", 1, 15, 2)):
        area.service_types.add(
            type=kind, priority=priority, target_minutes=target, cars_required=cars,
            lognormal_mu=3.0593, lognormal_sigma=1.0, maximum_minutes=240, assumed=kind == "Robbery",
        )  # fmt: skip
    area.shifts.add(name="day", start="08:00", hours=HOURS, cars=CARS)
    area.shifts.add(name="night", start="20:00", hours=HOURS, cars=CARS)
    area.travel.CopyFrom(area_pb2.TravelSpeeds(speed_km_h=24, urgent_speed_km_h=36, detour_factor=1.35))
    return area


def build_model(area: area_pb2.Area) -> predictor_pb2.Model:
    return predictor_pb2.Model(
        name="models/central-toronto/versions/1",
        area_name=area.name,
        spec=predictor_pb2.ModelSpec(closeness_frames=24, period_days=7, trend_weeks=4, residual_units=2, filters=16),
        trained_until_date="2019-12-31",
        metrics=[
            predictor_pb2.Metric(name="validation_mean_poisson_deviance", value=0.17342),
            predictor_pb2.Metric(name="validation_mean_poisson_deviance_separable", value=0.17391),
        ],
        grid=area.grid,
    )


def build_shift(area: area_pb2.Area, name: str, start: datetime, random: np.random.Generator) -> ShiftOutcome:
    plan = gateway_pb2.Plan(name=f"areas/central-toronto/plans/{name}-1", shift=name)
    plan.start_time.FromDatetime(start)
    plan.end_time.FromDatetime(start + timedelta(hours=HOURS))
    plan.create_time.FromDatetime(start - timedelta(hours=12))
    plan.staffing.cars = CARS
    plan.options.seed = 1
    plan.area_artifact = "a" * 64
    plan.state = gateway_pb2.PLAN_STATE_READY_FOR_REVIEW
    for index, step in enumerate(("sample_scenarios", "optimize_demand", "solve_schedule", "plan_routes", "simulate")):
        entry = plan.steps.add(name=step, state=gateway_pb2.STEP_STATE_DONE, result_artifact=f"{index}" * 64)
        entry.attempt_count = 1
        entry.start_time.FromDatetime(start - timedelta(seconds=30 - 5 * index))
        entry.end_time.FromDatetime(start - timedelta(seconds=26 - 5 * index))
    fill_result(plan.result, area, random)
    return ShiftOutcome(plan=plan, replay=build_replay(area, random))


def fill_result(result: gateway_pb2.PlanResult, area: area_pb2.Area, random: np.random.Generator) -> None:
    result.model = "models/central-toronto/versions/1"
    result.test_calls.CopyFrom(predictor_pb2.CallSet(artifact="c" * 64, scenario_count=200, call_count=8000))
    hotness = (
        random.gamma(0.7, 1.0, (1, area.grid.row_count, area.grid.column_count))
        * random.uniform(0.6, 1.4, (HOURS, 1, 1))
        * 0.1
    )
    result.intensity.CopyFrom(
        predictor_pb2.PredictIntensityResponse(hour_count=HOURS, grid=area.grid, intensities=hotness.ravel().tolist())
    )
    places = np.array([random.permutation(np.arange(CARS) % len(area.sectors)) for _ in range(HOURS)])
    for period in range(1, HOURS):
        keep = random.random(CARS) < 0.5
        places[period, keep] = places[period - 1, keep]
    ids = [sector.id for sector in area.sectors]
    result.demand.plan.sector_ids.extend(ids)
    result.demand.plan.period_minutes = 60
    problem, schedule = result.schedule_problem, result.schedule
    problem.sectors.extend(ids)
    problem.period_minutes = 60
    problem.presence_rule = scheduler_pb2.PRESENCE_RULE_NO_RETURN_WITHIN_TWO
    centres = np.array([(s.centre.longitude * 0.72, s.centre.latitude) for s in area.sectors])
    minutes = np.linalg.norm(centres[:, None] - centres[None], axis=2) * 111.2 * 1.35 / 24 * 60
    for row in minutes:
        problem.travel_minutes.add(minutes=row.tolist())
    for period in range(HOURS):
        counts = np.bincount(places[period], minlength=len(ids)).tolist()
        result.demand.plan.periods.add(cars=counts)
        problem.demand.add(cars=counts)
    for car in range(CARS):
        problem.cars.add(id=f"C{car + 1:02}")
        schedule.assignments.add(car_id=f"C{car + 1:02}", sectors=[ids[place] for place in places[:, car]])
    schedule.status = scheduler_pb2.STATUS_OPTIMAL
    schedule.travel_minutes = schedule.objective = schedule.best_bound = 412.4
    schedule.gap = 0.0
    schedule.engine, schedule.seed, schedule.wall_seconds = "exact", 1, 0.31
    schedule.explanation.extend(["Travel 412.4 min, of it 120.0 forced by presence.", "C07 drives most, 31.5 min."])
    result.routes.add().CopyFrom(build_routes(random))
    for deployment, share in (("plan", 0.931), ("one per sector", 0.902), ("proportional", 0.927)):
        result.simulations.add().CopyFrom(build_simulation(area, deployment, share, 8000, 200, random))


def build_routes(random: np.random.Generator) -> gateway_pb2.SectorRoutes:
    """A street grid of 8 by 8 blocks and three routes along it."""
    routes = gateway_pb2.SectorRoutes()
    routes.network.CopyFrom(routes_pb2.NetworkSummary(name="geodanet", segment_count=112, length_m=14_000))
    routes.network.incident_count = 287

    def corner(column: int, row: int) -> area_pb2.Point:
        return area_pb2.Point(longitude=-111.93 + column * 0.0015, latitude=33.42 + row * 0.0012)

    for column in range(8):
        for row in range(8):
            for ahead in ((column + 1, row), (column, row + 1)):
                if max(ahead) < 8:
                    routes.network.segments.add(
                        line=[corner(column, row), corner(*ahead)], length_m=125, likelihood=random.random() ** 2
                    )
    for start in range(3):
        route = routes.routes.add(minutes=9.6, length_m=2400, reward=11.2)
        route.line.extend([corner(start, 0), corner(start, 5), corner(7 - start, 5), corner(7 - start, 1 + start)])
    routes.quality.CopyFrom(routes_pb2.RouteSetQuality(r2=0.61, mean_reward=11.2, entropy_bits=1.12, seed=1))
    return routes


def build_simulation(
    area: area_pb2.Area, name: str, share: float, calls: int, scenarios: int, random: np.random.Generator
) -> demand_pb2.SimulationResult:
    result = demand_pb2.SimulationResult(
        name=name, calls=calls, within_target=round(calls * share), share_within_target=share,
        mean_response_minutes=9.1, median_response_minutes=7.4, p90_response_minutes=17.9 - 4 * share,
        utilisation=0.18, urgent_calls=calls // 2, urgent_within_target=round(calls * share / 2),
    )  # fmt: skip
    for sector in area.sectors:
        result.sectors.add(
            sector_id=sector.id,
            calls=calls // len(area.sectors),
            within_target=round(calls * share / len(area.sectors)),
        )
    if scenarios:
        shift_effect = np.random.default_rng(3).beta(40, 3, scenarios) * 0.05 - 0.05
        shares = share + shift_effect + random.normal(0, 0.02, scenarios)
        result.scenario_shares_within_target.extend(shares.tolist())
    return result


def build_replay(area: area_pb2.Area, random: np.random.Generator) -> Replay:
    calls = tuple(
        RecordedCall(
            minute=float(random.uniform(0, 720)),
            latitude=float(random.uniform(SOUTH, SOUTH + SIDE * STEP)),
            longitude=float(random.uniform(WEST, WEST + 1.4 * SIDE * STEP)),
            type=area.service_types[int(random.integers(3))].type,
            sector_index=int(random.integers(len(area.sectors))),
        )
        for _ in range(43)
    )
    shares = {"plan": 40 / 43, "one per sector": 39 / 43, "proportional": 40 / 43}
    return Replay(calls, tuple(build_simulation(area, name, s, 43, 0, random) for name, s in shares.items()))


@pytest.fixture
def simulate_plans(outcome: Outcome) -> SimulatePlans:
    """Replay three deployments of the invented area: half of the calls of `failures` late under each."""

    def simulate(
        failures: dict[str, list[int]] | None = None, calls: int = 10, is_recorded: bool = False, **fields: object
    ) -> Simulation:
        late = failures or {"proportional": [2] * 40, "demand": [1] * 40, "one per sector": [3] * 40}
        results = [replay_result(outcome.area, name, by_day, calls) for name, by_day in late.items()]
        counts = tuple(calls for _ in results[0].scenario_shares_within_target)
        for result in results[1:]:
            change = paired_change(result, results[0], counts, 1, is_over_weeks=False)
            result.comparison.CopyFrom(demand_pb2.Comparison(failures_change=change))
        day = "2020-01-01"
        span = shift_span(outcome.area, "day", day, None)
        basis = CallBasis(is_recorded, len(counts), sum(counts), day, day)
        deployments = tuple(plan_of(outcome.area, result.name) for result in results)
        answer = demand_pb2.SimulateResponse(results=results)
        known = {"area": outcome.area, "span": span, "deployments": deployments, "answer": answer, "basis": basis}
        known |= {"rules": demand_pb2.DispatchRules(), "calls_by_replay": counts, "seed": 1}
        return Simulation(**known | fields)

    return simulate


def plan_of(area: area_pb2.Area, name: str) -> demand_pb2.Deployment:
    """A timetable for plans, a simple rule for others; cars of names that end so move freely."""
    free = name.endswith(", moving freely")
    if name.startswith("demand"):
        cars = [demand_pb2.CarTimetable(car_id="C1", sectors=[area.sectors[0].id] * HOURS)]
        timetable = demand_pb2.Timetable(period_minutes=60, cars=cars)
        return demand_pb2.Deployment(name=name, timetable=timetable, moves_freely=free)
    return demand_pb2.Deployment(name=name, baseline=demand_pb2.BASELINE_PROPORTIONAL, moves_freely=free)


def replay_result(area: area_pb2.Area, name: str, late: list[int], calls: int) -> demand_pb2.SimulationResult:
    """`late` calls of `calls` in each scenario."""
    total, failures = calls * len(late), sum(late)
    part = demand_pb2.PartResult(calls=total // HOURS, mean_response_minutes=6.5, p90_response_minutes=12.25)
    part.within_target = part.calls - failures // HOURS
    rate = failures / total
    result = demand_pb2.SimulationResult(
        name=name, calls=total, within_target=total - failures, share_within_target=1 - rate,
        failure_rate=demand_pb2.Interval(value=rate, low=0.8 * rate, high=1.2 * rate),
        mean_response_minutes=6.5, median_response_minutes=5.25, p90_response_minutes=12.25, utilisation=0.4,
        urgent=part, other=part, hours=[part] * HOURS, share_waiting=0.05, mean_waiting_minutes=0.4,
        mean_queue_length=0.12, car_hours=240, worst_sector_id=area.sectors[1].id,
    )  # fmt: skip
    result.scenario_shares_within_target.extend(1 - each / calls for each in late)
    for index, sector in enumerate(area.sectors):
        found = result.sectors.add(sector_id=sector.id, calls=total // len(area.sectors))
        found.within_target = found.calls - (failures // 8 if index < 8 else 0)
        found.mean_response_minutes = 5.0 + index / 4
    return result
