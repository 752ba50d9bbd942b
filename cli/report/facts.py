"""The sober part of the report: certificate, model figures, import, limits, and what an audit needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp

from cli.outcome import Outcome, ShiftOutcome
from cli.policy_text import policy_lines
from officers.gateway.v1.gateway_pb2 import Plan
from officers.predictor.v1.predictor_pb2 import ImportReport, Model
from officers.scheduler.v1 import scheduler_pb2 as scheduler

PRESENCE_TITLES = {
    scheduler.PRESENCE_RULE_UNSPECIFIED: "none",
    scheduler.PRESENCE_RULE_NONE: "none",
    scheduler.PRESENCE_RULE_NO_RETURN_WITHIN_TWO: "no car is in the same sector in periods t−1 and t+1",
    scheduler.PRESENCE_RULE_MAX_CONSECUTIVE: "at most {} periods in a row in one sector",
}
DEVIANCE_METRIC = "validation_mean_poisson_deviance"
STATUS_TITLES = {
    scheduler.STATUS_OPTIMAL: "Proved optimal",
    scheduler.STATUS_FEASIBLE: "Meets every rule; optimality not proved",
    scheduler.STATUS_INFEASIBLE: "No schedule meets every rule",
    scheduler.STATUS_CANCELLED: "Stopped before a schedule was found",
}


@dataclass(frozen=True)
class Fact:
    """A named figure or statement."""

    title: str
    value: str
    is_code: bool = False


@dataclass(frozen=True)
class Deviance:
    """Mean Poisson deviance of one predictor; `relative`: this model's deviance over it, less one."""

    predictor: str
    value: float
    relative: float


@dataclass(frozen=True)
class Rejection:
    """Rows of the incidents file that were not used, by fault."""

    field: str
    reason: str
    rows: int
    first_row: int


@dataclass(frozen=True)
class ImportFacts:
    """What the import took, left out and assumed."""

    rows_read: int
    rows_accepted: int
    rejections: tuple[Rejection, ...]
    notes: tuple[str, ...]


def certificate(plan: Plan) -> tuple[Fact, ...]:
    """What the schedule is worth, as its solver certifies it."""
    schedule, problem = plan.result.schedule, plan.result.schedule_problem
    gap = f"{schedule.gap:.2%}" if schedule.HasField("gap") else "unknown"
    presence = PRESENCE_TITLES[problem.presence_rule].format(problem.max_consecutive)
    return (
        Fact("Status", STATUS_TITLES.get(schedule.status, "unknown")),
        Fact("Travel between sectors", f"{schedule.travel_minutes:.1f} car minutes"),
        Fact("Proved lower bound", f"{schedule.best_bound:.1f} car minutes"),
        Fact("Gap to the bound", gap),
        Fact("Presence rule", presence),
        Fact("Engine", " · ".join(part for part in (schedule.engine, schedule.annealer) if part)),
        Fact("Time to solve", f"{schedule.wall_seconds:.2f} s"),
        Fact("Size", f"{len(problem.sectors)} sectors, {len(problem.cars)} cars, {len(problem.demand)} periods"),
    )


def model_facts(model: Model) -> tuple[Fact, ...]:
    """Which model predicted, and what it has seen."""
    spec = MessageToDict(model.spec, preserving_proto_field_name=True)
    return (
        Fact("Model", model.name, is_code=True),
        Fact("Kind", model.kind.replace("_", " ")),
        Fact("Trained on", f"{model.area_name}, up to {model.trained_until_date}"),
        Fact("Grid", f"{model.grid.row_count} × {model.grid.column_count} cells"),
        Fact("Settings", ", ".join(f"{key.replace('_', ' ')} {_setting(value)}" for key, value in spec.items())),
        Fact("Seed", str(model.seed)),
    )


