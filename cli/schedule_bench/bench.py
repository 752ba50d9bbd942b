"""Runs all solvers on the same instances, one after the other."""

from collections.abc import Callable, Sequence

from cli.schedule_bench.figures import Case, Figure
from cli.schedule_bench.instances import Size, presence_rule, problem_of_size
from cli.schedule_bench.ours import EXACT, solve_with
from cli.schedule_bench.plan import Task
from cli.schedule_bench.record import Record
from cli.schedule_bench.rivals import RIVALS, solve_in_process

WARM_SIZES = (Size(4, 6, 4), Size(4, 6, 8, homes=2, breaks=2))
WARM_SECONDS = 1.0

Done = Callable[[int, Figure], None]
"""Told of each figure, after how many tasks."""


def run_bench(tasks: Sequence[Task], record: Record, done: Done) -> list[Figure]:
    """Solve what is not on record yet; return the figures of all tasks."""
    if any(record.get(task.case) is None for task in tasks):
        _warm_up({task.case.solver for task in tasks} - set(RIVALS))
    figures = []
    for count, task in enumerate(tasks, 1):
        figure = record.get(task.case)
        if figure is None:
            figure = _solve(task)
            record.add(figure)
        figures.append(figure)
        done(count, figure)
    return figures


def _solve(task: Task) -> Figure:
    if task.case.solver in RIVALS:
        return solve_in_process(task.case, task.size)
    return solve_with(task.case, problem_of_size(task.size, task.case.seed, presence_rule(task.case.presence)))


def _warm_up(solvers: set[str]) -> None:
    """Compile the kernels, which would else be part of the first figure."""
    for solver in sorted(solvers | {EXACT}):
        for size in WARM_SIZES:
            solve_with(Case(solver, str(size), True, 0, WARM_SECONDS), problem_of_size(size, 0))
