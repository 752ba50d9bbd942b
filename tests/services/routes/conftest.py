"""The default network, surveyed once."""

import pytest

from services.routes.catalogue import NetworkCatalogue, ShippedNetwork
from services.routes.convert import area_from_bytes
from services.routes.survey import Survey
from serving.artifacts import ArtifactStore


@pytest.fixture(scope="session")
def geodanet() -> Survey:
    return NetworkCatalogue(ArtifactStore("memory://geodanet"), area_from_bytes).survey(ShippedNetwork("geodanet"))
