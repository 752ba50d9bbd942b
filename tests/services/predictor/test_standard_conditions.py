"""What models take conditions for, and that every model that can be published bears unknown ones."""

from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_import import import_area
from services.predictor.area_store import AreaStore
from services.predictor.calendar_features import EXTERNAL_FEATURES
from services.predictor.models import load_model
from services.predictor.residual_network import FittedNetwork
from services.predictor.saved_model import SIGNATURE, write_saved_model
from services.predictor.served_models import ServedModels
from services.predictor.standard_conditions import (
    LARGEST_DEVIATIONS,
    ConditionScales,
    condition_scales,
    standard_conditions,
)
from services.predictor.training_set import training_set
from tests.services.predictor.fakes import QUIET, SMALL_SPEC
from tests.services.predictor.small_area import SmallArea

MODELS = ("log_linear", "boosted", "st_resnet", "st_resnet_poisson")
"""Those that look at conditions."""
CALENDAR = np.linspace(-1, 1, len(EXTERNAL_FEATURES))


def standardised(scales, values, unknown):
    """What the layer makes of one frame: values, then flags."""
    external = np.concatenate([CALENDAR, values, unknown]).astype(np.float32)[None]
    found = np.asarray(standard_conditions(scales)(external))[0]
    np.testing.assert_allclose(found[: len(CALENDAR)], CALENDAR, rtol=1e-6)
    return np.split(found[len(CALENDAR) :], 2)


def test_unknown_values_are_the_mean_and_none_lies_beyond_what_training_saw(generator):
    values = np.column_stack([generator.normal(60, 8, 500), np.full(500, 7.0), generator.random(500) < 0.001])
    unknown = np.zeros(values.shape, dtype=bool)
    unknown[:100, 0] = True
    values[unknown] = 0
    scales = ConditionScales.of_values(values, unknown, 48)
    known = values[100:, 0]
    assert scales.flagged == (1.0, 0.0, 0.0)
    found, flags = standardised(scales, [known[0], 7.0, 0.0], [0, 0, 0])
    np.testing.assert_allclose(found[:2], [(known[0] - known.mean()) / known.std(), 0.0], rtol=1e-4)
    np.testing.assert_array_equal(flags, [0, 0, 0])
    found, flags = standardised(scales, [0, 0, 0], [1, 1, 1])
    np.testing.assert_array_equal(found, [0, 0, 0])
    np.testing.assert_array_equal(flags, [1, 0, 0])
    for extreme in (3e38, -3e38):
        found, _ = standardised(scales, [extreme, extreme, extreme], [0, 0, 0])
        edge = known.max() if extreme > 0 else known.min()
        np.testing.assert_allclose(found[0], (edge - known.mean()) / known.std(), rtol=1e-4)
        assert found[1] == 0
        assert abs(found[2]) <= LARGEST_DEVIATIONS + 1e-4


def test_what_is_known_of_too_few_frames_tells_nothing():
    values, unknown = np.zeros((200, 1)), np.ones((200, 1), dtype=bool)
    values[:47, 0], unknown[:47, 0] = np.arange(47), False
    few = ConditionScales.of_values(values, unknown, 48)
    assert [part.tolist() for part in standardised(few, [40.0], [0])] == [[0], [0]]
    values[47, 0], unknown[47, 0] = 47, False
    enough = ConditionScales.of_values(values, unknown, 48)
    assert standardised(enough, [40.0], [0])[0][0] > 0
    assert standardised(enough, [40.0], [1])[1].tolist() == [1]


def test_without_conditions_nothing_changes(training):
    layer = standard_conditions(condition_scales(training))
    external = np.arange(2.0 * len(EXTERNAL_FEATURES), dtype=np.float32).reshape(2, -1)
    np.testing.assert_array_equal(np.asarray(layer(external)), external)


@pytest.fixture(scope="module", name="warm")
def training_with_temperatures(session_store):
    """Warm days bring more calls; temperatures of about 60 °F are known of every hour of training and none later."""
    area, generator = SmallArea(), np.random.default_rng(0)
    area.toml = area.toml.replace("[sectors]", '[conditions]\nfile = "weather.csv"\n[sectors]')
    hours = pd.date_range("2015-01-01 05:00", "2015-03-13 03:00", freq="h", tz="UTC")
    of_day = generator.normal(60, 8, len(hours) // 24 + 1)
    values = of_day[np.arange(len(hours)) // 24] + 8 * np.sin(2 * np.pi * (hours.hour - 15) / 24)
    lines = [f"{hour.isoformat()},{value:.1f}" for hour, value in zip(hours, values, strict=True)]
    area.more = {"weather.csv": "\n".join(["time,temperature_f", *lines]).encode()}
    days = (pd.to_datetime(area.rows["time"]).dt.normalize() - pd.Timestamp("2015-01-01")).dt.days.to_numpy()
    warmth = np.where(days < len(of_day), of_day[np.minimum(days, len(of_day) - 1)], 60.0)
    area.rows = area.rows[generator.random(len(area.rows)) < np.clip(np.exp(0.02 * (warmth - 70)), 0, 1)]
    areas = AreaStore(session_store, area_bytes, parse_area)
    snapshot = areas.get(areas.put(import_area(area.zipped(), session_store).area))
    spec = replace(SMALL_SPEC, train_days=70, filters=8, max_epochs=4)
    return training_set(snapshot.area, snapshot.incidents, spec, 1, snapshot.area.train_until_date)


@pytest.fixture(scope="module", name="days")
def inputs_of_two_days(warm):
    """Two days of validation: at 60 °F, unknown as where the file has ended, and far beyond anything seen."""
    inputs = warm.reader.read(warm.frames, warm.validation_frames[:48])

    def with_condition(value, unknown):
        external = inputs.external.copy()
        external[:, -2:] = value, unknown
        return replace(inputs, external=external)

    return with_condition(60, 0), with_condition(0, 1), with_condition(-4e7, 0)


@pytest.mark.parametrize("name", MODELS)
def test_an_unknown_condition_counts_as_the_mean_of_training(name, warm, days, tmp_path):
    model = warm.fits.setdefault(name, load_model(name).fit(warm, QUIET))
    known, unknown, wild = (model.predict(inputs) for inputs in days)
    assert unknown.sum() == pytest.approx(known.sum(), rel=0.05)
    assert 0.3 * known.sum() < wild.sum() < 3 * known.sum()
    folder = tmp_path / "small-town" / "1"
    folder.mkdir(parents=True)
    write_saved_model(model, folder)
    for inputs, expected in zip(days, (known, unknown, wild), strict=True):
        served = ServedModels(tmp_path).get("small-town", 1).run(SIGNATURE, inputs.named(model.input_names))
        np.testing.assert_allclose(served["intensity"], expected, rtol=1e-5)
    again = keras.models.model_from_json(model.keras_model.to_json())
    again.set_weights(model.keras_model.get_weights())
    np.testing.assert_allclose(FittedNetwork(again).predict(days[1]), unknown, rtol=1e-5)
