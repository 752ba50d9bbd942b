from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_store import AreaSnapshot, AreaStore
from services.predictor.calls import Span
from services.predictor.matching import Window
from services.predictor.model_card import ModelCard
from services.predictor.predictor import ForecastRequest, Predictor, ScenarioOptions
from serving.artifacts import ArtifactStore
from serving.work import never_stop
from tests.services.predictor.fakes import SMALL_SPEC, EchoServer, card_for

START_TIME = datetime(2015, 3, 13, 12, tzinfo=UTC)


@dataclass
class OneModel:
    """A model store with one model."""

    card: ModelCard

    def preferred(self, _area):
        return (self.card,)


class BusyServer(EchoServer):
    def predict(self, card, inputs):
        return 5 * super().predict(card, inputs)


def test_another_model_of_the_same_version_draws_its_own_scenarios(imported, session_store):
    areas = AreaStore(session_store, area_bytes, parse_area)
    request = ForecastRequest(areas.put(imported.area), "", Span(START_TIME, 480), START_TIME)
    first = card_for(imported.area, date(2015, 3, 12))
    again = replace(first, create_time=first.create_time + timedelta(days=1))

    def sample(card, server):
        return Predictor(session_store, areas, OneModel(card), server).sample(
            request, ScenarioOptions(20, 1), "key", never_stop
        )

    quiet, busy = sample(first, EchoServer()), sample(again, BusyServer())
    assert busy.call_count > 2 * quiet.call_count
    assert sample(first, BusyServer()).artifact == quiet.artifact  # answered once


@dataclass
class OneArea:
    """An area store with one area."""

    snapshot: AreaSnapshot

    def get(self, _artifact):
        return self.snapshot


def _with_other_last_day(incidents):
    """All incidents of the last 24 hours before the start as fights that take 200 minutes, at one place and minute."""
    late = (incidents["time"] >= START_TIME - timedelta(hours=24)) & (incidents["time"] < START_TIME)
    assert late.sum() > 5
    changed = incidents.copy()
    for name, value in (("type", "fight"), ("sector", "C"), ("service_minutes", 200.0), ("cars_required", 7)):
        changed.loc[late, name] = value
    point = changed[changed["sector"] == "C"].iloc[0]
    changed.loc[late, ["latitude", "longitude"]] = [point["latitude"], point["longitude"]]
    changed.loc[late, "time"] = changed.loc[late, "time"].dt.floor("h")
    return changed.sort_values("time", ignore_index=True)


@pytest.mark.parametrize(("delay_hours", "is_same"), [(24, True), (0, False)])
def test_what_is_not_reported_yet_shows_nowhere(imported, incidents, tmp_path, delay_hours, is_same):
    spec = replace(SMALL_SPEC, reporting_delay_hours=delay_hours)
    card = card_for(imported.area, date(2015, 3, 10), spec=spec)
    request = ForecastRequest("", "", Span(START_TIME, 480), START_TIME)
    answers = []
    for number, known in enumerate((incidents, _with_other_last_day(incidents))):
        areas = OneArea(AreaSnapshot("", imported.area, known))
        store = ArtifactStore(str(tmp_path / str(number)))
        predictor = Predictor(store, areas, OneModel(card), EchoServer())
        drawn = predictor.sample(request, ScenarioOptions(200, 1), "key", never_stop)
        _, likely = predictor.most_likely(request, Window(2000.0, 10.0), never_stop)
        answers.append((drawn.artifact, likely.minutes.tolist(), likely.latitudes.tolist()))
    for first, second in zip(*answers, strict=True):
        assert (first == second) is is_same
