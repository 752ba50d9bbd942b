"""What scenarios of an area are drawn from at a given time."""

from datetime import datetime

from services.predictor.area_store import AreaSnapshot
from services.predictor.call_tables import call_tables
from services.predictor.dispersion import CountDispersion
from services.predictor.past_places import PastPlaces, Placement
from services.predictor.prediction import known_incidents
from services.predictor.scenarios import CallSource


def call_source(
    snapshot: AreaSnapshot, as_of_time: datetime, dispersion: CountDispersion, placement: Placement
) -> CallSource:
    """Return what calls are drawn from when incidents at or after `as_of_time` must not be looked at."""
    known = known_incidents(snapshot.incidents, as_of_time)
    places = (
        snapshot.places
        if placement is Placement.UNIFORM
        else PastPlaces(snapshot.area, known, snapshot.places, snapshot.sector_map)
    )
    return CallSource(snapshot.area, places, call_tables(snapshot.area, known), dispersion)
