"""Points on a plane."""

import numpy as np

from services.demand.arrays import FloatArray

KM_PER_DEGREE = 111.19508
"""Kilometres per degree of latitude on a sphere of the earth's mean radius."""


def plane_km(latitudes: FloatArray, longitudes: FloatArray, middle_latitude: float) -> FloatArray:
    """Return points on an equirectangular map that is true to scale at a latitude.

    Parameters
    ----------
    latitudes, longitudes
        Shape (n,), degrees; so is `middle_latitude`.

    Returns
    -------
    Shape (n, 2), kilometres east and north.
    """
    scale = float(np.cos(np.radians(middle_latitude)))
    return np.column_stack((longitudes * scale, latitudes)) * KM_PER_DEGREE
