"""Starts the routes service: ``python -m services.routes``."""

from functools import partial

from services.routes.catalogue import NetworkCatalogue
from services.routes.convert import area_from_bytes
from services.routes.servicer import register
from services.routes.settings import RoutesSettings
from serving.artifacts import ArtifactStore
from serving.server import run
from serving.settings import read_settings


def main() -> None:
    """Read the settings, build the service and serve until SIGTERM."""
    settings = read_settings(RoutesSettings)
    catalogue = NetworkCatalogue(ArtifactStore(settings.artifact_url), area_from_bytes)
    run(settings, partial(register, catalogue=catalogue))


if __name__ == "__main__":
    main()
