"""One trial: fit a point of the space, and score it so that points of all resolutions can be compared."""

import time
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.features import FeatureReader
from services.predictor.model_spec import ModelSpec
from services.predictor.models import load_model
from services.predictor.scores import mean_poisson_deviance
from services.predictor.search.regrid import scaled_grid, spread
from services.predictor.search.space import FRAME_MINUTES, Point
from services.predictor.training_set import TrainingSet, Watch, area_calendar, training_set
from services.predictor.validation import predict_validation
from serving.errors import Cancelled, FailedPrecondition

PSEUDO_COUNT = 0.1


@dataclass(frozen=True)
class SearchData:
    """What every trial works on."""

    area: Area
    incidents: pd.DataFrame
    usual: ModelSpec
    seed: int


@dataclass(frozen=True)
class TrialResult:
    """What a trial came to.

    Attributes
    ----------
    deviance : mean Poisson deviance of the validation days on the finest grid and frame; None: there is none.
    seconds : of fitting and scoring.
    failure : why there is no deviance.
    """

    deviance: float | None
    seconds: float
    failure: str = ""


def run_trial(data: SearchData, point: Point, deadline_time: float) -> TrialResult:
    """Fit a point and score it on the validation days.

    Deviance per cell and frame depends on their size, so every point is scored on the area's own grid in the shortest
    frames: its intensities are spread evenly over the time of its frames and, inside its cells, as past incidents are
    (`regrid.spread`). A coarse model thus pays for what it cannot tell apart, and gains where fine detail is chance.

    Parameters
    ----------
    deadline_time : seconds since 1970 after which a fit that asks is ended.
    """
    started = time.monotonic()
    grid = scaled_grid(data.area.grid, point.cell_scale)
    area = replace(data.area, grid=grid)
    watch = Watch(lambda _fraction, _message: None, lambda: time.time() >= deadline_time)
    try:
        training = training_set(area, data.incidents, point.spec(data.usual), data.seed, data.area.train_until_date)
        predicted = predict_validation(training, load_model(point.model).fit(training, watch))
    except (Cancelled, FailedPrecondition) as error:
        return TrialResult(None, time.monotonic() - started, str(error))
    return TrialResult(_deviance(data, point, training, predicted), time.monotonic() - started)


def _deviance(data: SearchData, point: Point, training: TrainingSet, predicted: NDArray[np.float32]) -> float:
    spec = replace(data.usual, frame_minutes=min(FRAME_MINUTES))
    reader = FeatureReader(spec, area_calendar(data.area, spec.frame_minutes))
    clock, coarse_clock = reader.calendar.clock, training.reader.calendar.clock
    first_time = coarse_clock.start_time(int(training.validation_frames[0]))
    numbers = np.arange(clock.frame(first_time), clock.end_frame_of(data.area.train_until_date))
    numbers = numbers[reader.calendar.observed(numbers)]
    frames = reader.count(data.incidents, data.area.grid, int(numbers[0]), int(numbers[-1]) + 1)
    starts = pd.Series(clock.local_times(numbers).tz_convert("UTC"))
    positions = np.searchsorted(training.validation_frames, coarse_clock.frames(starts))
    parts = np.bincount(positions, minlength=len(predicted)).astype(np.float64)
    per_frame = predicted / parts[:, None, None]
    fine = spread(per_frame, point.cell_scale, _density(data, first_time))
    return mean_poisson_deviance(frames.at(numbers), fine[positions].astype(np.float32))


def _density(data: SearchData, before: datetime) -> NDArray[np.float64]:
    """Return how many incidents each cell of the area's own grid had before an instant, slightly raised."""
    grid = data.area.grid
    known = data.incidents[data.incidents["time"] < pd.Timestamp(before)]
    cells = grid.cells(known["latitude"].to_numpy(float), known["longitude"].to_numpy(float))
    counts = np.bincount(cells[cells >= 0], minlength=grid.cell_count).astype(np.float64)
    return (counts + PSEUDO_COUNT).reshape(grid.row_count, grid.column_count)
