from dataclasses import replace

import numpy as np
import pytest

from services.predictor.area import Priority
from services.predictor.call_tables import PSEUDO_CALLS, call_tables, target_minutes


@pytest.fixture
def recorded(incidents):
    """The incidents with what each call took: thefts at night are urgent, fights need two or three cars."""
    generator = np.random.default_rng(1)
    night = incidents["time"].dt.tz_convert("America/New_York").dt.hour.to_numpy() < 6
    fight = (incidents["type"] == "fight").to_numpy()
    cars = np.where(fight, generator.choice([2.0, 3.0], len(incidents), p=[0.25, 0.75]), 1.0)
    return incidents.assign(
        priority=np.where(fight | night, "urgent", "other"),
        cars_required=cars,
        service_minutes=np.exp(generator.normal(np.where(fight, 4.0, 2.0), 0.5)),
    )


def test_without_records_the_services_table_stands(imported, incidents, generator):
    tables = call_tables(imported.area, incidents)
    services = imported.area.service_types
    for position, service in enumerate(services):
        assert (tables.urgent_shares[:, position] == (service.priority is Priority.URGENT)).all()
        np.testing.assert_allclose(tables.log_minutes[:, position], service.lognormal_mu)
        assert tables.log_spread[position] == pytest.approx(service.lognormal_sigma)
    needs = tables.draw_needs(np.array([0, 1]), np.array([3, 3]), generator)
    assert needs.cars_required.tolist() == [service.cars_required for service in services]


def test_records_outweigh_the_table_as_they_grow_in_number(imported, recorded):
    tables = call_tables(imported.area, recorded)
    fights = (recorded["type"] == "fight").sum()
    expected = 0.75 * fights / (fights + PSEUDO_CALLS)
    assert tables.car_shares[0] == pytest.approx([0, 1 - expected, expected], abs=0.04)
    assert tables.log_spread[0] == pytest.approx(0.5, abs=0.2)
    assert tables.log_minutes[:, 1].mean() == pytest.approx(2.0, abs=0.1)


def test_hours_differ_where_records_suffice(imported, recorded):
    urgent = call_tables(imported.area, recorded).urgent_shares[:, 1]
    assert urgent[:6].min() > 0.35
    assert urgent[6:].max() < 0.2


def test_needs_follow_the_shares(imported, recorded, generator):
    tables = call_tables(imported.area, recorded)
    types, hours = np.zeros(40_000, dtype=np.int64), np.full(40_000, 14)
    needs = tables.draw_needs(types, hours, generator)
    counts = np.bincount(needs.cars_required, minlength=4)[1:] / len(types)
    np.testing.assert_allclose(counts, tables.car_shares[0], atol=0.01)
    assert needs.urgent.mean() == pytest.approx(tables.urgent_shares[14, 0], abs=0.01)
    assert np.log(needs.service_minutes).mean() == pytest.approx(tables.log_minutes[14, 0], abs=0.05)
    assert needs.service_minutes.max() <= imported.area.service_types[0].maximum_minutes


def test_a_call_of_unusual_priority_has_the_usual_target_of_it(imported):
    services = tuple(replace(service, target_minutes=7.0) for service in imported.area.service_types)
    urgent = np.array([True, False, True, False])
    assert target_minutes(np.array([0, 0, 1, 1]), urgent, services).tolist() == [7.0, 30.0, 15.0, 7.0]
