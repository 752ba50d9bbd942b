import numpy as np
import pytest
from scipy.stats import kstest, lognorm

from services.predictor.area import Priority, ServiceType
from services.predictor.on_scene import draw_service_minutes


def _service(mu, sigma, maximum):
    return ServiceType("x", Priority.OTHER, 30.0, 1, mu, sigma, maximum)


def test_minutes_follow_the_truncated_lognormal(generator):
    drawn = draw_service_minutes(np.zeros(5000, dtype=np.int64), [_service(3.0, 1.0, 60.0)], generator)
    law = lognorm(s=1.0, scale=np.exp(3.0))
    assert kstest(drawn, lambda minutes: law.cdf(minutes) / law.cdf(60.0)).pvalue > 0.01
    assert drawn.max() <= 60.0
    assert drawn.min() > 0.0


def test_no_spread_is_a_constant(generator):
    drawn = draw_service_minutes(np.zeros(10, dtype=np.int64), [_service(3.0, 0.0, 240.0)], generator)
    assert drawn == pytest.approx(np.exp(3.0))
    cut = draw_service_minutes(np.zeros(10, dtype=np.int64), [_service(9.0, 0.0, 240.0)], generator)
    assert cut == pytest.approx(240.0)


def test_types_are_kept_apart(generator):
    services = [_service(1.0, 0.1, 240.0), _service(4.0, 0.1, 240.0)]
    types = np.array([0, 1, 0, 1])
    assert (draw_service_minutes(types, services, generator) > 20).tolist() == [False, True, False, True]
