"""An area as the predictor works on it, for commands that do without the running service."""

from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_import import import_area
from services.predictor.area_store import AreaSnapshot, AreaStore
from serving.artifacts import ArtifactStore


def imported_area(archive: bytes, store: ArtifactStore) -> AreaSnapshot:
    """Import a zipped area directory and read it back as the service does, with its conditions.

    Raises
    ------
    InvalidArgument
        The area directory cannot be used.
    """
    areas = AreaStore(store, area_bytes, parse_area)
    return areas.get(areas.put(import_area(archive, store).area))
