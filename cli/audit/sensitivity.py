"""What leaving each incident type out does to the plan: train, draw, choose cars anew, compare car hours by sector."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cli.area_session import AreaSession, ShiftSpan, sample_calls
from cli.audit.presence import demanded_hours, predicted_calls
from cli.optimize.request import optimize_request
from cli.planning import train_model
from cli.progress import Report
from gateway.seeds import derive_seed
from officers.area.v1.area_pb2 import LeaveOutRule
from officers.predictor.v1 import predictor_pb2 as predictor

NAMED_CHANGES = 3
REASON = "Left out by an audit, to see what the type does to the plan."
OTHER_SEED = "nothing (other seed)"

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SensitivityOptions:
    """How every plan is made; the same for all, so that they differ in the records alone."""

    model: str
    training_scenarios: int
    validation_scenarios: int
    time_limit_seconds: float
    seed: int


@dataclass(frozen=True)
class SectorChange:
    """A sector's share of the car hours, with all types and without one."""

    sector_id: str
    share_before: float
    share_after: float


@dataclass(frozen=True)
class TypeEffect:
    """What leaving a type out does.

    Attributes
    ----------
    record_share : of the records that are left out.
    calls_moved_share : share of the predicted calls that is in another sector then (total variation distance).
    moved_share : share of the car hours that is in another sector then.
    gains, losses : the sectors that change most.
    """

    left_out: str
    record_share: float
    calls_moved_share: float
    moved_share: float
    gains: tuple[SectorChange, ...]
    losses: tuple[SectorChange, ...]


@dataclass(frozen=True)
class Sensitivity:
    """All effects, most car hours moved first, and what another seed alone moves: less than that means nothing."""

    model: str
    shifts: tuple[str, ...]
    noise: TypeEffect
    effects: tuple[TypeEffect, ...]


def run_sensitivity(
    session: AreaSession, spans: Sequence[ShiftSpan], options: SensitivityOptions, report: Report
) -> Sensitivity:
    """Make the plan with all types, with another seed, and without each type.

    Raises
    ------
    OfficersError
        A service cannot do its part, for example for want of records without a type.
    """
    types = [entry.type for entry in session.area.service_types]
    steps = len(types) + 2
    report(0.0, "with all types")
    before = allocate(session, spans, options)
    report(1 / steps, "with another seed")
    again = allocate(session, spans, replace(options, seed=derive_seed(options.seed, "audit")))
    effects = []
    for position, name in enumerate(types if len(types) > 1 else [], start=2):
        report(position / steps, f"without {name}")
        imported = session.clients.predictor.ImportArea(_without(session, name))
        variant = replace(session, area_artifact=imported.area_artifact, area=imported.area)
        left_out_count = imported.area.policy.rules[-1].record_count
        share = left_out_count / (left_out_count + imported.report.rows_accepted)
        effects.append(compare(session, name, share, before, allocate(variant, spans, options)))
    return Sensitivity(
        model=options.model,
        shifts=tuple(span.title for span in spans),
        noise=compare(session, OTHER_SEED, 0.0, before, again),
        effects=tuple(sorted(effects, key=lambda effect: -effect.moved_share)),
    )


@dataclass(frozen=True)
class Allocation:
    """Car hours and predicted calls by sector, shape (n_sectors,)."""

    car_hours: Array
    calls: Array


def allocate(session: AreaSession, spans: Sequence[ShiftSpan], options: SensitivityOptions) -> Allocation:
    """Train, draw and choose cars for every shift."""
    training = predictor.TrainModelRequest(
        area_artifact=session.area_artifact,
        spec=predictor.ModelSpec(models=[options.model]),
        seed=options.seed,
        allow_worse=True,
    )
    model = train_model(session.clients, training, lambda _fraction, _message: None)
    parts = [_allocate_shift(session, span, model.name, options) for span in spans]
    return Allocation(
        np.sum([part.car_hours for part in parts], axis=0), np.sum([part.calls for part in parts], axis=0)
    )


def compare(
    session: AreaSession, left_out: str, record_share: float, before: Allocation, after: Allocation
) -> TypeEffect:
    """Compare two allocations."""
    shares_before, shares_after = _shares(before.car_hours), _shares(after.car_hours)
    change = shares_after - shares_before
    ids = [sector.id for sector in session.area.sectors]

    def named(order: NDArray[np.int64], sign: int) -> tuple[SectorChange, ...]:
        chosen = [position for position in order[:NAMED_CHANGES] if sign * change[position] > 0]
        return tuple(SectorChange(ids[p], float(shares_before[p]), float(shares_after[p])) for p in chosen)

    return TypeEffect(
        left_out=left_out,
        record_share=record_share,
        calls_moved_share=float(np.abs(_shares(after.calls) - _shares(before.calls)).sum() / 2),
        moved_share=float(np.abs(change).sum() / 2),
        gains=named(np.argsort(-change, kind="stable"), 1),
        losses=named(np.argsort(change, kind="stable"), -1),
    )


def _without(session: AreaSession, name: str) -> predictor.ImportAreaRequest:
    rule = LeaveOutRule(type=name, reason=REASON)
    return predictor.ImportAreaRequest(source_artifact=session.source_artifact, further_rules=[rule])


def _shares(values: Array) -> Array:
    total = values.sum()
    return values / total if total else np.full(len(values), 1.0 / len(values))


def _allocate_shift(session: AreaSession, span: ShiftSpan, model: str, options: SensitivityOptions) -> Allocation:
    training = sample_calls(session, span, options.training_scenarios, options.seed, "training", model)
    validation = sample_calls(session, span, options.validation_scenarios, options.seed, "validation", model)
    calls = (training.artifact, validation.artifact)
    request = optimize_request(session, span, calls, options.seed, options.time_limit_seconds)
    plan = session.clients.demand.Optimize(request).plan
    predicted = predicted_calls(session, validation).mean(axis=0)
    return Allocation(demanded_hours(plan), predicted)
