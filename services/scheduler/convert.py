"""Between protobuf messages and the domain."""

import math

import numpy as np

from officers.progress.v1 import progress_pb2
from officers.scheduler.v1 import scheduler_pb2 as pb
from services.scheduler.annealers import DEFAULT_ANNEALER, AnnealerEntry
from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule, Problem
from services.scheduler.qubo import Qubo
from services.scheduler.reporter import SolveProgress
from services.scheduler.sample_qubo import Sampling, SamplingOrder
from services.scheduler.solution import PenaltyTrial, Schedule
from services.scheduler.solve import Engine, SolveOptions
from serving.errors import InvalidArgument

DEFAULT_TIME_LIMIT_SECONDS = 60.0
MOST_TIME_LIMIT_SECONDS = 86_400.0
DEFAULT_PENALTY_TRIALS = 20
MOST_PENALTY_TRIALS = 1000
DEFAULT_READS = 16

_PRESENCE_RULES = {
    pb.PRESENCE_RULE_UNSPECIFIED: PresenceRule.NONE,
    pb.PRESENCE_RULE_NONE: PresenceRule.NONE,
    pb.PRESENCE_RULE_NO_RETURN_WITHIN_TWO: PresenceRule.NO_RETURN_WITHIN_TWO,
    pb.PRESENCE_RULE_MAX_CONSECUTIVE: PresenceRule.MAX_CONSECUTIVE,
}
_PRESENCE_RULE_NUMBERS = {rule: number for number, rule in _PRESENCE_RULES.items() if number}
_ENGINES = {
    pb.ENGINE_UNSPECIFIED: Engine.AUTO,
    pb.ENGINE_AUTO: Engine.AUTO,
    pb.ENGINE_EXACT: Engine.EXACT,
    pb.ENGINE_QUBO: Engine.QUBO,
}


def to_problem(message: pb.ScheduleProblem, prefix: str = "problem.") -> Problem:
    """Return the problem of a message, not yet validated.

    Raises
    ------
    InvalidArgument
        The presence rule is none that there is.
    """
    if message.presence_rule not in _PRESENCE_RULES:
        raise InvalidArgument(f"{prefix}presence_rule", f"Expected a known rule, got {message.presence_rule}.")
    return Problem(
        sectors=tuple(message.sectors),
        cars=tuple(_car(car) for car in message.cars),
        period_minutes=message.period_minutes,
        travel_minutes=tuple(tuple(row.minutes) for row in message.travel_minutes),
        demand=tuple(tuple(row.cars) for row in message.demand),
        presence_rule=_PRESENCE_RULES[message.presence_rule],
        max_consecutive=message.max_consecutive,
        max_per_sector=message.max_per_sector,
        home_cost_factor=message.home_cost_factor if message.HasField("home_cost_factor") else 1.0,
        square_travel=message.square_travel,
        fairness_weight=message.fairness_weight,
        pins=tuple(_placement(pin) for pin in message.pins),
        bans=tuple(_placement(ban) for ban in message.bans),
        history=tuple(CarHistory(past.car_id, tuple(past.sectors)) for past in message.history),
    )


def from_problem(problem: Problem) -> pb.ScheduleProblem:
    """Return the message of a problem."""
    return pb.ScheduleProblem(
        sectors=problem.sectors,
        cars=[_car_message(car) for car in problem.cars],
        period_minutes=problem.period_minutes,
        travel_minutes=[pb.TravelRow(minutes=row) for row in problem.travel_minutes],
        demand=[pb.DemandRow(cars=row) for row in problem.demand],
        presence_rule=_PRESENCE_RULE_NUMBERS[problem.presence_rule],
        max_consecutive=problem.max_consecutive,
        max_per_sector=problem.max_per_sector,
        home_cost_factor=problem.home_cost_factor,
        square_travel=problem.square_travel,
        fairness_weight=problem.fairness_weight,
        pins=[_placement_message(pin) for pin in problem.pins],
        bans=[_placement_message(ban) for ban in problem.bans],
        history=[pb.CarHistory(car_id=past.car_id, sectors=past.sectors) for past in problem.history],
    )


def to_solve_options(message: pb.SolveOptions) -> SolveOptions:
    """Return how to solve, with the defaults of the contract. Raises InvalidArgument."""
    if message.engine not in _ENGINES:
        raise InvalidArgument("options.engine", f"Expected a known engine, got {message.engine}.")
    if not 0 <= message.penalty_trials <= MOST_PENALTY_TRIALS:
        raise InvalidArgument(
            "options.penalty_trials",
            f"Expected 1 to {MOST_PENALTY_TRIALS} trials (0: {DEFAULT_PENALTY_TRIALS}), got {message.penalty_trials}.",
        )
    return SolveOptions(
        engine=_ENGINES[message.engine],
        annealer=message.annealer or DEFAULT_ANNEALER,
        time_limit_seconds=to_time_limit("options.time_limit_seconds", message.time_limit_seconds),
        seed=to_seed("options.seed", message.seed),
        trial_count=message.penalty_trials or DEFAULT_PENALTY_TRIALS,
        warm_start=message.warm_start,
    )


