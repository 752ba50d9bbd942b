"""The page docs/adding-an-annealer.md, its code run as it stands there."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

from services.scheduler import annealers
from services.scheduler.budget import Budget
from services.scheduler.checker import broken_rules
from services.scheduler.problem import PresenceRule
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions, draw
from services.scheduler.solve import Engine, SolveOptions, solve
from tests.services.scheduler.problems import random_problem, sectors_of

PAGE = Path(__file__).parents[3] / "docs" / "adding-an-annealer.md"


def code_of_the_page() -> str:
    _, block = PAGE.read_text().split("```python\n")
    return block.split("```")[0]


def test_the_file_is_short() -> None:
    assert len(code_of_the_page().splitlines()) < 60


def test_a_file_put_into_the_folder_is_an_annealer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "steepest_descent.py").write_text(code_of_the_page())
    monkeypatch.setattr(annealers, "__path__", [*annealers.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "services.scheduler.annealers.steepest_descent", raising=False)
    (entry,) = (entry for entry in annealers.list_annealers() if entry.name == "steepest_descent")
    assert entry.description == "Steepest descent of single flips from random states, on this machine."

    rows, columns = np.triu_indices(8)
    qubo = Qubo(8, rows, columns, np.random.default_rng(1).normal(size=len(rows)))
    every = qubo.energies(np.array(list(itertools.product((0, 1), repeat=8)), dtype=np.int8))
    budget = Budget.of_seconds(60, lambda: False)
    samples = draw(annealers.load_annealer("steepest_descent"), qubo, SampleOptions(20), budget)
    assert samples.energies[0] == pytest.approx(every.min())

    problem = random_problem(3, 4, 4, seed=1, rule=PresenceRule.NONE)
    options = SolveOptions(Engine.QUBO, "steepest_descent", time_limit_seconds=20, trial_count=2)
    schedule = solve(problem, options, stop=lambda: False)
    assert schedule.annealer == "steepest_descent"
    assert not broken_rules(problem, sectors_of(schedule))
