"""The run behind `officers simulate`: the same calls against the plans of files and the simple rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cli.area_session import AreaSession, ShiftSpan
from cli.call_sets.draw import draw_expected_calls
from cli.call_sets.superpose import calls_per_scenario
from cli.deployments.site import PlanSource, find_site
from cli.deployments.sources import simple_rules
from cli.option_errors import naming_options
from cli.progress import Report
from cli.simulation.answered_calls import AnsweredCalls
from cli.simulation.basis import CallBasis
from cli.simulation.calls import ReplayedCalls, find_calls
from cli.simulation.intervals import over_weeks
from cli.simulation.options import ReplayOptions
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import Deployment, DispatchRules, SimulateRequest, SimulateResponse

FREE_SUFFIX = ", moving freely"
MOST_EXPECTED_DAYS = 7
OPTIONS: Mapping[str, str] = {
    "baseline_cars": "--cars",
    "count_from_minute": "--warm-up",
    "rules.patience_minutes": "--patience",
    "rules.territory": "--territory",
}
"""Options by field of a request for a replay."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """Results with what they are of; deployments and results are in the same order, the yardstick first.

    Parameters
    ----------
    calls_by_replay
        Calls that count, by scenario.
    seed
        Of intervals.
    answered
        How every call was answered; None: not asked for.
    """

    area: Area
    span: ShiftSpan
    deployments: tuple[Deployment, ...]
    answer: SimulateResponse
    basis: CallBasis
    rules: DispatchRules
    calls_by_replay: tuple[int, ...]
    seed: int
    warm_up_minutes: float = 0.0
    answered: AnsweredCalls | None = None

    def unmoved(self, number: int) -> int:
        """Position of the same deployment without moves of free cars; of the yardstick for those without anyway."""
        names = [deployment.name for deployment in self.deployments]
        return names.index(names[number].removesuffix(FREE_SUFFIX)) if self.deployments[number].moves_freely else 0

    @property
    def most_moves_per_hour(self) -> int:
        """Most moves of free cars that begin within any 60 minutes; 0: no limit."""
        return max((deployment.most_moves_per_hour for deployment in self.deployments), default=0)

    @property
    def title(self) -> str:
        """The days, and the part of the day."""
        name = self.span.title.removeprefix(self.span.day).strip(", ")
        return f"{self.basis.days_text}, {name}"


def run_simulation(
    session: AreaSession, sources: Sequence[PlanSource], options: ReplayOptions, report: Report
) -> Simulation:
    """Replay calls against the plans of files and the simple rules.

    Raises
    ------
    InvalidArgument
        Options contradict each other, the area, or a file.
    """
    report(0.0, "calls")
    calls = find_calls(session, options, lambda share, message: report(0.4 * share, message))
    report(0.4, "travel")
    site = find_site(session, calls.spans[0])
    plans = [(source.option, plan) for source in sources for plan in source.deployments(site)]
    named = [*plans, *(("--cars", rule) for rule in simple_rules())]
    if options.expected_count is not None:
        report(0.5, "what to expect")
        most_moves = options.most_moves_per_hour
        named = [(option, each) for option, plan in named for each in (plan, _moving_freely(plan, most_moves))]
    yardstick = options.against.removesuffix(FREE_SUFFIX)
    named.sort(key=lambda each: (each[1].name != options.against, each[1].name.removesuffix(FREE_SUFFIX) != yardstick))
    report(0.7, "replays")
    deployments = [plan for _, plan in named]
    request = _request(session, calls, deployments, options)
    with naming_options({**OPTIONS, **{f"deployments[{number}]": option for number, (option, _) in enumerate(named)}}):
        answer = session.clients.demand.Simulate(request)
    return finish(session, calls, deployments, answer, options.rules, options.seed, options.warm_up_minutes)


def finish(
    session: AreaSession,
    calls: ReplayedCalls,
    deployments: Sequence[Deployment],
    answer: SimulateResponse,
    rules: DispatchRules,
    seed: int,
    warm_up_minutes: float = 0.0,
) -> Simulation:
    """Put an answer together with what it is of; many days get intervals over weeks."""
    counts = calls_per_scenario(session.store.get_table(calls.artifact), warm_up_minutes)
    if calls.basis.over_weeks:
        answer = over_weeks(answer, counts, seed)
    basis = replace(calls.basis, call_count=sum(counts))
    answered = None
    if answer.call_results_artifact:
        results = session.store.get_table(answer.call_results_artifact)
        answered = AnsweredCalls(session.store.get_table(calls.artifact), results, [span.day for span in calls.spans])
    return Simulation(
        area=session.area,
        span=calls.spans[0],
        deployments=tuple(deployments),
        answer=answer,
        basis=basis,
        rules=rules,
        calls_by_replay=tuple(counts),
        seed=seed,
        warm_up_minutes=warm_up_minutes,
        answered=answered,
    )


def deployment_names(sources: Sequence[PlanSource], moves_freely: bool) -> list[str]:
    """Return the names of all deployments of a simulation."""
    names = [name for source in sources for name in source.names] + [rule.name for rule in simple_rules()]
    return names + ([f"{name}{FREE_SUFFIX}" for name in names] if moves_freely else [])


def simulate_request(
    session: AreaSession,
    span: ShiftSpan,
    calls_artifact: str,
    deployments: Sequence[Deployment],
    rules: DispatchRules,
    seed: int,
) -> SimulateRequest:
    """Ask for a replay; simple rules go by calls before the span's day."""
    return SimulateRequest(
        area_artifact=session.area_artifact,
        calls_artifact=calls_artifact,
        deployments=deployments,
        baseline_cars=span.cars,
        shift_minutes=span.minutes,
        history_until_date=span.day,
        shift_start=span.local_start,
        rules=rules,
        seed=seed,
    )


def _request(
    session: AreaSession, calls: ReplayedCalls, deployments: Sequence[Deployment], options: ReplayOptions
) -> SimulateRequest:
    span = calls.spans[0]
    request = simulate_request(session, span, calls.artifact, deployments, options.rules, options.seed)
    request.count_from_minute = options.warm_up_minutes
    request.with_call_results = options.with_call_results
    if options.expected_count is not None:
        expected_spans = calls.spans[:MOST_EXPECTED_DAYS]
        request.expected_calls_artifact = draw_expected_calls(
            session, expected_spans, options.expected_count, options.seed, options.copies
        )
    return request


def _moving_freely(plan: Deployment, most_moves_per_hour: int) -> Deployment:
    free = Deployment()
    free.CopyFrom(plan)
    free.name, free.moves_freely = f"{plan.name}{FREE_SUFFIX}", True
    free.most_moves_per_hour = most_moves_per_hour
    return free
