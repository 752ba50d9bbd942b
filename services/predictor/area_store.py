"""Area snapshots in the artifact store, with what is derived from them kept in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import pandas as pd

from services.predictor.area import Area
from services.predictor.conditions import Conditions
from services.predictor.placement import PlaceTable
from services.predictor.sector_map import SectorMap
from serving.artifacts import ArtifactStore

AREAS_IN_MEMORY = 4


@dataclass(frozen=True)
class AreaSnapshot:
    """An area with its incidents, sorted by time."""

    artifact: str
    area: Area
    incidents: pd.DataFrame

    @cached_property
    def sector_map(self) -> SectorMap:
        """The sectors' polygons."""
        return SectorMap.of(self.area.sectors)

    @cached_property
    def places(self) -> PlaceTable:
        """Where calls of each cell may be."""
        return PlaceTable.of_cells(self.area.grid, self.sector_map.geometries)


class AreaStore:
    """Reads and writes snapshots.

    Parameters
    ----------
    store : the artifact store.
    to_bytes, from_bytes : the serialised form of an area; `from_bytes` raises InvalidArgument on anything else.
    """

    def __init__(
        self, store: ArtifactStore, to_bytes: Callable[[Area], bytes], from_bytes: Callable[[bytes], Area]
    ) -> None:
        self._store = store
        self._to_bytes = to_bytes
        self._from_bytes = from_bytes
        self._read = lru_cache(maxsize=AREAS_IN_MEMORY)(self._load)

    def put(self, area: Area) -> str:
        """Store an area and return its artifact."""
        return self._store.put(self._to_bytes(area))

    def get(self, artifact: str) -> AreaSnapshot:
        """Return a snapshot; the last few are kept in memory.

        Raises
        ------
        NotFound
            There is no such artifact.
        InvalidArgument
            The artifact is no area.
        """
        return self._read(artifact)

    def _load(self, artifact: str) -> AreaSnapshot:
        area = self._from_bytes(self._store.get(artifact))
        if area.conditions_artifact:
            area = replace(area, conditions=Conditions.of_table(self._store.get_table(area.conditions_artifact)))
        return AreaSnapshot(artifact, area, self._store.get_table(area.incidents_artifact).to_pandas())
