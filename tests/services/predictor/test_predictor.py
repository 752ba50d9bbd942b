from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_store import AreaStore
from services.predictor.calls import Span
from services.predictor.model_card import ModelCard
from services.predictor.predictor import ForecastRequest, Predictor, ScenarioOptions
from serving.work import never_stop
from tests.services.predictor.fakes import EchoServer, card_for

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
