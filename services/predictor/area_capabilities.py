"""What calls of an area may ask of a car, such as "ambulance" or "ladder"."""

from collections.abc import Sequence

import pandas as pd

from services.predictor.area import ServiceType
from serving.errors import InvalidArgument

MAXIMUM_CAPABILITIES = 31
"""The dispatch simulator keeps a bit for each."""


def area_capabilities(services: Sequence[ServiceType], rows: pd.DataFrame) -> tuple[str, ...]:
    """Return what calls ask of cars, sorted.

    Raises
    ------
    InvalidArgument
        There are more than 31.
    """
    recorded = {str(name) for name in rows["capability"].dropna().unique()}
    names = tuple(sorted(recorded | {service.capability for service in services if service.capability}))
    if len(names) > MAXIMUM_CAPABILITIES:
        expected = f"at most {MAXIMUM_CAPABILITIES} different capabilities in the incidents and the services table"
        raise InvalidArgument("incidents.columns.capability", f"Expected {expected}, got {len(names)}.")
    return names
