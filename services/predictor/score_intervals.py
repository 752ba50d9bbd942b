"""How well scenarios cover what was recorded, and whether they vary as much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.call_counts import Sampling
from services.predictor.calls import Calls
from services.predictor.scenarios import CallSource, IntensityMaps, sample_calls
from services.predictor.score_days import ScoreDays, count_pairs

NOMINAL_SHARES = (0.5, 0.9)
SCENARIOS = 100
SCENARIOS_AT_ONCE = 20

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Coverage:
    """Share of totals of one kind within the central interval of their scenarios; see `covered_share`."""

    total: str
    nominal: float
    covered: float
    total_count: int


@dataclass(frozen=True)
class DispersionScore:
    """Variance over mean of the area's totals from one hour (day) to the next: recorded, and of scenarios."""

    total: str
    recorded: float
    sampled: float


@dataclass(frozen=True)
class IntervalScores:
    """What a set of scenarios of the scored days shows; `examples` are a few of them, one after the other."""

    coverages: tuple[Coverage, ...]
    dispersions: tuple[DispersionScore, ...]
    examples: tuple[Calls, ...]


def interval_scores(
    source: CallSource, maps: IntensityMaps, days: ScoreDays, seed: int, examples: int
) -> IntervalScores:
    """Draw 100 scenarios of all days and compare their totals with the recorded ones, of every kind that there is.

    Days that hold no whole shift have no totals of shifts.
    """
    recorded = _totals(days.sector_hours, days)
    below = {name: np.zeros(values.shape) for name, values in recorded.items()}
    equal = {name: np.zeros(values.shape) for name, values in recorded.items()}
    ratios: dict[str, list[float]] = {"hour": [], "day": []}
    kept: list[Calls] = []
    for calls in _scenario_sets(source, maps, days, seed):
        for scenario in range(SCENARIOS_AT_ONCE):
            part = _scenario(calls, scenario)
            if len(kept) < examples:
                kept.append(part)
            totals = _totals(_sector_hours(part, days), days)
            for name, values in totals.items():
                below[name] += values < recorded[name]
                equal[name] += values == recorded[name]
            for name, figures in ratios.items():
                figures.append(_dispersion(totals[name]))
    return IntervalScores(
        coverages=tuple(
            Coverage(name, nominal, covered_share(below[name], equal[name], SCENARIOS, nominal), values.size)
            for name, values in recorded.items()
            if values.size
            for nominal in NOMINAL_SHARES
        ),
        dispersions=tuple(
            DispersionScore(name, _dispersion(recorded[name]), float(np.mean(figures)))
            for name, figures in ratios.items()
        ),
        examples=tuple(kept),
    )


def covered_share(below: FloatArray, equal: FloatArray, scenario_count: int, nominal: float) -> float:
    """Return the share of totals within the central interval of their scenarios.

    A rank among the scenarios, ties broken at random, is uniform where the scenarios are right; the share of the
    possible ranks that lies in the central interval is counted (Czado, Gneiting and Held 2009). A perfect predictor
    thus covers exactly `nominal`, also for whole numbers near zero, whose plain intervals always cover more.

    Parameters
    ----------
    below, equal : number of scenarios below and equal to each total.
    """
    low, high = (1 - nominal) / 2, (1 + nominal) / 2
    first, last = below / (scenario_count + 1), (below + equal + 1) / (scenario_count + 1)
    inside = np.clip(np.minimum(last, high) - np.maximum(first, low), 0.0, None)
    return float(np.mean(inside / (last - first)))


def _scenario_sets(source: CallSource, maps: IntensityMaps, days: ScoreDays, seed: int) -> Iterator[Calls]:
    for start in range(0, SCENARIOS, SCENARIOS_AT_ONCE):
        yield sample_calls(source, maps, days.span, SCENARIOS_AT_ONCE, seed + start, Sampling.INDEPENDENT)


def _scenario(calls: Calls, scenario: int) -> Calls:
    first, end = np.searchsorted(calls.scenario, [scenario, scenario + 1])
    return Calls(**{name: values[first:end] for name, values in vars(calls).items()})


def _sector_hours(calls: Calls, days: ScoreDays) -> IntArray:
    hours = (calls.minute // 60).astype(np.int64)
    return count_pairs(hours, calls.sector, *days.sector_hours.shape)


def _totals(sector_hours: IntArray, days: ScoreDays) -> Mapping[str, NDArray[np.floating]]:
    """Return the totals that coverage is measured of."""
    sector_shifts = days.shifts.astype(np.float32) @ sector_hours.astype(np.float32)
    observed = days.observed_hours
    hours = sector_hours[observed].sum(axis=1)
    day_numbers = np.unique(days.hour_days[observed], return_inverse=True)[1]
    return {
        "sector hour": sector_hours[observed].astype(np.float64),
        "sector shift": sector_shifts,
        "hour": hours.astype(np.float64),
        "shift": sector_shifts.sum(axis=1),
        "day": np.bincount(day_numbers, weights=hours),
    }


def _dispersion(totals: NDArray[np.floating]) -> float:
    return float(np.var(totals) / max(float(np.mean(totals)), 1e-9))
