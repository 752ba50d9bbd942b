import json
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from cli.schedule import schedule
from cli.schedule_bench import bench as bench_module
from cli.schedule_bench.bench import run_bench
from cli.schedule_bench.figures import Case, Figure, best_bounds, gap_to, summarise
from cli.schedule_bench.goals import judge
from cli.schedule_bench.instances import MANY_CLASSES, Size, presence_rule, problem_of_size, random_problem
from cli.schedule_bench.ours import EXACT, solve_with
from cli.schedule_bench.plan import SIZES, SOLVERS, plan, read_size, read_solvers
from cli.schedule_bench.record import FILE, Record
from cli.schedule_bench.rivals import RIVALS, solve_in_process
from services.scheduler.validation import validate
from serving.errors import InvalidArgument

SIZE = Size(4, 5, 4)


def case(solver: str, size: str = "4x5x4", presence: bool = False, seed: int = 1, seconds: float = 20.0) -> Case:
    return Case(solver, size, presence, seed, seconds)


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("presence", [False, True])
def test_general_solvers_agree_with_the_exact_engine(rival: str, presence: bool) -> None:
    exact = solve_with(case(EXACT, presence=presence), problem_of_size(SIZE, 1, presence_rule(presence)))
    theirs = solve_in_process(case(rival, presence=presence), SIZE)
    assert theirs.feasible
    assert theirs.objective == pytest.approx(exact.objective)
    assert theirs.bound == pytest.approx(exact.bound)
    assert sum(theirs.car_minutes) == pytest.approx(sum(exact.car_minutes))


def test_what_is_too_large_says_with_how_many_variables() -> None:
    figure = solve_in_process(case("highs"), Size(100, 300, 24))
    assert figure.note == "too large to build: 69,720,000 variables"
    assert not figure.feasible


def test_gaps_are_to_the_best_bound_of_the_instance_whatever_the_time() -> None:
    figures = [
        Figure(case("a"), feasible=True, objective=10.0, bound=6.0, car_minutes=(4.0, 6.0)),
        Figure(case("b"), feasible=True, objective=8.0, bound=7.0, car_minutes=(8.0, 0.0)),
        Figure(case("b", seconds=60.0), feasible=True, objective=8.0, bound=8.0, car_minutes=(8.0, 0.0)),
        Figure(case("b", seed=2), note="no schedule in time"),
    ]
    bounds = best_bounds(figures)
    assert gap_to(figures[0], bounds[figures[0].case.instance]) == pytest.approx(0.2)
    assert gap_to(figures[3], bounds.get(figures[3].case.instance)) is None
    first, second, longer = summarise(figures)
    assert (first.gap, first.own_gap, first.most_minutes) == (pytest.approx(0.2), pytest.approx(0.4), 6.0)
    assert (second.feasible, second.instances, second.gap, second.own_gap) == (1, 2, 0.0, 0.125)
    assert (second.note, longer.gap) == ("no schedule in time", 0.0)


def test_instances_make_sense_and_every_car_is_needed() -> None:
    problem = random_problem(20, 50, 18, seed=4)
    validate(problem)
    assert {sum(row) for row in problem.demand} == {50}


@pytest.mark.parametrize("seed", range(10))
def test_many_classes_are_four_homes_by_four_breaks_with_a_car_for_all_demand(seed: int) -> None:
    problem = problem_of_size(MANY_CLASSES, seed)
    validate(problem)
    assert len({(car.home_sectors, car.breaks) for car in problem.cars}) == 16
    homes = Counter(car.home_sectors for car in problem.cars)
    assert list(homes.values()) == [6, 6, 6, 6]
    assert {sum(row) for row in problem.demand} == {18}
    for minute in range(0, problem.shift_minutes, 15):
        on_break = sum(s.start_minute <= minute < s.end_minute for car in problem.cars for s in car.breaks)
        assert on_break in (0, 6)


def test_the_plan_has_every_size_with_and_without_presence_and_the_same_time_for_all() -> None:
    tasks = plan(SIZES, SOLVERS, 10, ())
    assert len({task.case for task in tasks}) == len(tasks)
    small = [task.case for task in tasks if task.case.size == "20x20x18"]
    assert {c.solver for c in small} == set(SOLVERS)
    assert {(c.time_limit_seconds, c.presence, c.seed) for c in small} == {
        (limit, presence, seed) for limit in (10.0, 60.0) for presence in (False, True) for seed in range(10)
    }
    many = {task.case.solver for task in tasks if task.size == MANY_CLASSES}
    assert many == {EXACT, "one_hot_tempering"}


