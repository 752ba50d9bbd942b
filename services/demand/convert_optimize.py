"""Between the contract and the choice of cars per sector and period."""

from collections.abc import Sequence
from math import isfinite

from officers.demand.v1 import demand_pb2
from services.demand.arrays import IntArray
from services.demand.convert import (
    DEFAULT_TIME_LIMIT_SECONDS,
    to_artifact,
    to_history,
    to_objective,
    to_rules,
)
from services.demand.demand_order import DemandOrder, StandingPlan, TeamStaffing
from services.demand.optimiser.bounds import Bound, NoBound
from services.demand.optimiser.optimise import Candidate
from services.demand.optimiser.score import Score
from services.demand.optimiser.stations import Presence
from services.demand.optimiser.two_stage import BlockSolution
from services.demand.plan_demand import Certificate, DemandAnswer, TeamAnswer

DEFAULT_BLOCK_MINUTES = 120
DEFAULT_PERIOD_MINUTES = 60


def to_demand_order(request: demand_pb2.OptimizeRequest) -> DemandOrder:
    """Read a request, with defaults. Raises InvalidArgument for what cannot be read."""
    return DemandOrder(
        area_artifact=to_artifact(request.area_artifact, "area_artifact"),
        training_calls_artifact=to_artifact(request.training_calls_artifact, "training_calls_artifact"),
        validation_calls_artifact=to_artifact(request.validation_calls_artifact, "validation_calls_artifact"),
        cars=request.cars,
        shift_minutes=request.shift_minutes,
        block_minutes=request.block_minutes or DEFAULT_BLOCK_MINUTES,
        period_minutes=request.period_minutes or DEFAULT_PERIOD_MINUTES,
        minimum_cars=tuple(request.minimum_cars),
        maximum_cars=tuple(request.maximum_cars),
        history=to_history(request.history_until_date, request.shift_start, request.shift_minutes),
        seed=request.seed,
        time_limit_seconds=request.time_limit_seconds or DEFAULT_TIME_LIMIT_SECONDS,
        rules=to_rules(request.rules),
        objective=to_objective(request.objective),
        on_duty_cars=tuple(request.on_duty_cars),
        on_break_cars=tuple(request.on_break_cars),
        standing_plan=_to_standing_plan(request),
        presence=Presence.NO_RETURN_WITHIN_TWO if request.cars_rotate else Presence.STAY,
        team_cars=tuple(request.team_cars),
        team_staffing=tuple(
            TeamStaffing(tuple(team.on_duty_cars), tuple(team.on_break_cars)) for team in request.team_staffing
        ),
        certifies=request.certify,
        uses_programs=not request.without_programs,
    )


def _to_standing_plan(request: demand_pb2.OptimizeRequest) -> StandingPlan | None:
    if not request.HasField("standing_plan"):
        return None
    plan = request.standing_plan
    return StandingPlan(plan.period_minutes, tuple(tuple(period.cars) for period in plan.periods))


def from_demand_answer(answer: DemandAnswer) -> demand_pb2.OptimizeResponse:
    """Write the chosen demand, every candidate and every program."""
    chosen = tuple(team.result.chosen for team in answer.teams)
    response = demand_pb2.OptimizeResponse(
        plan=_from_cars(answer, answer.sector_ids, answer.join(chosen)), wall_seconds=answer.wall_seconds
    )
    if len(answer.teams) == 1:
        (team,) = answer.teams
        response.candidates.extend(_from_candidates(answer, team))
        response.block_solutions.extend(map(_from_solution, team.result.block_solutions))
        if team.certificate:
            response.certificate.CopyFrom(_from_certificate(team.certificate))
    else:
        response.candidates.extend(_join_candidates(answer))
        response.teams.extend(_from_team(answer, team) for team in answer.teams)
    return response


def parse_optimize_response(content: bytes) -> demand_pb2.OptimizeResponse:
    """Read a response that was stored."""
    return demand_pb2.OptimizeResponse.FromString(content)


