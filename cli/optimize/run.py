"""The run behind `officers demand optimize`: scenarios, the choice, and its result on scenarios kept aside."""

from dataclasses import dataclass

from cli.area_session import AreaSession, Purpose, ShiftSpan
from cli.call_sets.draw import draw_calls
from cli.deployments.site import find_site
from cli.deployments.sources import ONE_PER_SECTOR, PROPORTIONAL
from cli.deployments.timetables import plan_timetable
from cli.optimize.request import OPTIONS, OptimizeOptions, apply_options, optimize_request
from cli.option_errors import naming_options
from cli.progress import Report
from cli.simulation.basis import sampled_basis
from cli.simulation.calls import ReplayedCalls
from cli.simulation.run import Simulation, finish, simulate_request
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import DemandPlan, Deployment, OptimizeResponse

CHOSEN = "the chosen plan"
COMPARED = (PROPORTIONAL, ONE_PER_SECTOR, "standing")
"""Candidates that the chosen plan is compared with; the first that there is becomes the yardstick."""
DRAWN_LATER = ("", "")
"""Artifacts of scenarios that are drawn once the options are known to be right."""


@dataclass(frozen=True)
class ScenarioCounts:
    """Scenarios to optimise on, to choose among candidates on, and to report on (0: do not), with their copies.

    Stratified are those of training and validation alone: intervals of the report take its scenarios as independent.
    """

    training: int
    validation: int
    test: int
    copies: int
    are_stratified: bool = False


@dataclass(frozen=True, eq=False)
class Optimized:
    """The answer, and its result on scenarios that had no part in it; None: not asked for."""

    area: Area
    span: ShiftSpan
    answer: OptimizeResponse
    options: OptimizeOptions
    simulation: Simulation | None


@dataclass(frozen=True)
class Work:
    """What is asked of a run."""

    counts: ScenarioCounts
    options: OptimizeOptions
    time_limit_seconds: float
    cars_given: bool
    seed: int


def run_optimize(session: AreaSession, span: ShiftSpan, work: Work, report: Report) -> Optimized:
    """Choose cars, and replay them and the simple rules against fresh scenarios.

    Raises
    ------
    InvalidArgument
        Options contradict each other or the area.
    """
    request = optimize_request(session, span, DRAWN_LATER, work.seed, work.time_limit_seconds)
    apply_options(request, work.options, session.area, work.cars_given)
    report(0.0, "scenarios")
    counts = work.counts
    scenarios: dict[Purpose, int] = {"training": counts.training, "validation": counts.validation}
    training, validation = (
        draw_calls(session, span, count, work.seed, purpose, counts.copies, is_stratified=counts.are_stratified)
        for purpose, count in scenarios.items()
    )
    request.training_calls_artifact, request.validation_calls_artifact = training.artifact, validation.artifact
    report(0.2, f"candidates, up to {work.time_limit_seconds:.0f} s")
    with naming_options({**OPTIONS, "on_duty_cars": work.options.crews_option}):
        answer = session.clients.demand.Optimize(request)
    report(0.85, "fresh scenarios")
    simulation = _test(session, span, answer, work) if counts.test else None
    return Optimized(session.area, span, answer, work.options, simulation)


def _test(session: AreaSession, span: ShiftSpan, answer: OptimizeResponse, work: Work) -> Simulation:
    """Replay the chosen plan and the simple rules, both with the cars there are at each time."""
    counts, options = work.counts, work.options
    site = find_site(session, span)
    deployments = [
        Deployment(name=name, timetable=plan_timetable(plan, site, options.rotates))
        for name, plan in compared_plans(answer).items()
    ]
    calls = draw_calls(session, span, counts.test, work.seed, "test", counts.copies)
    request = simulate_request(session, span, calls.artifact, deployments, options.rules, work.seed)
    found = session.clients.demand.Simulate(request)
    basis = sampled_basis(span, counts.test, calls.call_count, counts.copies)
    replayed = ReplayedCalls(calls.artifact, (span,), basis)
    return finish(session, replayed, deployments, found, options.rules, work.seed)


def compared_plans(answer: OptimizeResponse) -> dict[str, DemandPlan]:
    """Return the plans to compare on fresh scenarios by name, the yardstick first, then the chosen one.

    The yardstick stays the same where it was chosen: then both are the same plan.
    """
    by_name = {candidate.name: candidate for candidate in answer.candidates}
    others = {name: by_name[name].plan for name in COMPARED if name in by_name}
    plans = {CHOSEN: answer.plan}
    if not others:
        return plans
    yardstick = next(iter(others))
    return {yardstick: others[yardstick], **plans, **others}
