"""`officers routes`: plan patrol routes and compare ways of planning them, in this process."""

import json
import re
import secrets
from dataclasses import asdict, replace
from pathlib import Path

import click

from cli.area_directory import pack_area
from cli.files import write_file
from cli.limits import SEED
from cli.routes_bench import DEFAULT_DATA, bench_json, bench_table, data_surveys, trade_off_svg
from services.predictor.area_import import import_area
from services.routes.area import PatrolArea
from services.routes.catalogue import NetworkCatalogue, SectorNetwork, ShippedNetwork
from services.routes.comparison import compare, trade_off
from services.routes.convert import area_from_bytes
from services.routes.geojson import routes_geojson
from services.routes.gpx import routes_gpx
from services.routes.imports.osm import Profile
from services.routes.imports.streets_file import streets_survey
from services.routes.incident_weights import LikelihoodOptions
from services.routes.patrol_policy import PolicyParameters
from services.routes.planning import PlanOptions, Reward, Route, plan_routes
from services.routes.quality import RouteSetQuality
from services.routes.shipped import GEODANET
from services.routes.survey import Survey
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument
from serving.work import never_stop

COMPILING = PolicyParameters(plain_count=2, search_count=2, random_count=10, round_count=1, iterations=2)
"""Learns hardly anything, to have everything compiled before time is measured."""

EVERYTHING_ALIKE = LikelihoodOptions()

SCRATCH_STORE = "memory://officers-routes"


class TimeRange(click.ParamType[tuple[int, int]]):
    """A time of day to another, such as 22:00-06:00, as minutes after midnight."""

    name = "HH:MM-HH:MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Read the text; anything else is bad usage."""
        found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", str(value))
        if found is None:
            self.fail(f"expected two times of day such as 22:00-06:00, got {value!r}", param, ctx)
        hours, minutes, end_hours, end_minutes = map(int, found.groups())
        return hours * 60 + minutes, end_hours * 60 + end_minutes


TIME_RANGE = TimeRange()


@click.group()
def routes() -> None:
    """Plan patrol routes."""


