import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.predictor.data_policy import DataPolicy, LeaveOutRule
from services.predictor.dispersion import CountDispersion
from services.predictor.model_card import ModelCard
from services.predictor.model_spec import ModelSpec
from services.predictor.model_store import ModelStore, model_name
from services.predictor.promotions import Decision
from serving.errors import InvalidArgument, NotFound
from tests.services.predictor.fakes import card_for

DAY = date(2015, 3, 1)


def _write(folder):
    (folder / "saved_model.pb").write_bytes(b"graph")


def test_cards_survive_json(imported):
    card = card_for(
        imported.area,
        DAY,
        spec=ModelSpec(models=("st_resnet", "low_rank"), filters=3),
        kind="low_rank",
        trained_from_date=date(2014, 1, 1),
        validated_from_date=date(2015, 2, 1),
        incident_count=7,
        limits=("It has seen 59 days.",),
        libraries=(("keras", "3.15.1"),),
        policy=DataPolicy((LeaveOutRule("found by patrols", reported_by="officer", from_date=DAY),), (12,)),
        dispersion=CountDispersion(0.1, 0.02, 0.3, 59),
    )
    assert ModelCard.from_json(card.to_json()) == card


def test_a_card_of_an_older_version_can_be_read(imported):
    values = json.loads(card_for(imported.area, DAY).to_json())
    for name in (
        "inputs",
        "kind",
        "trained_from_date",
        "validated_from_date",
        "incident_count",
        "limits",
        "libraries",
        "policy",
        "dispersion",
    ):
        del values[name]
    for name in ("frame_minutes", "reporting_delay_hours", "models", "budget_seconds"):
        del values["spec"][name]
    values["spec"]["output"] = "st_resnet_poisson"
    card = ModelCard.from_json(json.dumps(values))
    assert card == card_for(imported.area, DAY, kind="st_resnet_poisson")


def test_a_card_holds_its_figures(imported):
    card = card_for(imported.area, DAY)
    assert (card.metric("validation_rmse"), card.metric("shoe_size")) == (0.5, None)


def test_models_of_another_data_policy_do_not_fit(imported, tmp_path):
    models = ModelStore(tmp_path)
    models.publish(card_for(imported.area, DAY), _write)
    policy = DataPolicy((LeaveOutRule("found by patrols", reported_by="officer"),), (3,))
    area = replace(imported.area, policy=policy)
    assert models.fitting(area) == ()
    second = models.publish(card_for(imported.area, DAY, policy=policy), _write)
    assert models.fitting(area) == (second,)


def test_the_promoted_version_is_preferred(imported, tmp_path):
    models = ModelStore(tmp_path)
    cards = [
        models.publish(card_for(imported.area, DAY, create_time=datetime(2015, month, 1, tzinfo=UTC)), _write)
        for month in (4, 5, 6)
    ]
    assert models.preferred(imported.area) == tuple(reversed(cards))
    models.promote(cards[1].resource_name, Decision("anna", ""))
    assert models.preferred(imported.area) == (cards[1], cards[2], cards[0])
    other = replace(imported.area, grid=replace(imported.area.grid, row_count=9))
    assert (models.promoted(other), models.preferred(other)) == (None, ())


def test_versions_count_up_and_newest_come_first(imported, tmp_path):
    models = ModelStore(tmp_path / "models")
    assert models.cards() == ()
    first = models.publish(card_for(imported.area, DAY), _write)
    second = models.publish(card_for(imported.area, DAY, create_time=datetime(2015, 5, 1, tzinfo=UTC)), _write)
    assert (first.resource_name, second.version) == ("models/small-town/versions/1", 2)
    assert models.cards() == (second, first)
    assert models.get(first.resource_name) == first
    assert models.find_request("key") == second
    assert models.find_request("other") is None
    with pytest.raises(NotFound):
        models.get("models/small-town/versions/3")


def test_a_failing_write_leaves_nothing(imported, tmp_path):
    def fail(folder):
        _write(folder)
        raise OSError("disk full")

    models = ModelStore(tmp_path)
    with pytest.raises(OSError, match="disk full"):
        models.publish(card_for(imported.area, DAY), fail)
    assert models.cards() == ()
    assert list((tmp_path / "small-town").iterdir()) == []


def test_models_of_another_grid_do_not_fit(imported, tmp_path):
    models = ModelStore(tmp_path)
    card = models.publish(card_for(imported.area, DAY), _write)
    other = replace(imported.area, grid=replace(imported.area.grid, row_count=9))
    assert models.fitting(imported.area) == (card,)
    assert models.fitting(other) == ()
    assert models.fitting(replace(imported.area, name="Elsewhere")) == ()


def test_many_writers_get_different_versions(imported, tmp_path):
    models = ModelStore(tmp_path)
    threads = [threading.Thread(target=models.publish, args=(card_for(imported.area, DAY), _write)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(card.version for card in models.cards()) == list(range(1, 9))


@pytest.mark.parametrize(
    ("name", "slug"), [("Manhattan", "manhattan"), (" Bâle/Nord 2 ", "bâle-nord-2"), ("!", "area")]
)
def test_model_names(name, slug):
    assert model_name(name) == slug


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"filters": 0}, "spec.filters"),
        ({"closeness_frames": 169}, "spec.closeness_frames"),
        ({"residual_units": -1}, "spec.residual_units"),
        ({"train_days": 10, "validation_days": 10}, "spec.validation_days"),
    ],
)
def test_specs_are_checked(values, field):
    with pytest.raises(InvalidArgument) as caught:
        ModelSpec(**values)
    assert caught.value.violations[0].field == field
