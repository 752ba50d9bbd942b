"""Answers "when should crews begin, and how many are needed"."""

import time
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from services.demand.allotment import share_in_proportion
from services.demand.area import Area
from services.demand.arrays import IntArray
from services.demand.calls import CallSet
from services.demand.demand_order import MOST_CARS
from services.demand.intervals import Interval, ratio_interval
from services.demand.library import Library
from services.demand.optimiser.score import Score, Scorer
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.roster.conform import conform
from services.demand.roster.crews import DAY_MINUTES, STEP_MINUTES, Roster, place_roster, plain_clock
from services.demand.roster.curve import RatedRoster, confidence_notes, crews_needed, rate_roster, vary_crews
from services.demand.roster.search import RosterBudget, first_roster, improve_roster, improve_sectors
from services.demand.simulator.case import DispatchCase
from services.demand.staffing_order import StaffingOrder, find_staffing_faults
from serving.errors import Cancelled, FailedPrecondition, InvalidArgument
from serving.wall_clock import wall_minutes
from serving.work import Stop

LEAST_DAYS = 2
WARM_UP_MINUTES = 720.0
SCORED_CALLS = 60_000_000
"""How many calls the search for a roster may score; half as many for the curve."""
PRESENT_SHARE, SEARCH_SHARE, PLANNED_SHARE = 0.35, 0.6, 0.6
"""Most of the time then left that may go to the sectors of the present crews, to the search for a roster, and to the
sectors of the planned crews; the rest is the curve's."""
PRESENT_CUT_SHORT = (
    "Time was up before the best sectors of the present crews were found: they may do better than told, and the "
    "planned crews gain less. A longer time limit tells."
)
PLANNED_CUT_SHORT = (
    "Time was up before the search for the planned crews ended: a longer time limit may find better ones."
)
STAFFING_VERSION = "3"
"""Part of the key under which answers are stored; to be raised with every change that gives other answers."""


@dataclass(frozen=True, eq=False)
class StaffingAnswer:
    """The crews as they are and as they should be, and the curve.

    Parameters
    ----------
    notes
        What cannot be said of these calls, and what time cut short, for people.
    complete
        False where the caller's wish to stop cut the work short.
    """

    sector_ids: tuple[str, ...]
    present: RatedRoster
    planned: RatedRoster
    failures_change: Interval | None
    curve: tuple[RatedRoster, ...]
    crews_needed: int | None
    notes: tuple[str, ...]
    wall_seconds: float
    complete: bool


