"""What scenarios of an area are drawn from at a given time."""

from datetime import datetime

from services.predictor.area_store import AreaSnapshot
from services.predictor.call_tables import call_tables
from services.predictor.dispersion import CountDispersion
from services.predictor.past_places import PastPlaces, Placement
from services.predictor.prediction import known_incidents
from services.predictor.scenarios import CallSource


def call_source(
    snapshot: AreaSnapshot, known_until: datetime, dispersion: CountDispersion, placement: Placement
) -> CallSource:
    """Return what calls are drawn from when incidents at or after `known_until` must not be looked at.

    They are places, types, priorities, cars and on-scene minutes; `known_until` is the time of asking less the model's
    reporting delay (`known_time`).
    """
    known = known_incidents(snapshot.incidents, known_until)
    places = (
        snapshot.places
        if placement is Placement.UNIFORM
        else PastPlaces(snapshot.area, known, snapshot.places, snapshot.sector_map)
    )
    return CallSource(snapshot.area, places, call_tables(snapshot.area, known), dispersion)
