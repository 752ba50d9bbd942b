"""Routes as GPX 1.1, for navigation devices."""

from collections.abc import Sequence

import gpxpy.gpx

from services.routes.planning import PlanOptions, Route
from services.routes.survey import Survey


def routes_gpx(survey: Survey, options: PlanOptions, routes: Sequence[Route]) -> str:
    """Return one track per route, with its turn list as description."""
    document = gpxpy.gpx.GPX()
    document.creator = "OFFICERS"
    document.name = f"Patrol routes in {survey.network.name}, seed {options.seed}"
    for number, route in enumerate(routes, start=1):
        track = gpxpy.gpx.GPXTrack(name=f"Route {number}")
        track.description = "; ".join(stretch.text for stretch in route.turns)
        points = [gpxpy.gpx.GPXTrackPoint(latitude, longitude) for longitude, latitude in route.line.tolist()]
        track.segments.append(gpxpy.gpx.GPXTrackSegment(points))
        document.tracks.append(track)
    return str(document.to_xml(version="1.1")) + "\n"