def to_sampling_order(request: pb.SampleRequest) -> SamplingOrder:
    """Return what to sample, not yet validated beyond time and seed. Raises InvalidArgument."""
    return SamplingOrder(
        qubo=Qubo(
            request.qubo.variable_count,
            np.array(request.qubo.rows, dtype=np.int64),
            np.array(request.qubo.columns, dtype=np.int64),
            np.array(request.qubo.coefficients, dtype=np.float64),
            request.qubo.offset,
        ),
        annealer=request.annealer or DEFAULT_ANNEALER,
        num_reads=request.num_reads or DEFAULT_READS,
        num_sweeps=request.num_sweeps,
        seed=to_seed("seed", request.seed),
        time_limit_seconds=to_time_limit("time_limit_seconds", request.time_limit_seconds),
    )


def from_schedule(schedule: Schedule) -> pb.Schedule:
    """Return the message of a schedule."""
    return pb.Schedule(
        status=pb.Status.Value(f"STATUS_{schedule.status.value}"),
        assignments=[pb.CarAssignment(car_id=a.car_id, sectors=a.sectors) for a in schedule.assignments],
        travel_minutes=schedule.travel_minutes,
        objective=schedule.objective,
        best_bound=schedule.best_bound,
        gap=schedule.gap,
        engine=schedule.engine,
        annealer=schedule.annealer,
        seed=schedule.seed,
        wall_seconds=schedule.wall_seconds,
        explanation=schedule.explanation,
        infeasible_rules=[
            pb.InfeasibleRule(rule=clash.rule, description=clash.description, periods=clash.periods)
            for clash in schedule.infeasible_rules
        ],
        penalty_trials=[from_penalty_trial(trial) for trial in schedule.penalty_trials],
    )


def from_progress(progress: SolveProgress) -> pb.SolveProgress:
    """Return the message of a progress."""
    return pb.SolveProgress(
        progress=progress_pb2.Progress(fraction=progress.fraction, message=progress.message),
        incumbent=progress.incumbent,
        best_bound=progress.best_bound,
        gap=progress.gap,
        trials_done=progress.trials_done,
        remote_trials_done=progress.remote_trials_done,
    )


def from_sampling(sampling: Sampling) -> pb.SampleResponse:
    """Return the message of drawn samples."""
    samples = sampling.samples
    return pb.SampleResponse(
        samples=[
            pb.QuboSample(states=state.astype(np.uint8).tobytes(), energy=energy, occurrences=occurrences)
            for state, energy, occurrences in zip(samples.states, samples.energies, samples.occurrences, strict=True)
        ],
        annealer=sampling.annealer,
        seed=sampling.seed,
        wall_seconds=sampling.wall_seconds,
    )


def from_annealers(entries: list[AnnealerEntry]) -> pb.ListAnnealersResponse:
    """Return the message of the list of annealers."""
    return pb.ListAnnealersResponse(
        annealers=[
            pb.Annealer(
                name=entry.name,
                description=entry.description,
                can_begin_warm=entry.can_begin_warm,
                unusable_reason=entry.unusable_reason,
            )
            for entry in entries
        ]
    )


def from_penalty_trial(trial: PenaltyTrial) -> pb.PenaltyTrial:
    """Return the message of a trial of the penalty search."""
    return pb.PenaltyTrial(
        demand_penalty=trial.demand_penalty,
        one_hot_penalty=trial.one_hot_penalty,
        presence_penalty=trial.presence_penalty,
        sample_count=trial.sample_count,
        feasible_sample_count=trial.feasible_sample_count,
        lowest_energy=trial.lowest_energy,
        best_objective=trial.best_objective,
    )


def _car(message: pb.Car) -> Car:
    return Car(
        id=message.id,
        start_sector=message.start_sector or None,
        home_sectors=tuple(message.home_sectors),
        breaks=tuple(_span(span) for span in message.breaks),
        on_duty=_span(message.on_duty) if message.HasField("on_duty") else None,
    )


def _car_message(car: Car) -> pb.Car:
    return pb.Car(
        id=car.id,
        start_sector=car.start_sector or "",
        home_sectors=car.home_sectors,
        breaks=[_span_message(span) for span in car.breaks],
        on_duty=None if car.on_duty is None else _span_message(car.on_duty),
    )


def _span_message(span: MinuteSpan) -> pb.MinuteSpan:
    return pb.MinuteSpan(start_minute=span.start_minute, minutes=span.minutes)


def _placement_message(placement: Placement) -> pb.Placement:
    return pb.Placement(car_id=placement.car_id, period=placement.period, sector=placement.sector)


def _span(message: pb.MinuteSpan) -> MinuteSpan:
    return MinuteSpan(message.start_minute, message.minutes)


def _placement(message: pb.Placement) -> Placement:
    return Placement(message.car_id, message.period, message.sector)


def to_time_limit(field: str, seconds: float) -> float:
    """Return seconds, 0 being the default. Raises InvalidArgument."""
    if not math.isfinite(seconds) or not 0 <= seconds <= MOST_TIME_LIMIT_SECONDS:
        raise InvalidArgument(
            field,
            f"Expected seconds from 0 (the default, {DEFAULT_TIME_LIMIT_SECONDS:g}) to {MOST_TIME_LIMIT_SECONDS:g}, "
            f"got {seconds:g}.",
        )
    return seconds or DEFAULT_TIME_LIMIT_SECONDS


def to_seed(field: str, seed: int) -> int:
    """Return a seed. Raises InvalidArgument."""
    if seed < 0:
        raise InvalidArgument(field, f"Expected a seed of at least 0, got {seed}.")
    return seed
