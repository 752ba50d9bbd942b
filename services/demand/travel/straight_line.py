"""What a kilometre of straight line takes, for cars that are somewhere on their way."""

import numpy as np

from services.demand.arrays import FloatArray

NEAREST = 3
"""A car that is sent to a place mostly comes from about as far as one of so many sectors around it: of one to six, this
gave the least bias and the best choices in ``python -m benchmarks moving_cars``."""


def minutes_per_km(minutes: FloatArray, apart_km: FloatArray) -> float:
    """Return the minutes per km that are right on the whole for drives to places from the sectors nearest to them.

    Driving takes more minutes per km of straight line the shorter the way. Over all drives of an area the figure is
    therefore too low for those that cars are sent on; over the sectors nearest to each place it is not.

    Parameters
    ----------
    minutes, apart_km
        Shape (n_sectors, n_places): of the drive from each sector's centre to each place, infinite where there is none.

    Returns
    -------
    Sum of minutes over sum of kilometres; 0 where no drive covers any distance.
    """
    nearest = np.argsort(np.where(np.isfinite(minutes), apart_km, np.inf), axis=0, kind="stable")[:NEAREST]
    near_minutes, near_km = (np.take_along_axis(values, nearest, axis=0) for values in (minutes, apart_km))
    counted = np.isfinite(near_minutes)
    kilometres = float(near_km[counted].sum())
    return float(near_minutes[counted].sum()) / kilometres if kilometres else 0.0
