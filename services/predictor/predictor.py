"""What the predictor service does, behind one object: areas, models, predictions, calls."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from services.predictor.area_import import AreaImport, import_area
from services.predictor.area_store import AreaSnapshot, AreaStore
from services.predictor.call_counts import Sampling
from services.predictor.call_sources import call_source
from services.predictor.calls import Calls, CallSet, Span, calls_table, check_calls_table
from services.predictor.data_policy import LeaveOutRule
from services.predictor.drift import Drift, DriftLimits, check_drift
from services.predictor.evaluation import Evaluation, EvaluationOptions, evaluate
from services.predictor.frame_clock import FrameClock
from services.predictor.likely_set import MostLikelySet, most_likely_set
from services.predictor.matching import Window
from services.predictor.model_card import ModelCard
from services.predictor.model_client import ModelServer
from services.predictor.model_store import ModelStore
from services.predictor.past_places import Placement
from services.predictor.prediction import (
    Horizon,
    check_fit,
    check_model,
    choose_for_days,
    choose_model,
    known_incidents,
    known_time,
    predict_hours,
)
from services.predictor.promotions import Decision, Promotion
from services.predictor.recorded_calls import RecordOptions, coverage_notes, recorded_calls
from services.predictor.scenarios import IntensityMaps, sample_calls
from services.predictor.score_days import Period
from services.predictor.training import TrainingRequest, train
from services.predictor.training_set import Watch
from serving.artifacts import ArtifactStore
from serving.errors import Cancelled, InvalidArgument
from serving.work import Stop

LOCK_WAIT_SECONDS = 0.5


@dataclass(frozen=True)
class ForecastRequest:
    """What to predict; an empty `model` means the newest that may be used."""

    area_artifact: str
    model: str
    span: Span
    as_of_time: datetime


@dataclass(frozen=True)
class ScenarioOptions:
    """How many scenarios to draw, and how."""

    scenario_count: int
    seed: int
    sampling: Sampling = Sampling.INDEPENDENT
    placement: Placement = Placement.PAST_POINTS


@dataclass(frozen=True)
class Intensities:
    """Predicted maps and the model that made them; `values` has shape (n_hours, n_rows, n_columns)."""

    card: ModelCard
    start_time: datetime
    values: NDArray[np.float32]


class Predictor:
    """Everything behind `PredictorService`; holds no state but caches, and one training runs at a time."""

    def __init__(self, store: ArtifactStore, areas: AreaStore, models: ModelStore, server: ModelServer) -> None:
        self._store = store
        self._areas = areas
        self._models = models
        self._server = server
        self._training = threading.Lock()

    def import_area(self, source_artifact: str, further_rules: Sequence[LeaveOutRule] = ()) -> tuple[str, AreaImport]:
        """Import a zipped area directory; returns the snapshot's artifact with area and report."""
        imported = import_area(self._store.get(source_artifact), self._store, further_rules)
        return self._areas.put(imported.area), imported

    def train(self, request: TrainingRequest, report: Callable[[float, str], None], stop: Stop) -> ModelCard:
        """Train, or return the version that the same request has made before."""
        snapshot = self._areas.get(request.area_artifact)
        while not self._training.acquire(timeout=LOCK_WAIT_SECONDS):
            report(0.0, "waiting for another training to end")
            if stop():
                raise Cancelled("The training was stopped while it waited for another.")
        try:
            return train(snapshot.area, snapshot.incidents, request, self._models, Watch(report, stop))
        finally:
            self._training.release()

    def models(self, area_artifact: str) -> tuple[ModelCard, ...]:
        """Return stored models, newest first; only those that fit the area where one is given."""
        return self._models.fitting(self._areas.get(area_artifact).area) if area_artifact else self._models.cards()

    def promotions(self, card: ModelCard) -> tuple[Promotion, ...]:
        """Return all decisions about the versions of a card's model, oldest first."""
        return self._models.promotions(card)

    def promote(self, model: str, decision: Decision) -> Promotion:
        """Promote a version: requests that name no model use it."""
        return self._models.promote(model, decision)

    def roll_back(self, model: str, decision: Decision) -> Promotion:
        """Take the promotion of a version back."""
        return self._models.roll_back(model, decision)

    def check_drift(self, area_artifact: str, model: str, limits: DriftLimits, stop: Stop) -> tuple[ModelCard, Drift]:
        """Compare what was recorded in the last weeks with what a model predicts for them."""
        snapshot = self._areas.get(area_artifact)
        last_time = snapshot.incidents["time"].iloc[-1].to_pydatetime()
        card = self._card(snapshot, model, last_time)
        return card, check_drift(snapshot.area, snapshot.incidents, card, limits, self._server, stop)

    def evaluate(
        self, area_artifact: str, model: str, period: Period, options: EvaluationOptions, stop: Stop
    ) -> tuple[ModelCard, Evaluation]:
        """Score a model, the baselines and other models on days after its training."""
        snapshot = self._areas.get(area_artifact)
        area, preferred = snapshot.area, self._models.preferred
        # Days that a named model has seen are refused by field; without a name, the newest that has not seen them.
        card = self._models.get(model) if model else choose_for_days(preferred(area), area.time_zone, period.from_date)
        check_fit(card, snapshot.area)
        watch = Watch(lambda _fraction, _message: None, stop)
        return card, evaluate(snapshot, card, period, options, self._server, watch)

    def predict_whole_hours(self, request: ForecastRequest, stop: Stop) -> Intensities:
        """Predict the hours of a span that starts on the full hour, local time.

        Raises
        ------
        InvalidArgument
            It does not.
        """
        snapshot = self._areas.get(request.area_artifact)
        clock, start_time = FrameClock.of_zone(snapshot.area.time_zone), request.span.start_time
        if clock.start_time(clock.frame(start_time)) != start_time:
            raise InvalidArgument("start_time", "Expected a full hour, local time.")
        return self._predict(snapshot, self._card(snapshot, request.model, request.as_of_time), request, stop)

    def most_likely(self, request: ForecastRequest, window: Window, stop: Stop) -> tuple[Intensities, MostLikelySet]:
        """Choose the most likely set of whole hours, for display and F1 only."""
        intensities = self.predict_whole_hours(request, stop)
        snapshot = self._areas.get(request.area_artifact)
        known = known_incidents(snapshot.incidents, known_time(intensities.card.spec, request.as_of_time))
        maps = IntensityMaps(intensities.start_time, intensities.values)
        return intensities, most_likely_set(snapshot.area, known, maps, window)

    def sample(self, request: ForecastRequest, options: ScenarioOptions, key: str, stop: Stop) -> CallSet:
        """Draw scenarios and store them; the same request (by `key`) with the same model is answered once.

        A model is known by its version and when it was made: versions count anew where stored models were removed.
        """
        snapshot = self._areas.get(request.area_artifact)
        card = self._card(snapshot, request.model, request.as_of_time)

        def draw() -> Calls:
            intensities = self._predict(snapshot, card, request, stop)
            maps = IntensityMaps(intensities.start_time, intensities.values)
            known_until = known_time(card.spec, request.as_of_time)
            source = call_source(snapshot, known_until, card.dispersion, options.placement)
            return sample_calls(source, maps, request.span, options.scenario_count, options.seed, options.sampling)

        answer_key = _key(key, card.resource_name, card.create_time.isoformat())
        count, seed = options.scenario_count, options.seed
        return self._call_set(answer_key, draw, request.span, count, card.resource_name, seed)

    def recorded(
        self, area_artifact: str, span: Span, options: RecordOptions, key: str
    ) -> tuple[CallSet, tuple[str, ...]]:
        """Store the calls recorded in a span as one scenario; also returns why calls may be missing."""
        snapshot = self._areas.get(area_artifact)
        call_set = self._call_set(
            key, lambda: recorded_calls(snapshot.area, snapshot.incidents, span, options), span, 1, "", options.seed
        )
        return call_set, coverage_notes(snapshot.area, snapshot.incidents, span)

    def calls(self, artifact: str) -> pa.Table:
        """Return a stored call set. Raises NotFound, or InvalidArgument where the artifact is something else."""
        try:
            table = self._store.get_table(artifact)
        except pa.ArrowInvalid as error:
            raise InvalidArgument("artifact", "Expected a call set.") from error
        check_calls_table(table)
        return table

    def _card(self, snapshot: AreaSnapshot, model: str, as_of_time: datetime) -> ModelCard:
        """Return the named model, else the preferred one; it has seen nothing that is not known at `as_of_time`."""
        if not model:
            return choose_model(self._models.preferred(snapshot.area), snapshot.area.time_zone, as_of_time)
        card = self._models.get(model)
        check_model(card, snapshot.area, as_of_time)
        return card

    def _predict(self, snapshot: AreaSnapshot, card: ModelCard, request: ForecastRequest, stop: Stop) -> Intensities:
        clock, span = FrameClock.of_zone(snapshot.area.time_zone), request.span
        if request.as_of_time > span.start_time:
            raise InvalidArgument("as_of_time", "Expected a time not after start_time.")
        first_hour = clock.frame(span.start_time)
        last_hour = clock.frame(span.start_time + timedelta(minutes=span.minutes) - timedelta(microseconds=1))
        start_time = clock.start_time(first_hour)
        horizon = Horizon(start_time, last_hour - first_hour + 1, request.as_of_time)
        values = predict_hours(snapshot.area, snapshot.incidents, card, horizon, self._server, stop)
        return Intensities(card, start_time, values)

    def _call_set(
        self, key: str, make: Callable[[], Calls], span: Span, scenario_count: int, model: str, seed: int
    ) -> CallSet:
        """Return the remembered call set of a request, or make, store and remember it."""
        artifact = self._store.recall(key)
        if artifact is None:
            artifact = self._store.put_table(calls_table(make(), span, scenario_count))
            self._store.remember(key, artifact)
        call_count = self._store.get_table(artifact).num_rows
        return CallSet(artifact, span, scenario_count, call_count, model, seed)


def _key(*parts: str) -> str:
    """Join a request key with what else its answer depends on."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