def _from_team(answer: DemandAnswer, team: TeamAnswer) -> demand_pb2.TeamDemand:
    return demand_pb2.TeamDemand(
        team=team.team.name,
        cars=team.cars,
        candidates=_from_candidates(answer, team),
        block_solutions=map(_from_solution, team.result.block_solutions),
        certificate=_from_certificate(team.certificate) if team.certificate else None,
    )


def _from_candidates(answer: DemandAnswer, team: TeamAnswer) -> list[demand_pb2.DemandCandidate]:
    sector_ids = tuple(answer.sector_ids[sector] for sector in team.team.sectors)
    return [
        demand_pb2.DemandCandidate(
            name=candidate.name,
            plan=_from_cars(answer, sector_ids, candidate.cars),
            validation_failure_rate=candidate.validation.failure_rate,
            validation_mean_response_minutes=_mean_response([candidate.validation]),
            chosen=candidate is team.result.chosen,
        )
        for candidate in team.result.candidates
    ]


def _join_candidates(answer: DemandAnswer) -> list[demand_pb2.DemandCandidate]:
    """Put the candidates that all teams have together, by name, behind every team's best."""
    by_name = [{candidate.name: candidate for candidate in team.result.candidates} for team in answer.teams]
    common = [name for name in by_name[0] if all(name in found for found in by_name)]
    best = _join(answer, "each team's best", tuple(team.result.chosen for team in answer.teams), chosen=True)
    others = [_join(answer, name, tuple(found[name] for found in by_name), chosen=False) for name in common]
    return [best, *sorted(others, key=lambda each: each.validation_failure_rate)]


def _join(
    answer: DemandAnswer, name: str, candidates: tuple[Candidate, ...], chosen: bool
) -> demand_pb2.DemandCandidate:
    scores = [candidate.validation for candidate in candidates]
    calls = sum(float(score.scenario_calls.sum()) for score in scores)
    failures = sum(float(score.scenario_failures.sum()) for score in scores)
    return demand_pb2.DemandCandidate(
        name=name,
        plan=_from_cars(answer, answer.sector_ids, answer.join(candidates)),
        validation_failure_rate=failures / max(calls, 1.0),
        validation_mean_response_minutes=_mean_response(scores),
        chosen=chosen,
    )


def _mean_response(scores: Sequence[Score]) -> float | None:
    """Return the mean of all teams in which calls were answered, by their calls; None where none were."""
    answered = [score for score in scores if isfinite(score.mean_response_minutes)]
    calls = [float(score.scenario_calls.sum()) for score in answered]
    minutes = sum(score.mean_response_minutes * count for score, count in zip(answered, calls, strict=True))
    return minutes / sum(calls) if answered else None


def _from_cars(answer: DemandAnswer, sector_ids: tuple[str, ...], cars: IntArray) -> demand_pb2.DemandPlan:
    periods = [demand_pb2.DemandPeriod(cars=row.tolist()) for row in answer.cars_by_period(cars)]
    return demand_pb2.DemandPlan(sector_ids=sector_ids, period_minutes=answer.order.period_minutes, periods=periods)


def _from_solution(solution: BlockSolution) -> demand_pb2.BlockSolution:
    return demand_pb2.BlockSolution(
        block=solution.block,
        replication=solution.replication,
        scenario_count=solution.scenario_count,
        objective=solution.objective,
        gap=solution.gap,
        wall_seconds=solution.wall_seconds,
    )


def _from_certificate(certificate: Certificate) -> demand_pb2.DemandCertificate:
    static, gap = certificate.static_failures, certificate.program_gap
    return demand_pb2.DemandCertificate(
        static_failure_bound=_from_bound(static),
        program_gap=_from_bound(gap),
        no_static_bound_reason=_reason(static),
        no_program_gap_reason=_reason(gap),
    )


def _reason(bound: Bound | NoBound) -> str:
    return bound.reason if isinstance(bound, NoBound) else ""


def _from_bound(bound: Bound | NoBound) -> demand_pb2.StatisticalBound | None:
    if isinstance(bound, NoBound):
        return None
    return demand_pb2.StatisticalBound(value=bound.value, confident=bound.confident, batches=bound.batches)