def test_goals_are_met_missed_or_not_measured() -> None:
    def exact(seconds: float, gap: float) -> list[Figure]:
        bound = 100 * (1 - gap)
        return [
            Figure(case(EXACT, "50x100x24", True, seed, seconds), True, 100.0, bound, (50.0, 50.0), seconds)
            for seed in range(3)
        ]

    def met(figures: list[Figure]) -> bool | None:
        return next(v.met for v in judge(summarise(figures)) if "0.1 % in 15 s" in v.goal.words)

    assert met(exact(15.0, 0.0005)) is True
    assert met(exact(15.0, 0.002)) is False
    assert met(exact(30.0, 0.002)) is None
    assert met([replace(f, objective=None, bound=None) for f in exact(15.0, 0.0)]) is False
    some = [Figure(case(EXACT, "20x20x12", True), True, 1.0, 1.0, (1.0,), 0.1)]
    verdict = next(v for v in judge(summarise(some)) if "gap 0" in v.goal.words)
    assert verdict.met is None
    assert "8 sizes not measured" in verdict.worst


def test_a_bench_that_was_killed_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = plan([SIZE], (EXACT,), 2, (5.0,))
    solved: list[Case] = []

    def solve(task_case: Case, _problem: object) -> Figure:
        solved.append(task_case)
        if len(solved) > 3 and not released.is_set():
            raise KeyboardInterrupt
        return Figure(task_case, True, 1.0, 1.0, (0.5, 0.5), 0.1)

    released = threading.Event()
    monkeypatch.setattr(bench_module, "solve_with", solve)
    monkeypatch.setattr(bench_module, "_warm_up", lambda _solvers: None)
    with pytest.raises(KeyboardInterrupt):
        run_bench(tasks, Record(tmp_path), lambda _count, _figure: None)
    with (tmp_path / FILE).open("a") as file:
        file.write('{"case": {"solver": "exa')  # what a kill in the middle of a line leaves
    released.set()
    solved.clear()
    figures = run_bench(tasks, Record(tmp_path), lambda _count, _figure: None)
    assert solved == [tasks[3].case]
    assert [figure.case for figure in figures] == [task.case for task in tasks]
    assert len((tmp_path / FILE).read_text().splitlines()) == 4
    assert run_bench(tasks, Record(tmp_path), lambda _count, _figure: None) == figures


def test_a_file_that_holds_no_figures_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"size": 3}\n')
    with pytest.raises(InvalidArgument, match=r"line 1 of .*figures\.jsonl"):
        Record(tmp_path)


def test_the_command_prints_figures_and_writes_charts(tmp_path: Path) -> None:
    arguments = ["bench", "--sizes", "3x4x3,4x6x8-2x2", "--solvers", "highs,exact,one_hot_tempering", "--seeds", "1"]
    arguments += ["--time-limit", "1", "--json", "--out", str(tmp_path)]
    result = CliRunner().invoke(schedule, arguments, catch_exceptions=False)
    report = json.loads(result.stdout)
    assert {row["presence"] for row in report["medians"]} == {True, False}
    assert {row["solver"] for row in report["medians"] if row["size"] == "4x6x8-2x2"} == {EXACT, "one_hot_tempering"}
    small = [row for row in report["medians"] if row["solver"] == EXACT and row["size"] == "3x4x3" and row["feasible"]]
    assert small
    assert all(row["gap"] == 0 for row in small)
    assert {goal["met"] for goal in report["goals"]} == {None}
    charts = sorted(file.name for file in tmp_path.glob("*.svg"))
    assert len(charts) == 10
    for name in charts:
        ElementTree.fromstring((tmp_path / name).read_text())
    again = CliRunner().invoke(schedule, [argument for argument in arguments if argument != "--json"])
    assert "What is to be reached" in again.stdout
    assert "are assumed" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sizes", "20x20"], "--sizes: Expected sectors x cars x periods"),
        (["--sizes", "4x4x4-5x1"], "--sizes: Expected at most as many homes"),
        (["--sizes", "4x4x4-2x4"], "--sizes: Expected breaks that end within the shift"),
        (["--solvers", "exact,magic"], "--solvers: Expected some of exact,one_hot_tempering"),
        (["--time-limit", "10,x"], "--time-limit: Expected positive numbers of seconds"),
        (["--time-limit", "nan"], "--time-limit: Expected positive numbers of seconds"),
    ],
)
def test_bad_options_are_named(arguments: list[str], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        CliRunner().invoke(schedule, ["bench", *arguments], catch_exceptions=False)


def test_sizes_and_solvers_are_read() -> None:
    assert read_size("22x24x24-4x4") == MANY_CLASSES
    assert str(read_size(str(MANY_CLASSES))) == str(MANY_CLASSES)
    assert read_solvers("highs, exact") == (EXACT, "highs")
