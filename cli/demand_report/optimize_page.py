"""Compose the page of a choice of cars."""

from dataclasses import dataclass

from cli.demand_report.environment import page_environment
from cli.demand_report.heat_table import plan_heat
from cli.demand_report.plan_rows import LOAD_HEADINGS, RESPONSE_HEADINGS
from cli.demand_report.replay_parts import replay_parts
from cli.demand_report.simulation_page import SAMPLED_LIMIT
from cli.dispatch_options import objective_text
from cli.optimize.run import CHOSEN, Optimized
from cli.optimize.words import certificate_lines, mean_response, programs_sentence
from cli.simulation.words import comparison_sentences
from officers.demand.v1.demand_pb2 import OptimizeResponse, TeamDemand


@dataclass(frozen=True)
class CandidateRow:
    """One candidate, written out."""

    name: str
    is_chosen: bool
    late: str
    mean: str


@dataclass(frozen=True)
class CandidateTable:
    """The candidates of the area or of a team, with what programs contributed and what is proved."""

    title: str
    rows: tuple[CandidateRow, ...]
    programs: str
    certificate: tuple[str, ...]


def render_optimize(found: Optimized) -> str:
    """Render a choice of cars that was replayed against fresh scenarios as one HTML document.

    Raises
    ------
    ValueError
        It was not replayed.
    """
    if found.simulation is None:
        raise ValueError("Expected a choice that was replayed against fresh scenarios.")
    sentences = comparison_sentences(found.simulation)
    headline = next((text for text in sentences if CHOSEN in text.lower()), sentences[0])
    return (
        page_environment()
        .get_template("optimize.html")
        .render(
            response_headings=RESPONSE_HEADINGS,
            load_headings=LOAD_HEADINGS,
            area=found.area,
            title=found.span.title,
            headline=headline,
            others=[text for text in sentences if text != headline],
            candidates=candidate_tables(found.answer, found.options.without_programs),
            objective=objective_text(found.options.objective),
            heat=plan_heat(CHOSEN, found.area, found.answer.plan, found.span.local_start),
            period_minutes=found.answer.plan.period_minutes,
            replay=replay_parts(found.simulation),
            limits=[SAMPLED_LIMIT],
        )
    )


def candidate_tables(answer: OptimizeResponse, without_programs: bool) -> list[CandidateTable]:
    """Lay out the candidates of the whole area, then of each team."""
    if not answer.teams:
        return [_table("On the validation scenarios", answer, programs_sentence(answer.candidates, without_programs))]
    tables = [_table("Every team together, on the validation scenarios", answer, "")]
    for team in answer.teams:
        title = f"Team {team.team}, {team.cars} cars"
        tables.append(_table(title, team, programs_sentence(team.candidates, without_programs)))
    return tables


def _table(title: str, found: OptimizeResponse | TeamDemand, programs: str) -> CandidateTable:
    rows = tuple(
        CandidateRow(
            candidate.name,
            candidate.chosen,
            f"{candidate.validation_failure_rate:.2%}",
            mean_response(candidate),
        )
        for candidate in found.candidates
    )
    rate = next(candidate.validation_failure_rate for candidate in found.candidates if candidate.chosen)
    lines = certificate_lines(found.certificate, rate) if found.HasField("certificate") else []
    return CandidateTable(title, rows, programs, tuple(lines))
