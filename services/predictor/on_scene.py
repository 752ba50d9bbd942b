"""On-scene minutes: lognormal per type, truncated at the type's maximum."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from services.predictor.area import ServiceType


def draw_service_minutes(
    types: NDArray[np.int64], services: Sequence[ServiceType], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Draw on-scene minutes as the services table says.

    Parameters
    ----------
    types : position of the type of each call in `services`, shape (n,).

    Returns
    -------
    Minutes, shape (n,), in (0, maximum_minutes].
    """
    mu = np.array([service.lognormal_mu for service in services])[types]
    sigma = np.array([service.lognormal_sigma for service in services])[types]
    maximum = np.array([service.maximum_minutes for service in services])[types]
    return draw_truncated_lognormal(mu, sigma, maximum, generator)


def draw_truncated_lognormal(
    mu: NDArray[np.float64], sigma: NDArray[np.float64], maximum: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Draw lognormal minutes in (0, maximum] by inverting the truncated distribution function.

    Parameters
    ----------
    mu, sigma : mean and standard deviation of the logarithm of minutes, shape (n,).
    """
    spread = np.where(sigma > 0, sigma, 1.0)
    highest = ndtr((np.log(maximum) - mu) / spread)
    quantiles = (1.0 - generator.random(len(mu))) * highest
    minutes = np.exp(mu + sigma * ndtri(quantiles))
    return np.asarray(np.clip(minutes, np.finfo(float).tiny, maximum))
