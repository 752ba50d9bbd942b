"""All scores of one predictor on some days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.area_store import AreaSnapshot
from services.predictor.call_tables import call_tables
from services.predictor.calls import Calls
from services.predictor.dispersion import CountDispersion
from services.predictor.likely_set import most_likely_set
from services.predictor.matching import WINDOWS, Events, MatchScore, match_score, mean_match_score
from services.predictor.past_places import PastPlaces
from services.predictor.plane import LocalPlane
from services.predictor.prediction import known_incidents
from services.predictor.scenarios import CallSource, IntensityMaps
from services.predictor.score_days import ScoreDays
from services.predictor.score_intervals import Coverage, DispersionScore, interval_scores
from services.predictor.score_maps import (
    GroupScore,
    HotSpotScore,
    ReliabilityBin,
    group_scores,
    hot_spot_scores,
    reliability,
)
from services.predictor.scores import frame_deviances, rmse
from services.predictor.weekly_bootstrap import Estimate, relative_difference

MATCHED_SETS = 5
MATCHED_SETS_IN_FULL = 20
"""Sampled sets that are matched with what was recorded, and with each other. F1 within ten minutes differs by some 6 %
from one set of a season's incidents in a city to the next."""


@dataclass(frozen=True)
class Contestant:
    """A predictor to score.

    Attributes
    ----------
    intensities : one frame ahead, shape (n_frames, n_rows, n_columns).
    planned : without knowing the latest frames, as scenarios of a plan are drawn from; the same shape.
    dispersion : of counts around planned intensities.
    in_full : also choose most likely sets, and match many sampled sets.
    """

    name: str
    intensities: NDArray[np.float32]
    planned: NDArray[np.float32]
    dispersion: CountDispersion
    in_full: bool = False


@dataclass(frozen=True)
class PredictorScore:
    """Scores of one predictor; see `officers.predictor.v1.PredictorScore`.

    `predicted_by_cell` has shape (n_rows, n_columns), `predicted_by_day` (n_days,).
    """

    predictor: str
    mean_poisson_deviance: float
    relative_deviance: Estimate
    rmse: float
    predicted_count: float
    match_scores: tuple[MatchScore, ...]
    spread_match_scores: tuple[MatchScore, ...]
    self_match_scores: tuple[MatchScore, ...]
    likely_match_scores: tuple[MatchScore, ...]
    hot_spots: tuple[HotSpotScore, ...]
    coverages: tuple[Coverage, ...]
    dispersions: tuple[DispersionScore, ...]
    reliability: tuple[ReliabilityBin, ...]
    sectors: tuple[GroupScore, ...]
    types: tuple[GroupScore, ...]
    predicted_by_cell: NDArray[np.float64]
    predicted_by_day: NDArray[np.float64]


def score_predictor(
    snapshot: AreaSnapshot, days: ScoreDays, contestant: Contestant, reference: Contestant, seed: int
) -> PredictorScore:
    """Score a predictor beside a reference on the same days.

    Positions, types and needs of sampled calls come from what was known before the first day. Days that the data policy
    leaves out have no incidents, predicted or recorded, and are not scored.
    """
    area, counts = snapshot.area, days.scored(days.counts)
    intensities, compared = (days.scored(each.intensities) for each in (contestant, reference))
    known = known_incidents(snapshot.incidents, days.span.start_time)
    places = PastPlaces(area, known, snapshot.places, snapshot.sector_map)
    tables = call_tables(area, known)
    frame_minutes = days.span.minutes // len(days.numbers)
    maps, planned = (
        IntensityMaps(days.span.start_time, days.without_unobserved(values), frame_minutes)
        for values in (contestant.intensities, contestant.planned)
    )
    source = CallSource(area, places, tables, contestant.dispersion)
    matched = MATCHED_SETS_IN_FULL if contestant.in_full else MATCHED_SETS
    intervals = interval_scores(source, planned, days, seed, matched)
    samples = [_events(area, calls) for calls in intervals.examples]
    deviances = frame_deviances(counts, intensities)
    relative = relative_difference(deviances, frame_deviances(counts, compared), days.scored(days.weeks))
    covered = snapshot.sector_map.touched_cells(area.grid)
    by_sector = [_flat(values) @ places.sector_shares() for values in (intensities, compared)]
    by_type = [
        _flat(values).sum(axis=1)[:, None] * tables.mix.shares[days.scored(days.hours_of_day)]
        for values in (intensities, compared)
    ]
    sectors, types = ([each.id for each in area.sectors], [each.type for each in area.service_types])
    return PredictorScore(
        predictor=contestant.name,
        mean_poisson_deviance=float(deviances.sum()) / counts.size,
        relative_deviance=relative,
        rmse=rmse(counts, intensities),
        predicted_count=float(intensities.sum(dtype=np.float64)),
        match_scores=_mean_scores(samples, [days.events] * len(samples)),
        spread_match_scores=_mean_scores(samples, [days.spread_events] * len(samples)),
        self_match_scores=_mean_scores(samples, [*samples[1:], samples[0]]),
        likely_match_scores=_likely_scores(snapshot, days, maps) if contestant.in_full else (),
        hot_spots=hot_spot_scores(counts, intensities, days.scored(days.days), covered),
        coverages=intervals.coverages,
        dispersions=intervals.dispersions,
        reliability=reliability(counts, intensities, covered),
        sectors=group_scores(sectors, days.scored(days.sector_frames), *by_sector),
        types=group_scores(types, days.scored(days.type_frames), *by_type),
        predicted_by_cell=intensities.sum(axis=0, dtype=np.float64),
        predicted_by_day=np.bincount(days.days, maps.values.sum(axis=(1, 2), dtype=np.float64)).astype(np.float64),
    )


def _mean_scores(samples: Sequence[Events], others: Sequence[Events]) -> tuple[MatchScore, ...]:
    pairs = list(zip(samples, others, strict=True))
    return tuple(mean_match_score([match_score(*pair, window) for pair in pairs]) for window in WINDOWS)


def _likely_scores(snapshot: AreaSnapshot, days: ScoreDays, maps: IntensityMaps) -> tuple[MatchScore, ...]:
    """Match the most likely set of each window with what was recorded."""
    known = known_incidents(snapshot.incidents, days.span.start_time)
    plane = LocalPlane.of_grid(snapshot.area.grid)
    scores = []
    for window in WINDOWS:
        likely = most_likely_set(snapshot.area, known, maps, window)
        points = Events(plane.to_metres(likely.latitudes, likely.longitudes), likely.minutes)
        scores.append(match_score(points, days.events, window))
    return tuple(scores)


def _events(area: Area, calls: Calls) -> Events:
    return Events(LocalPlane.of_grid(area.grid).to_metres(calls.latitude, calls.longitude), calls.minute)


def _flat(intensities: NDArray[np.float32]) -> NDArray[np.float64]:
    return intensities.reshape(len(intensities), -1).astype(np.float64)