def plan_staffing(
    order: StaffingOrder, library: Library, stop: Stop, workers: int = 1, most_scored_calls: int = SCORED_CALLS
) -> StaffingAnswer:
    """Choose when crews begin and where they wait, with no more hours on duty in all.

    The crews as they are get sectors that no single crew can gain by leaving, and so do the planned ones, so that the
    comparison is between hours alone. Both are rated on the validation calls.

    Parameters
    ----------
    most_scored_calls
        How many calls the search for a roster may score.

    Raises
    ------
    InvalidArgument
        The order contradicts itself, its area or its call sets; every field at fault is named.
    NotFound
        An artifact does not exist.
    FailedPrecondition
        The area has teams, its roads are unusable, or it does not say which sectors are neighbours and the rules need
        that.
    Cancelled
        The caller gave up before there was a roster.
    """
    start_time = time.monotonic()
    if faults := list(find_staffing_faults(order)):
        raise InvalidArgument.of(faults)
    area, _ = library.open_area(order.area_artifact)
    _refuse_teams(area)
    scorer, judge = (_scorer(_read_case(order, name, library), order, area, workers) for name in CALLS)
    if stop():
        raise Cancelled("The staffing was given up before it began.")
    limit = TimeLimit(order.time_limit_seconds, stop)
    start = _present_roster(order, library.count_past_calls(area, order.history))
    found = _search(order, start, area.sector_count, scorer, limit, most_scored_calls)
    budget = RosterBudget(scorer.scored_calls + most_scored_calls // 2, limit)
    rosters = _vary(order, found.planned, area.sector_count, scorer, budget)
    curve = tuple(rate_roster(roster, judge, order.seed) for roster in rosters)
    present = rate_roster(found.present, judge, order.seed)
    planned = next(rated for rated in curve if rated.roster is found.planned)
    return StaffingAnswer(
        sector_ids=area.sector_ids,
        present=present,
        planned=planned,
        failures_change=_change(planned.score, present.score, order.seed),
        curve=curve,
        crews_needed=crews_needed(curve, order.most_failure_rate) if order.most_failure_rate else None,
        notes=(*confidence_notes(planned, order.most_failure_rate > 0), *found.notes),
        wall_seconds=time.monotonic() - start_time,
        complete=not stop(),
    )


def _vary(
    order: StaffingOrder, planned: Roster, sector_count: int, scorer: Scorer[Roster], budget: RosterBudget
) -> tuple[Roster, ...]:
    """Return the planned crews, among fewer and more where the order asks for them."""
    count = order.vary_crews
    if not count:
        return (planned,)
    return vary_crews(planned, count, count, order.crew_rules, sector_count, scorer, order.seed, budget)


CALLS = ("training_calls_artifact", "validation_calls_artifact")


def _refuse_teams(area: Area) -> None:
    if len(area.teams) > 1:
        names = ", ".join(team.name for team in area.teams)
        message = (
            f"Crews are planned for areas without teams, for they do not say whose they are; {area.name} has {names}. "
            "Import each team's sectors as an area of its own."
        )
        raise FailedPrecondition("AREA_HAS_TEAMS", message)


@dataclass(frozen=True, eq=False)
class _Found:
    """The crews as they are, in good sectors, and as they should be; `notes` say what time cut short."""

    present: Roster
    planned: Roster
    notes: tuple[str, ...]


def _search(
    order: StaffingOrder,
    start: Roster,
    sector_count: int,
    scorer: Scorer[Roster],
    limit: TimeLimit,
    most_scored_calls: int,
) -> _Found:
    """Find sectors for the crews as they are, then other hours; sectors last, so that both have the best for theirs."""
    present_limit = limit.share(PRESENT_SHARE)
    present = improve_sectors(start, sector_count, scorer, RosterBudget(inf, present_limit))
    notes = [PRESENT_CUT_SHORT] if present_limit.over() else []
    try:
        conforming = conform(present, order.crew_rules)
    except ValueError as error:
        raise InvalidArgument("crew_rules", str(error)) from error
    search_limit = limit.share(SEARCH_SHARE)
    budget = RosterBudget(scorer.scored_calls + most_scored_calls, search_limit)
    improved = improve_roster(conforming, order.crew_rules, sector_count, scorer, order.seed, budget)
    search_ended = not search_limit.over()
    planned_limit = limit.share(PLANNED_SHARE)
    planned = improve_sectors(improved, sector_count, scorer, RosterBudget(inf, planned_limit))
    if not search_ended or planned_limit.over():
        notes.append(PLANNED_CUT_SHORT)
    return _Found(present, planned, tuple(notes))


def _present_roster(order: StaffingOrder, past_calls: IntArray) -> Roster:
    """Return the crews as they are, fixed ones first, in sectors in proportion to past calls."""
    shifts = (*order.fixed_shifts, *order.shifts)
    starts, minutes, cars = (
        np.array([getattr(shift, name) for shift in shifts], np.int64) for name in ("start_minute", "minutes", "cars")
    )
    none, any_number = np.zeros_like(past_calls), np.full_like(past_calls, MOST_CARS)
    weights = past_calls.astype(np.float64) + 1.0 / len(past_calls)
    shares = np.array([share_in_proportion(int(count), weights, none, any_number) for count in cars])
    return first_roster(starts, minutes, cars, shares)


def _scorer(case: DispatchCase, order: StaffingOrder, area: Area, workers: int) -> Scorer[Roster]:
    clock = _clock(case.calls, order, area.time_zone)
    return Scorer(case, lambda roster: place_roster(roster, clock), order.rules, order.objective, workers)


def _clock(calls: CallSet, order: StaffingOrder, time_zone: str) -> IntArray:
    """Return the local minutes of the half hours of the calls; without their date, clocks are taken not to change."""
    if calls.start_time is None:
        return plain_clock(calls.span_minutes, order.span_start_minute)
    shown = np.array(wall_minutes(calls.start_time, time_zone, calls.span_minutes, STEP_MINUTES))
    return np.asarray(shown - shown[0] + order.span_start_minute)


def _read_case(order: StaffingOrder, name: str, library: Library) -> DispatchCase:
    area, travel = library.open_area(order.area_artifact)
    case = library.read_case(getattr(order, name), name, area, travel)
    if case.calls.span_minutes < LEAST_DAYS * DAY_MINUTES:
        expected = f"Expected calls of a span of at least {LEAST_DAYS * DAY_MINUTES} minutes"
        raise InvalidArgument(name, f"{expected}, got one of {case.calls.span_minutes:g}.")
    return case.without_needs().counting_from(WARM_UP_MINUTES)


def _change(planned: Score, present: Score, seed: int) -> Interval | None:
    change = ratio_interval(planned.scenario_failures, present.scenario_failures, seed)
    return Interval(change.value - 1, change.low - 1, change.high - 1) if isfinite(change.value) else None
