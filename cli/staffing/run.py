"""The run behind `officers demand staffing`: scenarios of several days, the roster, and its result in detail."""

from dataclasses import dataclass

from cli.area_session import AreaSession, ShiftSpan, days_span
from cli.call_sets.draw import draw_calls
from cli.deployments.roster import roster_timetable
from cli.deployments.site import find_site
from cli.option_errors import naming_options
from cli.progress import Report
from cli.simulation.basis import WEEK, CallBasis, sampled_basis
from cli.simulation.calls import ReplayedCalls
from cli.simulation.run import Simulation, finish, simulate_request
from cli.staffing.request import OPTIONS, StaffingOptions, staffing_request
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import Deployment, PlanStaffingResponse

DAYS_OF_WEEK = 7
WARM_UP_MINUTES = 720
"""The first hours of the span load the cars and do not count (`PlanStaffingRequest.training_calls_artifact`)."""
PRESENT, PLANNED = "the present roster", "the planned roster"


@dataclass(frozen=True)
class Work:
    """What is asked of a run; `in_detail` replays both rosters once more for results by hour and sector."""

    day: str | None
    days: int
    training: int
    validation: int
    copies: int
    options: StaffingOptions
    seed: int
    in_detail: bool


@dataclass(frozen=True, eq=False)
class Staffed:
    """The answer, and its results by hour and sector; None: not asked for."""

    area: Area
    span: ShiftSpan
    answer: PlanStaffingResponse
    options: StaffingOptions
    basis: CallBasis
    simulation: Simulation | None

    @property
    def has_curve(self) -> bool:
        """True where failures are told for fewer and more crews."""
        return len(self.answer.curve) > 1 and self.answer.planned.HasField("failure_rate")


def run_staffing(session: AreaSession, work: Work, report: Report) -> Staffed:
    """Plan a roster on scenarios of several days.

    Raises
    ------
    InvalidArgument
        Options contradict each other or the area.
    """
    span = days_span(session.area, work.day, work.days)
    report(0.0, "scenarios")
    training = draw_calls(session, span, work.training, work.seed, "training", work.copies)
    validation = draw_calls(session, span, work.validation, work.seed, "validation", work.copies)
    request = staffing_request(session, span, (training.artifact, validation.artifact), work.options, work.seed)
    report(0.25, f"rosters, up to {work.options.time_limit_seconds:.0f} s")
    with naming_options(OPTIONS):
        answer = session.clients.demand.PlanStaffing(request)
    units = WEEK if work.days == DAYS_OF_WEEK else (f"run of {work.days} days", f"runs of {work.days} days")
    basis = sampled_basis(span, work.validation, validation.call_count, work.copies, units)
    report(0.85, "hours and sectors")
    calls = ReplayedCalls(validation.artifact, (span,), basis)
    simulation = _replay(session, answer, calls, work) if work.in_detail else None
    return Staffed(session.area, span, answer, work.options, simulation.basis if simulation else basis, simulation)


def _replay(session: AreaSession, answer: PlanStaffingResponse, calls: ReplayedCalls, work: Work) -> Simulation:
    """Replay the calls that both rosters were rated on, for results by hour and sector."""
    span = calls.spans[0]
    site = find_site(session, span)
    deployments = [
        Deployment(name=name, timetable=roster_timetable(roster, site))
        for name, roster in ((PRESENT, answer.present), (PLANNED, answer.planned))
    ]
    rules = work.options.rules
    request = simulate_request(session, span, calls.artifact, deployments, rules, work.seed)
    request.count_from_minute = WARM_UP_MINUTES
    found = session.clients.demand.Simulate(request)
    return finish(session, calls, deployments, found, rules, work.seed, WARM_UP_MINUTES)
