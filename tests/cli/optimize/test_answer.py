import pytest

from cli.optimize.run import compared_plans
from cli.optimize.tables import candidate_parts, plan_table
from cli.optimize.words import certificate_lines, mean_response, programs_sentence
from officers.demand.v1.demand_pb2 import (
    DemandCandidate,
    DemandCertificate,
    DemandPeriod,
    DemandPlan,
    OptimizeResponse,
    StatisticalBound,
    TeamDemand,
)


def candidate(name: str, rate: float, chosen: bool = False, cars: int = 1) -> DemandCandidate:
    plan = DemandPlan(sector_ids=["S01"], period_minutes=60, periods=[DemandPeriod(cars=[cars])])
    return DemandCandidate(
        name=name, validation_failure_rate=rate, validation_mean_response_minutes=6.5, chosen=chosen, plan=plan
    )


CANDIDATES = [
    candidate("search, by block", 0.0411, chosen=True),
    candidate("two-stage, static", 0.0450),
    candidate("proportional", 0.0470),
    candidate("two-stage, replication 0", 0.0480),
    candidate("one per sector", 0.0512),
]


def test_a_mean_without_answered_calls_is_a_dash():
    assert mean_response(candidate("proportional", 0.05)) == "6.50"
    assert mean_response(DemandCandidate(name="proportional", validation_failure_rate=1.0)) == "–"


def test_what_programs_contributed():
    assert programs_sentence(CANDIDATES, left_out=False) == (
        "The best plan of a two-stage program is late for 4.50% (two-stage, static), the best without one for 4.70% "
        "(proportional), the best search, which begins at the best plan of either kind, for 4.11% (search, by block). "
        "The chosen plan comes from a search."
    )
    simple = [candidate("proportional", 0.047, chosen=True), candidate("two-stage, static", 0.05)]
    assert programs_sentence(simple, left_out=False).endswith("The chosen plan comes from neither.")
    assert programs_sentence(simple[:1], left_out=True) == "Two-stage programs were left out."
    assert programs_sentence(simple[:1], left_out=False).endswith("for want of time: none was solved.")


def test_certificates_are_labelled_as_what_they_are():
    bound = StatisticalBound(value=0.021, confident=0.018, batches=20)
    gap = StatisticalBound(value=0.0031, confident=0.0042, batches=20)
    static, program = certificate_lines(DemandCertificate(static_failure_bound=bound, program_gap=gap), 0.0411)
    assert static.startswith("Bound on failures of plans with cars at home in fixed sectors: whichever cars are sent")
    assert "less than 1.80% (95% confidence, estimate 2.10%, 20 batches); the chosen plan is for 4.11%" in static
    assert program.startswith("Gap of the two-stage program (clairvoyant, no queues; says nothing of simulated")
    assert "at most 0.0042" in program


def test_what_is_not_proved_says_so():
    late = DemandCertificate(no_static_bound_reason="not proved in time", no_program_gap_reason="not proved in time")
    assert all(line.endswith(": not proved in time.") for line in certificate_lines(late, 0.04))
    moving = DemandCertificate(no_static_bound_reason="none under these rules")
    assert certificate_lines(moving, 0.04)[0].endswith("fixed sectors: none under these rules.")
    nothing = DemandCertificate(static_failure_bound=StatisticalBound(value=0.0001, confident=-0.0001, batches=20))
    assert "none that says anything" in certificate_lines(nothing, 0.04)[0]
    few = DemandCertificate(no_program_gap_reason="none from 6 scenarios, at least 20 are needed")
    assert certificate_lines(few, 0.04)[1].endswith("failures): none from 6 scenarios, at least 20 are needed.")


def test_candidates_are_laid_out_by_team():
    single = candidate_parts(OptimizeResponse(candidates=CANDIDATES), without_programs=False)
    assert [type(part).__name__ for part in single] == ["Table", "str"]
    assert list(single[0].columns[0].cells) == [each.name for each in CANDIDATES]
    team = TeamDemand(team="north", cars=4, candidates=CANDIDATES, certificate=DemandCertificate())
    parts = candidate_parts(OptimizeResponse(candidates=CANDIDATES, teams=[team, team]), without_programs=False)
    assert [part.title for part in parts if not isinstance(part, str)][1] == "Team north, 4 cars"
    assert sum(isinstance(part, str) for part in parts) == 6


def test_the_plan_has_times_and_sums(outcome):
    plan = DemandPlan(sector_ids=["S01", "S02"], period_minutes=90)
    plan.periods.extend([DemandPeriod(cars=[2, 0]), DemandPeriod(cars=[1, 3])])
    table = plan_table(outcome.area, plan, "23:00")
    assert [column.header for column in table.columns] == ["Sector", "23:00", "00:30"]
    assert [column.footer for column in table.columns] == ["All", "2", "4"]
    assert list(table.columns[1].cells) == ["2", "·"]


@pytest.mark.parametrize("chosen", ["search, by block", "proportional"])
def test_the_chosen_plan_is_compared_with_simple_ones(chosen):
    candidates = [candidate(each.name, 0.1, each.name == chosen, number) for number, each in enumerate(CANDIDATES)]
    answer = OptimizeResponse(candidates=candidates, plan=candidates[0].plan)
    names = list(compared_plans(answer))
    assert names == ["proportional", "the chosen plan", "one per sector"]
    alone = OptimizeResponse(candidates=candidates[:1], plan=candidates[0].plan)
    assert list(compared_plans(alone)) == ["the chosen plan"]
