"""Chosen cars and candidates as tables for people."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table

from cli.clock import clock_times
from cli.optimize.words import certificate_lines, mean_response, programs_sentence
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import DemandCandidate, DemandCertificate, DemandPlan, OptimizeResponse


def plan_table(area: Area, plan: DemandPlan, start: str) -> Table:
    """Lay out cars per sector and period of a shift that begins at a local time, with their sums."""
    table = Table(title=f"Cars by period of {plan.period_minutes} minutes", title_justify="left", show_footer=True)
    table.add_column("Sector", footer="All")
    names = {sector.id: sector.name for sector in area.sectors}
    for time, period in zip(clock_times(start, plan.period_minutes, len(plan.periods)), plan.periods, strict=True):
        table.add_column(time, justify="right", footer=str(sum(period.cars)))
    for index, sector in enumerate(plan.sector_ids):
        table.add_row(names[sector], *(str(period.cars[index] or "·") for period in plan.periods))
    return table


def candidate_table(candidates: Iterable[DemandCandidate], title: str) -> Table:
    """Lay out candidates with their results on the validation scenarios, in their order."""
    table = Table(title=title, title_justify="left")
    table.add_column("Candidate")
    for heading in ("Late or never", "Mean response, min"):
        table.add_column(heading, justify="right")
    for candidate in candidates:
        figures = (f"{candidate.validation_failure_rate:.2%}", mean_response(candidate))
        table.add_row(candidate.name, *figures, style="bold" if candidate.chosen else None)
    return table


def candidate_parts(answer: OptimizeResponse, without_programs: bool) -> list[RenderableType]:
    """Lay out all candidates, what programs contributed and what is proved; per team where there are teams."""
    title = "Candidates on the validation scenarios, best first"
    parts: list[RenderableType] = [candidate_table(answer.candidates, title)]
    if not answer.teams:
        proved = answer.certificate if answer.HasField("certificate") else None
        return parts + _sentences(answer.candidates, proved, without_programs)
    for team in answer.teams:
        parts.append(candidate_table(team.candidates, f"Team {team.team}, {team.cars} cars"))
        proved = team.certificate if team.HasField("certificate") else None
        parts += _sentences(team.candidates, proved, without_programs)
    return parts


def _sentences(
    candidates: Sequence[DemandCandidate], certificate: DemandCertificate | None, without_programs: bool
) -> list[RenderableType]:
    lines: list[RenderableType] = [programs_sentence(candidates, without_programs)]
    if certificate is not None:
        chosen = next(candidate for candidate in candidates if candidate.chosen)
        lines += certificate_lines(certificate, chosen.validation_failure_rate)
    return lines