@routes.command()
@click.option("--network", default=None, help=f"A network that ships with OFFICERS; the default is {GEODANET}.")
@click.option("--area", type=click.Path(path_type=Path), help="An area directory with roads, instead of --network.")
@click.option("--sector", "sector_id", help="The sector of the area.")
@click.option("--count", default=5, show_default=True, help="Routes to plan, 1 to 100.")
@click.option("--budget-minutes", default=10.0, show_default=True, help="Time budget of a route.")
@click.option("--speed-km-h", default=15.0, show_default=True, help="Patrol speed.")
@click.option(
    "--reward",
    type=click.Choice([reward.value for reward in Reward]),
    default=Reward.GI_STAR.value,
    show_default=True,
    help="What a route collects from each street segment.",
)
@click.option("--seed", type=SEED, help="The same seed gives the same routes; the default is a fresh one.")
@click.option("--streets", type=click.Path(path_type=Path), help="Streets from a file (OpenStreetMap or centre lines).")
@click.option("--incidents", type=click.Path(path_type=Path), help="CSV with longitude and latitude, for --streets.")
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    default=Profile.CAR.value,
    show_default=True,
    help="On foot, one-way streets may be walked both ways.",
)
@click.option("--type-weight", "type_weights", type=(str, float), multiple=True, help="Incident type and its weight.")
@click.option("--half-life-days", default=0.0, help="Incidents count half in so many days; 0: they do not fade.")
@click.option("--window", type=TIME_RANGE, help="Time of day whose incidents count, such as 22:00-06:00.")
@click.option("--start", type=(float, float), help="Longitude and latitude where routes begin.")
@click.option("--end", type=(float, float), help="Longitude and latitude where routes end.")
@click.option("--crews", default=1, show_default=True, help="Crews that patrol at the same time in different parts.")
@click.option("--gpx", type=click.Path(path_type=Path), help="GPX file to write as well.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="GeoJSON file to write.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def plan(
    network: str | None,
    area: Path | None,
    sector_id: str | None,
    count: int,
    budget_minutes: float,
    speed_km_h: float,
    reward: str,
    seed: int | None,
    streets: Path | None,
    incidents: Path | None,
    profile: str,
    type_weights: tuple[tuple[str, float], ...],
    half_life_days: float,
    window: tuple[int, int] | None,
    start: tuple[float, float] | None,
    end: tuple[float, float] | None,
    crews: int,
    gpx: Path | None,
    out: Path,
    as_json: bool,
) -> None:
    """Plan a set of varied patrol routes and write them as GeoJSON."""
    options = PlanOptions(
        route_count=count,
        budget_minutes=budget_minutes,
        speed_km_h=speed_km_h,
        reward=Reward(reward),
        seed=secrets.randbits(62) if seed is None else seed,
        start=start,
        end=end,
        crew_count=crews,
    )
    likelihood = LikelihoodOptions(type_weights, half_life_days, window)
    if likelihood != EVERYTHING_ALIKE and area is None:
        raise InvalidArgument("--area", "Expected --area with --type-weight, --half-life-days or --window.")
    if streets is not None:
        if network is not None or area is not None:
            raise InvalidArgument("--streets", "Expected one of --streets, --network and --area.")
        survey = streets_survey(streets, incidents, Profile(profile))
    else:
        survey = _survey(network, area, sector_id, Profile(profile), likelihood)
    planned: list[Route] = []
    for part in plan_routes(survey, options, never_stop):
        if isinstance(part, Route):
            planned.append(part)
        else:
            quality = part
    write_file(out, routes_geojson(survey, options, planned))
    if gpx is not None:
        write_file(gpx, routes_gpx(survey, options, planned), "--gpx")
    click.echo(_summary_json(survey, planned, quality, out) if as_json else _summary(survey, planned, quality, out))


@routes.command()
@click.option("--runs", default=50, show_default=True, type=click.IntRange(1), help="Searches with their own seeds.")
@click.option("--top", default=30, show_default=True, type=click.IntRange(1, 100), help="Routes taken of each run.")
@click.option("--budget-minutes", default=10.0, show_default=True, help="Time budget of a route.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="First seed.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with the data of Manhattan and Valencia; the default is ../shared/data where it is there.",
)
@click.option("--curve", type=click.Path(path_type=Path), help="SVG file for the trade-off of reward and entropy.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench(
    runs: int, top: int, budget_minutes: float, seed: int, data: Path | None, curve: Path | None, as_json: bool
) -> None:
    """Compare rewards on geodanet and larger networks: R², reward, coverage, predictability, seconds per run.

    Stop thresholds from 5 to 25 % are swept on geodanet.
    """
    default = _survey(GEODANET, None, None)
    folder = data or (DEFAULT_DATA if DEFAULT_DATA.is_dir() else None)
    surveys = [default, *(data_surveys(folder) if folder else [])]
    options = PlanOptions(budget_minutes=budget_minutes, seed=seed)
    compare(default, replace(options, policy=COMPILING), 1, 1)
    results = [result for survey in surveys for result in compare(survey, options, runs, top)]
    sweep = trade_off(default, options, runs, top)
    if curve:
        write_file(curve, trade_off_svg(sweep), "--curve")
    click.echo(bench_json(results, sweep) if as_json else bench_table(results))


def _survey(
    network: str | None,
    area: Path | None,
    sector_id: str | None,
    profile: Profile = Profile.CAR,
    likelihood: LikelihoodOptions = EVERYTHING_ALIKE,
) -> Survey:
    if (area is None) != (sector_id is None):
        raise InvalidArgument("--sector", "Expected --area and --sector together.")
    if area is not None and network is not None:
        raise InvalidArgument("--network", "Expected --network or --area, not both.")
    store = ArtifactStore(SCRATCH_STORE)
    catalogue = NetworkCatalogue(store, area_from_bytes)
    if area is None or sector_id is None:
        return catalogue.survey(ShippedNetwork(network or GEODANET))
    source = SectorNetwork("", sector_id, likelihood=likelihood, on_foot=profile is Profile.FOOT)
    return catalogue.survey_sector(_patrol_area(area, store), source)


def _patrol_area(folder: Path, store: ArtifactStore) -> PatrolArea:
    area = import_area(pack_area(folder), store).area
    return PatrolArea(
        name=area.name,
        time_zone=area.time_zone,
        train_until=area.train_until_date,
        sector_geometries={sector.id: sector.geometry_geojson for sector in area.sectors},
        incidents_artifact=area.incidents_artifact,
        road_nodes_artifact=area.road_nodes_artifact,
        road_arcs_artifact=area.road_arcs_artifact,
    )


def _summary_json(survey: Survey, planned: list[Route], quality: RouteSetQuality, out: Path) -> str:
    return json.dumps(
        {
            "network": survey.network.name,
            "segment_count": survey.network.segment_count,
            "excluded_segment_count": survey.network.excluded_segment_count,
            "incident_count": survey.incident_count,
            "significant_segment_count": int((survey.gi_star_p < 0.05).sum()),
            "stability_r2": survey.stability_r2,
            "excluded_incident_count": survey.excluded_incident_count,
            "routes": [
                {"minutes": route.minutes, "length_m": route.length_m, "reward": route.reward} for route in planned
            ],
            "quality": asdict(quality),
            "out": str(out),
        },
        allow_nan=False,
    )


def _summary(survey: Survey, planned: list[Route], quality: RouteSetQuality, out: Path) -> str:
    network = survey.network
    fit = "not defined" if quality.r2 is None else f"{quality.r2:.2f}"
    return "\n".join(
        [
            f"{network.name}: {network.segment_count} street segments, {network.lengths_m.sum() / 1000:.1f} km, "
            f"{survey.incident_count} past incidents; left out: {network.excluded_segment_count} segments, "
            f"{survey.excluded_incident_count} incidents.",
            *(
                f"Route {number}: {route.minutes:.1f} min, {route.length_m / 1000:.2f} km, reward {route.reward:.2f}"
                for number, route in enumerate(planned, start=1)
            ),
            f"R² of visits on likelihood {fit}, mean reward {quality.mean_reward:.2f}, next turn "
            f"{quality.entropy_bits:.2f} bits, {quality.never_visited_segment_count} segments not visited, "
            f"seed {quality.seed}.",
            f"Written to {out}.",
        ]
    )
