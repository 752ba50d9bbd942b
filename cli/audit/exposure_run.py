"""Gather what an exposure audit compares: a plan, predicted calls, reported incidents, groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cli.area_session import AreaSession, ShiftSpan, next_shifts, sample_calls
from cli.audit.exposure import (
    Groups,
    expose,
    groups_by_volume,
    groups_of_labels,
    groups_of_residents,
)
from cli.audit.past import read_incidents, weekly_reported
from cli.audit.presence import (
    demanded_hours,
    plan_span,
    predicted_calls,
    read_plans,
    scheduled_hours,
    shift_hours,
)
from cli.audit.report import ExposureReport
from cli.audit.residents import Residents, read_residents
from cli.optimize.request import optimize_request
from cli.planning import train_model
from cli.progress import Report
from officers.predictor.v1 import predictor_pb2 as predictor

TRAINING_SCENARIOS = 40
VALIDATION_SCENARIOS = 100


@dataclass(frozen=True)
class ExposureOptions:
    """What to audit; without a plan file cars are chosen anew for every shift, without a model the best is trained."""

    plan_file: Path | None
    residents_file: Path | None
    area_folder: Path
    scenarios: int
    time_limit_seconds: float
    seed: int
    model: str


def run_exposure(session: AreaSession, options: ExposureOptions, report: Report) -> ExposureReport:
    """Audit the shifts of a plan file, or every shift of the first day after the training data."""
    area = session.area
    residents = _residents(session, options)
    plans = read_plans(options.plan_file) if options.plan_file else []
    spans = [plan_span(plan, area) for plan in plans] or next_shifts(area)
    report(0.0, "model")
    request = predictor.TrainModelRequest(area_artifact=session.area_artifact, seed=options.seed)
    if options.model:
        request.spec.models.append(options.model)
        request.allow_worse = True
    model = train_model(session.clients, request, lambda fraction, message: report(0.4 * fraction, message))
    if plans:
        car_hours = np.sum([scheduled_hours(plan, area) for plan in plans], axis=0)
        source = "schedule of " + ", ".join(plan.name for plan in plans)
    else:
        car_hours, source = (
            _chosen_hours(session, spans, model.name, options, report),
            "cars chosen on the model's scenarios",
        )
    report(0.9, "scenarios")
    sets = [sample_calls(session, span, options.scenarios, options.seed, "test", model.name) for span in spans]
    predicted = np.sum([predicted_calls(session, calls) for calls in sets], axis=0)
    weekly = weekly_reported(area, read_incidents(session), shift_hours(spans))
    groups = _groups(session, residents, weekly)
    sectors = groups_of_labels([sector.id for sector in area.sectors], "sector")
    return ExposureReport(
        area=area.name,
        shifts=tuple(span.title for span in spans),
        source=source,
        model=model.name,
        basis=groups.basis,
        reported_weeks=len(weekly),
        groups=expose(groups, car_hours, weekly, predicted, options.seed),
        sectors=expose(sectors, car_hours, weekly, predicted, options.seed),
    )


def _chosen_hours(
    session: AreaSession, spans: Sequence[ShiftSpan], model: str, options: ExposureOptions, report: Report
) -> NDArray[np.float64]:
    """Choose cars for every shift; returns car hours by sector, shape (n_sectors,)."""
    hours = np.zeros(len(session.area.sectors))
    for position, span in enumerate(spans):
        report(0.4 + 0.5 * position / len(spans), f"cars for {span.title}")
        training = sample_calls(session, span, TRAINING_SCENARIOS, options.seed, "training", model).artifact
        validation = sample_calls(session, span, VALIDATION_SCENARIOS, options.seed, "validation", model).artifact
        request = optimize_request(session, span, (training, validation), options.seed, options.time_limit_seconds)
        hours += demanded_hours(session.clients.demand.Optimize(request).plan)
    return hours


def _residents(session: AreaSession, options: ExposureOptions) -> Residents | None:
    ids = [sector.id for sector in session.area.sectors]
    return read_residents(options.residents_file, options.area_folder, ids) if options.residents_file else None


def _groups(session: AreaSession, residents: Residents | None, weekly: NDArray[np.int64]) -> Groups:
    """Group sectors by residents, else by home cluster, else by reported incidents."""
    if residents is not None:
        return groups_of_residents(residents.groups, residents.counts)
    clusters = [sector.home_cluster or "no home cluster" for sector in session.area.sectors]
    if len(set(clusters)) > 1:
        return groups_of_labels(clusters, "home cluster")
    return groups_by_volume(weekly.sum(axis=0).astype(np.float64))
