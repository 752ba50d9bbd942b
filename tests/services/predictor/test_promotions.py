import shutil
import threading
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.model_store import ModelStore
from services.predictor.promotions import Action, Decision, PromotionLog
from serving.errors import FailedPrecondition, NotFound
from tests.services.predictor.fakes import card_for
from tests.services.predictor.test_serving_list import read_list

ANNA = Decision("anna", "lower deviance")


def _write(folder):
    (folder / "saved_model.pb").write_bytes(b"graph")


@pytest.fixture(name="models")
def three_versions(imported, tmp_path):
    models = ModelStore(tmp_path)
    for month in (4, 5, 6):
        card = card_for(imported.area, date(2015, 3, 1), create_time=datetime(2015, month, 1, tzinfo=UTC))
        models.publish(card, _write)
    return models


def name(version):
    return f"models/small-town/versions/{version}"


def test_promote_and_roll_back(models, imported, tmp_path):
    assert models.promoted(imported.area) is None
    assert models.promote(name(1), ANNA).replaced_version == 0
    models.promote(name(3), Decision("ben", ""))
    assert models.promoted(imported.area).version == 3
    assert models.roll_back(name(3), ANNA).version == 1
    assert models.promoted(imported.area).version == 1
    entries = models.promotions(models.get(name(2)))
    assert [(entry.action, entry.version, entry.replaced_version, entry.decision.decided_by) for entry in entries] == [
        (Action.PROMOTE, 1, 0, "anna"),
        (Action.PROMOTE, 3, 1, "ben"),
        (Action.ROLL_BACK, 1, 3, "anna"),
    ]
    assert entries[0].time <= entries[1].time <= entries[2].time


def test_the_serving_list_labels_the_promoted_version(models, tmp_path):
    models.promote(name(2), ANNA)
    (entry,) = read_list(tmp_path).model_config_list.config
    assert dict(entry.version_labels) == {"promoted": 2}
    models.promote(name(3), ANNA)
    models.roll_back(name(3), ANNA)
    assert dict(read_list(tmp_path).model_config_list.config[0].version_labels) == {"promoted": 2}


def test_repeated_decisions_are_answered_once(models):
    first = models.promote(name(1), ANNA)
    assert models.promote(name(1), Decision("ben", "again")) == first
    models.promote(name(2), ANNA)
    back = models.roll_back(name(2), ANNA)
    assert models.roll_back(name(2), ANNA) == back
    assert len(models.promotions(models.get(name(1)))) == 3


def test_what_cannot_be_rolled_back(models):
    with pytest.raises(FailedPrecondition, match="Version 1 is not the promoted one; none is"):
        models.roll_back(name(1), ANNA)
    models.promote(name(2), ANNA)
    with pytest.raises(FailedPrecondition, match="version 2 is"):
        models.roll_back(name(1), ANNA)
    with pytest.raises(FailedPrecondition, match="No version was promoted before version 2"):
        models.roll_back(name(2), ANNA)
    for decide in (models.promote, models.roll_back):
        with pytest.raises(NotFound):
            decide(name(9), ANNA)


def test_a_rollback_passes_over_versions_that_were_removed(models, imported, tmp_path):
    for version in (1, 2, 3):
        models.promote(name(version), ANNA)
    shutil.rmtree(tmp_path / "small-town" / "2")
    assert models.roll_back(name(3), ANNA).version == 1
    assert models.promoted(imported.area).version == 1
    models.promote(name(3), ANNA)
    assert models.roll_back(name(3), ANNA).version == 1


def test_a_rollback_to_nothing_that_is_stored_is_refused(models, imported, tmp_path):
    models.promote(name(1), ANNA)
    models.promote(name(2), ANNA)
    shutil.rmtree(tmp_path / "small-town" / "1")
    with pytest.raises(FailedPrecondition, match=r"before version 2 that is still stored \(removed: 1\)"):
        models.roll_back(name(2), ANNA)
    assert models.preferred(imported.area)[0].version == 2
    assert models.promoted(imported.area).version == 2


def test_the_promotion_of_a_removed_version_can_be_taken_back(models, imported, tmp_path):
    models.promote(name(1), ANNA)
    models.promote(name(2), ANNA)
    shutil.rmtree(tmp_path / "small-town" / "2")
    assert models.promoted(imported.area) is None
    assert models.roll_back(name(2), ANNA).version == 1
    assert models.promoted(imported.area).version == 1
    for unknown in ("models/../versions/1", "models/small-town/versions/x", "small-town"):
        with pytest.raises(NotFound):
            models.roll_back(unknown, ANNA)


def test_a_removed_version_has_no_label_and_its_number_is_not_given_again(models, imported, tmp_path):
    models.promote(name(3), ANNA)
    shutil.rmtree(tmp_path / "small-town" / "3")
    fourth = models.publish(card_for(imported.area, date(2015, 3, 1)), _write)
    assert (fourth.version, models.promoted(imported.area)) == (4, None)
    assert dict(read_list(tmp_path).model_config_list.config[0].version_labels) == {}
    shutil.rmtree(tmp_path / "small-town" / "4")
    assert models.publish(card_for(imported.area, date(2015, 3, 1)), _write).version == 5


def test_many_deciders_lose_no_line(models, tmp_path):
    decisions = [(version, Decision(f"person {k}", "")) for k, version in enumerate([1, 2, 3] * 6)]
    log = PromotionLog(tmp_path / "small-town")
    threads = [threading.Thread(target=log.promote, args=decision) for decision in decisions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = log.entries()
    assert entries[0].replaced_version == 0
    assert [entry.replaced_version for entry in entries[1:]] == [entry.version for entry in entries[:-1]]


@settings(deadline=None)
@given(steps=st.lists(st.integers(0, 3), max_size=25))
def test_a_log_is_a_stack(steps, tmp_path_factory):
    """Promotions push, rollbacks pop: the same as a plain list, whatever the order."""
    folder = tmp_path_factory.mktemp("model")
    for version in (1, 2, 3):
        (folder / str(version)).mkdir()
    log, stack = PromotionLog(folder), []
    for step in steps:
        if step:
            log.promote(step, ANNA)
            if stack[-1:] != [step]:
                stack.append(step)
        elif len(stack) > 1:
            log.roll_back(stack.pop(), ANNA)
        assert log.promoted() == (stack[-1] if stack else None)