def deviances(model: Model) -> tuple[Deviance, ...]:
    """Mean Poisson deviance on the validation days: the model first, then the baselines, best first."""
    found = {metric.name: metric.value for metric in model.metrics if metric.name.startswith(DEVIANCE_METRIC)}
    own = found.pop(DEVIANCE_METRIC, None)
    if own is None:
        return ()
    others = {name.removeprefix(f"{DEVIANCE_METRIC}_").replace("_", " "): value for name, value in found.items()}
    kind = model.kind.replace("_", " ")
    title = f"this model ({kind})" if kind else "this model"
    rows = sorted((row for row in others.items() if row[0] != kind), key=lambda row: row[1])
    return (Deviance(title, own, 0.0), *(Deviance(name, value, own / value - 1) for name, value in rows))


def model_metrics(model: Model) -> tuple[Fact, ...]:
    """The other figures on the validation days, as the predictor names them."""
    return tuple(
        Fact(metric.name.replace("_", " "), f"{metric.value:.5g}")
        for metric in model.metrics
        if not metric.name.startswith(DEVIANCE_METRIC)
    )


def _setting(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.removeprefix("OUTPUT_KIND_").lower()


def import_facts(report: ImportReport) -> ImportFacts:
    """What the import took, left out and assumed."""
    rejections = tuple(
        Rejection(rejection.field, rejection.reason, rejection.row_count, rejection.first_row)
        for rejection in sorted(report.rejections, key=lambda rejection: -rejection.row_count)
    )
    notes = (*report.notes, *(warning.message for warning in report.warnings))
    return ImportFacts(report.rows_read, report.rows_accepted, rejections, notes)


def assumed_types(outcome: Outcome) -> tuple[str, ...]:
    """Incident types whose service figures are defaults, because the area gave none."""
    return tuple(entry.type for entry in outcome.area.service_types if entry.assumed)


def limits(outcome: Outcome, example_routes: bool) -> tuple[str, ...]:
    """What a reader must not conclude from the page."""
    driving = "along the area's roads" if outcome.area.road_arcs_artifact else "as distance at an assumed speed"
    items = [
        "Recorded incidents are what was reported and recorded, not what happened. Places that report more, or are "
        "patrolled more, appear with more heat.",
        "The calls are only those of the data set. Calls of other kinds also keep cars busy, so shares within target "
        "are too good; the differences between deployments are what counts.",
        "On-scene minutes are drawn from the table of service times, not measured on the calls shown.",
        f"Driving time is computed {driving}; it has not been calibrated on recorded response times.",
        "A single shift with its few calls cannot show which deployment is better; the held-out scenarios can, as far "
        "as the model is right.",
        "The plan is a proposal. It takes effect only when a supervisor approves it.",
    ]
    if example_routes:
        items.append("The area has no street data. The routes shown are on an example network that lies elsewhere.")
    return (*items, *outcome.model.limits)


def audit(shift: ShiftOutcome) -> tuple[Fact, ...]:
    """Everything needed to make the plan again."""
    plan = shift.plan
    artifacts = [Fact(f"Artifact of {step.name}", step.result_artifact, is_code=True) for step in plan.steps]
    return (
        Fact("Plan", plan.name, is_code=True),
        Fact("Seed", str(plan.options.seed)),
        Fact("Model", plan.result.model, is_code=True),
        Fact("Area snapshot", plan.area_artifact, is_code=True),
        Fact("Held-out scenarios", plan.result.test_calls.artifact, is_code=True),
        *(fact for fact in artifacts if fact.value),
        *(Fact("Data policy", line) for line in policy_lines(plan.result.policy)),
        Fact("Created", f"{plan.create_time.ToJsonString()}"),
        Fact("Schedule seed", str(plan.result.schedule.seed)),
    )


def step_seconds(plan: Plan) -> tuple[Fact, ...]:
    """How long each step of the plan took."""
    return tuple(
        Fact(step.name.replace("_", " "), f"{_seconds(step.start_time, step.end_time):.1f} s") for step in plan.steps
    )


def explanation(plan: Plan) -> Sequence[str]:
    """The schedule explained, a line per rule."""
    return tuple(plan.result.schedule.explanation)


def _seconds(start: Timestamp, end: Timestamp) -> float:
    return (end.ToNanoseconds() - start.ToNanoseconds()) / 1e9
