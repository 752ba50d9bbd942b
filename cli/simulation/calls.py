"""The calls that a simulation replays: recorded ones of one day or many, or scenarios."""

from dataclasses import dataclass, replace
from datetime import date

from cli.area_session import AreaSession, ShiftSpan, shift_span
from cli.call_sets.draw import draw_calls
from cli.call_sets.recorded import days_between, days_of_copies, read_recorded_calls
from cli.options import parse_day
from cli.progress import Report
from cli.simulation.basis import DAY, SHIFT, CallBasis, sampled_basis
from cli.simulation.options import ReplayOptions
from serving.errors import InvalidArgument

DAY_MINUTES = 1440
SPREAD_NOTE = "Recorded times that are heaped on full or half hours are spread over what they stand for."


@dataclass(frozen=True)
class ReplayedCalls:
    """An artifact of calls, the span of each replay, and what results will rest on."""

    artifact: str
    spans: tuple[ShiftSpan, ...]
    basis: CallBasis


def find_calls(session: AreaSession, options: ReplayOptions, report: Report) -> ReplayedCalls:
    """Draw or read the calls.

    Raises
    ------
    InvalidArgument
        There is no such shift or day, or there are no calls.
    """
    days = _days(session, options)
    if options.scenario_count is None:
        found = _recorded(session, options, days, report)
    else:
        found = _sampled(session, options, options.scenario_count, days[0])
    if not found.basis.call_count:
        option = "--date" if len(days) == 1 else "--from"
        raise InvalidArgument(option, f"Expected days with calls, found none in {found.spans[0].title}.")
    return found


def _days(session: AreaSession, options: ReplayOptions) -> list[date]:
    if options.first_day is None or options.last_day is None:
        return [parse_day(session.area, options.day)]
    first, last = options.first_day, options.last_day
    return days_between(parse_day(session.area, first, "--from"), parse_day(session.area, last, "--to"))


def _recorded(session: AreaSession, options: ReplayOptions, days: list[date], report: Report) -> ReplayedCalls:
    groups = days_of_copies(days, options.copies)
    replays = [[_span(session, options, day) for day in group] for group in groups]
    found = read_recorded_calls(session, replays, options.seed, report, options.spreads_heaped_times)
    spans = tuple(replay[0] for replay in replays)
    basis = CallBasis(
        is_recorded=True,
        replays=len(spans),
        call_count=found.call_count,
        first_day=spans[0].day,
        last_day=replays[-1][-1].day,
        copies=options.copies,
        units=DAY if options.whole_day else SHIFT,
        notes=(*found.notes, *([SPREAD_NOTE] if options.spreads_heaped_times else [])),
    )
    return ReplayedCalls(found.artifact, spans, basis)


def _sampled(session: AreaSession, options: ReplayOptions, scenario_count: int, day: date) -> ReplayedCalls:
    span = _span(session, options, day)
    drawn = draw_calls(session, span, scenario_count, options.seed, "test", options.copies)
    units = DAY if options.whole_day else SHIFT
    basis = sampled_basis(span, scenario_count, drawn.call_count, options.copies, units)
    return ReplayedCalls(drawn.artifact, (span,), basis)


def _span(session: AreaSession, options: ReplayOptions, day: date) -> ShiftSpan:
    span = shift_span(session.area, options.shift_name, day.isoformat(), options.cars)
    if not options.whole_day:
        return span
    return replace(span, minutes=DAY_MINUTES, title=f"{span.day}, 24 hours from {span.local_start}")
