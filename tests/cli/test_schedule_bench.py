import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from cli.schedule import schedule
from cli.schedule_bench.figures import Figure, gap_of, summarise
from cli.schedule_bench.instances import Size, random_problem
from cli.schedule_bench.ours import EXACT, solve_with
from cli.schedule_bench.rivals import RIVALS, solve_in_process
from services.scheduler.problem import PresenceRule
from services.scheduler.validation import validate
from serving.errors import InvalidArgument

SIZE = Size(4, 5, 4)


@pytest.mark.parametrize("rival", RIVALS)
def test_general_solvers_agree_with_the_exact_engine(rival: str) -> None:
    for presence in (False, True):
        blank = Figure(rival, str(SIZE), presence, 1)
        rule = PresenceRule.NO_RETURN_WITHIN_TWO if presence else PresenceRule.NONE
        exact = solve_with(EXACT, random_problem(4, 5, 4, 1, rule), 1, 20.0, blank)
        theirs = solve_in_process(rival, SIZE, 1, 20.0, blank)
        assert theirs.feasible
        assert theirs.objective == pytest.approx(exact.objective)
        assert theirs.bound == pytest.approx(exact.bound)


def test_what_is_too_large_says_with_how_many_variables() -> None:
    figure = solve_in_process("highs", Size(100, 300, 24), 0, 1.0, Figure("highs", "100x300x24", True, 0))
    assert figure.note == "too large: 69,720,000 variables"
    assert not figure.feasible


def test_gaps_are_to_the_best_bound_of_the_instance() -> None:
    figures = [
        Figure("a", "1x1x1", True, 0, feasible=True, objective=10.0, bound=6.0),
        Figure("b", "1x1x1", True, 0, feasible=True, objective=8.0, bound=8.0),
        Figure("b", "1x1x1", True, 1, note="no schedule in time"),
    ]
    assert gap_of(figures[0], figures) == pytest.approx(0.2)
    assert gap_of(figures[2], figures) is None
    assert [(row.solver, row.feasible, row.instances, row.gap) for row in summarise(figures)] == [
        ("a", 1, 1, pytest.approx(0.2)),
        ("b", 1, 2, 0.0),
    ]


def test_instances_make_sense_and_every_car_is_needed() -> None:
    problem = random_problem(20, 50, 18, seed=4)
    validate(problem)
    assert {sum(row) for row in problem.demand} == {50}


def test_the_command_prints_figures_and_writes_charts(tmp_path: Path) -> None:
    arguments = ["bench", "--sizes", "3x4x3", "--seeds", "1", "--time-limit", "2", "--json", "--out", str(tmp_path)]
    result = CliRunner().invoke(schedule, arguments, catch_exceptions=False)
    report = json.loads(result.stdout)
    assert {row["presence"] for row in report["medians"]} == {True, False}
    assert all(row["gap"] == 0 for row in report["medians"] if row["solver"] == EXACT)
    for name in ("gap.svg", "seconds.svg", "largest_travel.svg"):
        ElementTree.fromstring((tmp_path / name).read_text())


def test_a_size_that_is_none_is_named() -> None:
    with pytest.raises(InvalidArgument, match="--sizes"):
        CliRunner().invoke(schedule, ["bench", "--sizes", "20x20"], catch_exceptions=False)
