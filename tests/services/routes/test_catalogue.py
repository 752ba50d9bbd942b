"""Networks by name and by sector."""

from datetime import date

import pytest

from officers.area.v1 import area_pb2
from services.routes.catalogue import NetworkCatalogue, SectorNetwork, ShippedNetwork
from services.routes.convert import area_from_bytes
from services.routes.testing import EMPTY_SECTOR, QUIET_SECTOR, SECTOR, store_area
from serving.artifacts import ArtifactStore
from serving.errors import FailedPrecondition, InvalidArgument, NotFound


@pytest.fixture
def store(tmp_path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path))


def catalogue_of(store: ArtifactStore) -> NetworkCatalogue:
    return NetworkCatalogue(store, area_from_bytes)


def test_a_sector_has_its_streets_and_the_incidents_up_to_the_end_of_training(store: ArtifactStore) -> None:
    survey = catalogue_of(store).survey(SectorNetwork(store_area(store), SECTOR))
    assert survey.network.name == SECTOR
    # 40 pieces of street, the two of each of the four corners joined
    assert (survey.network.segment_count, survey.network.excluded_segment_count) == (36, 0)
    assert (survey.incident_count, survey.excluded_incident_count) == (20, 0)
    assert survey.likelihood.max() == 1
    assert survey.network.lines[int(survey.likelihood.argmax())][:, 1].min() == pytest.approx(40.75, abs=1e-4)


def test_history_ends_at_local_midnight(store: ArtifactStore) -> None:
    area = store_area(store)
    for day, count in ((date(2020, 1, 2), 1), (date(2020, 2, 1), 30)):
        assert catalogue_of(store).survey(SectorNetwork(area, SECTOR, day)).incident_count == count


def test_networks_are_surveyed_once(store: ArtifactStore) -> None:
    catalogue, area = catalogue_of(store), store_area(store)
    assert catalogue.survey(SectorNetwork(area, SECTOR)) is catalogue.survey(SectorNetwork(area, SECTOR))
    assert catalogue.survey(ShippedNetwork("geodanet")).network.segment_count == 293


def test_unknown_networks_sectors_and_artifacts_are_not_found(store: ArtifactStore) -> None:
    catalogue, area = catalogue_of(store), store_area(store)
    for source in (ShippedNetwork("x"), SectorNetwork(area, "S9"), SectorNetwork("0" * 64, SECTOR)):
        with pytest.raises(NotFound):
            catalogue.survey(source)


def test_areas_without_roads_and_sectors_without_streets_or_incidents_are_refused(store: ArtifactStore) -> None:
    catalogue, area = catalogue_of(store), store_area(store)
    for source, reason in (
        (SectorNetwork(store_area(store, with_roads=False), SECTOR), "NO_ROADS"),
        (SectorNetwork(area, EMPTY_SECTOR), "NO_STREETS"),
        (SectorNetwork(area, QUIET_SECTOR), "NO_INCIDENTS"),
    ):
        with pytest.raises(FailedPrecondition) as caught:
            catalogue.survey(source)
        assert caught.value.reason == reason


@pytest.mark.parametrize("content", [b"\xff\xff\xff", b"", area_pb2.Area(name="Nowhere").SerializeToString()])
def test_artifacts_that_are_no_area_are_refused(store: ArtifactStore, content: bytes) -> None:
    with pytest.raises(InvalidArgument, match=r"sector\.area_artifact: Expected the artifact of a"):
        catalogue_of(store).survey(SectorNetwork(store.put(content), SECTOR))


@pytest.mark.parametrize(
    "geometry", ["", "{", '{"type": "Polygon", "coordinates": []}', '{"type": "Point", "coordinates": [1, 2]}']
)
def test_sectors_without_a_polygon_are_refused(store: ArtifactStore, geometry: str) -> None:
    area = area_pb2.Area.FromString(store.get(store_area(store)))
    area.sectors[0].geometry_geojson = geometry
    source = SectorNetwork(store.put(area.SerializeToString()), SECTOR)
    with pytest.raises(InvalidArgument, match="Expected sector 'S1' to have a valid polygon"):
        catalogue_of(store).survey(source)
