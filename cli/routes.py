"""`officers routes`: plan patrol routes and compare ways of planning them, in this process."""

import re
import secrets
from dataclasses import replace
from pathlib import Path

import click

from cli.area_directory import pack_area
from cli.files import prepare_files, write_file
from cli.limits import SEED
from cli.routes_bench import DEFAULT_DATA, bench_json, bench_table, data_surveys, trade_off_svg
from cli.routes_summary import summary_json, summary_text
from services.predictor.area_import import import_area
from services.routes.area import PatrolArea
from services.routes.catalogue import NetworkCatalogue, SectorNetwork, ShippedNetwork
from services.routes.comparison import compare, trade_off
from services.routes.convert import area_from_bytes
from services.routes.geojson import routes_geojson
from services.routes.gpx import routes_gpx
from services.routes.imports.clip import read_clip
from services.routes.imports.incidents import read_incident_points
from services.routes.imports.osm import Profile
from services.routes.imports.streets_file import ImportedStreets, import_streets
from services.routes.incident_weights import LikelihoodOptions
from services.routes.patrol_policy import PolicyParameters
from services.routes.planning import PlanOptions, Reward, Route, plan_routes
from services.routes.shipped import GEODANET
from services.routes.survey import Survey, survey_network
from services.routes.turns import TurnMinutes
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
@click.option("--clip", type=click.Path(path_type=Path), help="Polygons; streets of --streets outside are cut off.")
@click.option("--clip-feature", help="Id or name of the polygon to take of --clip; the default is all of them.")
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
@click.option(
    "--turn-minutes",
    type=(float, float, float),
    default=(0.0, 0.0, 0.0),
    show_default=True,
    help="What a turn to the left, to the right and back takes.",
)
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
    clip: Path | None,
    clip_feature: str | None,
    profile: str,
    type_weights: tuple[tuple[str, float], ...],
    half_life_days: float,
    window: tuple[int, int] | None,
    start: tuple[float, float] | None,
    end: tuple[float, float] | None,
    crews: int,
    turn_minutes: tuple[float, float, float],
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
        turn_minutes=TurnMinutes(*turn_minutes),
    )
    likelihood = LikelihoodOptions(type_weights, half_life_days, window)
    if likelihood != EVERYTHING_ALIKE and area is None:
        raise InvalidArgument("--area", "Expected --area with --type-weight, --half-life-days or --window.")
    if streets is not None and (network is not None or area is not None):
        raise InvalidArgument("--streets", "Expected one of --streets, --network and --area.")
    if incidents is not None and streets is None:
        raise InvalidArgument("--incidents", "Expected --streets with it; networks and areas have their own incidents.")
    prepare_files({"--out": out, "--gpx": gpx})
    imported = _imported(streets, Profile(profile), clip, clip_feature)
    if imported is not None:
        survey = _survey_of_files(imported, incidents)
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
    write_summary = summary_json if as_json else summary_text
    click.echo(write_summary(survey, planned, quality, out))


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
    prepare_files({"--curve": curve})
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


def _imported(
    streets: Path | None, profile: Profile, clip: Path | None, clip_feature: str | None
) -> ImportedStreets | None:
    if (streets is None and clip is not None) or (clip is None and clip_feature is not None):
        raise InvalidArgument("--clip", "Expected --clip with --streets, and --clip-feature with --clip.")
    if streets is None:
        return None
    return import_streets(streets, profile, None if clip is None else read_clip(clip, clip_feature))


def _survey_of_files(imported: ImportedStreets, incidents: Path | None) -> Survey:
    if incidents is None:
        raise InvalidArgument("--incidents", "Expected a file of incidents beside the file of streets.")
    survey = survey_network(imported.network, read_incident_points(incidents))
    return replace(survey, exclusions=imported.exclusions)


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
