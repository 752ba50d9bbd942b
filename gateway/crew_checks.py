"""What can be wrong with the crews of a staffing: each by itself, and all of them together."""

from collections.abc import Iterator, Sequence

import numpy as np

from gateway.crews import QUARTER_MINUTES, breaks_by_quarter, count_cars, duty_by_quarter, most_on_duty
from gateway.plan_options import Violation
from gateway.teams import Team
from officers.gateway.v1.gateway_pb2 import CrewStart, Staffing
from officers.scheduler.v1.scheduler_pb2 import MinuteSpan

MOST_CARS = 1000


def check_each_crew(staffing: Staffing, teams: Sequence[Team], shift_minutes: int) -> Iterator[Violation]:
    """Yield what is wrong with single crews whose hours are filled in."""
    for index, crew in enumerate(staffing.crews):
        path = f"staffing.crews[{index}]"
        shift = MinuteSpan(start_minute=0, minutes=shift_minutes)
        duty = MinuteSpan(start_minute=crew.start_minute, minutes=crew.minutes)
        yield from _check_span(duty, shift, path)
        if not 1 <= crew.cars <= MOST_CARS:
            yield f"{path}.cars", f"Expected 1 to {MOST_CARS}, got {crew.cars}."
        yield from _check_team(crew, teams, f"{path}.team")
        free_from = crew.start_minute
        for number, span in enumerate(crew.breaks):
            left = MinuteSpan(start_minute=free_from, minutes=crew.start_minute + crew.minutes - free_from)
            yield from _check_span(span, left, f"{path}.breaks[{number}]")
            free_from = max(free_from, min(span.start_minute + span.minutes, crew.start_minute + crew.minutes))


def check_all_crews(staffing: Staffing, teams: Sequence[Team], shift_minutes: int) -> Iterator[Violation]:
    """Yield what is wrong with crews together, of which none is at fault by itself."""
    total = sum(crew.cars for crew in staffing.crews)
    if total > MOST_CARS:
        yield "staffing.crews", f"Expected at most {MOST_CARS} cars in all, got {total}."
    most = most_on_duty(staffing.crews, shift_minutes)
    if staffing.cars != most:
        allowed = f"Expected 0 or {most}, the most cars of the crews on duty at once"
        yield "staffing.cars", f"{allowed}, got {staffing.cars}."
    if staffing.team_cars:
        yield "staffing.team_cars", "Expected none with crews, which name their teams."
    yield from _check_gaps(staffing, shift_minutes)
    groups: Sequence[Team | None] = teams or [None]
    for team in groups:
        yield from _check_common_breaks(staffing, team, shift_minutes)


def _check_span(span: MinuteSpan, around: MinuteSpan, path: str) -> Iterator[Violation]:
    """Check that a span lies within another one, in quarter hours."""
    start, end = around.start_minute, around.start_minute + around.minutes
    step = f"in steps of {QUARTER_MINUTES}"
    if span.start_minute % QUARTER_MINUTES or not start <= span.start_minute <= end - QUARTER_MINUTES:
        allowed = f"{start} to {end - QUARTER_MINUTES} {step}" if end - start >= QUARTER_MINUTES else "no time after it"
        yield f"{path}.start_minute", f"Expected {allowed}, got {span.start_minute}."
    elif span.minutes % QUARTER_MINUTES or not QUARTER_MINUTES <= span.minutes <= end - span.start_minute:
        longest = end - span.start_minute
        yield f"{path}.minutes", f"Expected {QUARTER_MINUTES} to {longest} {step}, got {span.minutes}."


def _check_team(crew: CrewStart, teams: Sequence[Team], field: str) -> Iterator[Violation]:
    names = [team.crew_team for team in teams] or [""]
    if crew.team not in names:
        known = [name for name in names if name]
        allowed = f"one of the area's teams ({', '.join(known)})" if known else "nothing: the area has no teams"
        yield field, f"Expected {allowed}, got {crew.team!r}."


def _check_gaps(staffing: Staffing, shift_minutes: int) -> Iterator[Violation]:
    on_duty = count_cars(staffing.crews, duty_by_quarter(staffing.crews, shift_minutes))
    if not on_duty.all():
        minute = int(np.argmin(on_duty)) * QUARTER_MINUTES
        yield "staffing.crews", f"Expected a car on duty at every minute of the shift, got none at minute {minute}."


def _check_common_breaks(staffing: Staffing, team: Team | None, shift_minutes: int) -> Iterator[Violation]:
    """Check that of several cars of a team on duty one is not on a break; a car that is alone may take its own."""
    crews = [crew for crew in staffing.crews if team is None or crew.team == team.crew_team]
    on_duty = count_cars(crews, duty_by_quarter(crews, shift_minutes))
    on_break = count_cars(crews, breaks_by_quarter(crews, shift_minutes))
    stopped = (on_duty > 1) & (on_break >= on_duty)
    if stopped.any():
        minute = int(np.argmax(stopped)) * QUARTER_MINUTES
        whose = f" of {team.name!r}" if team else ""
        yield (
            "staffing.crews",
            f"Expected a car{whose} that is not on a break whenever several are on duty, got none at minute {minute}; "
            "crews that begin together may take their breaks at different times.",
        )
