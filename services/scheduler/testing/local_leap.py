"""Stand-ins for the clients of D-Wave's hybrid solvers: the same calls, answered by trying all states."""

import dimod


class LocalLeap:
    """Answers both kinds of problems; `problems` are those it was asked, `seconds` the least time limit."""

    def __init__(self, seconds: float = 3.0, answers: bool = True) -> None:
        self._seconds, self._answers = seconds, answers
        self.problems: list[dimod.BinaryQuadraticModel | dimod.ConstrainedQuadraticModel] = []

    def min_time_limit(self, problem: dimod.BinaryQuadraticModel | dimod.ConstrainedQuadraticModel) -> float:
        """Return the least time limit, seconds."""
        return self._seconds if problem.variables else 0.0

    def sample(self, problem: dimod.BinaryQuadraticModel, time_limit: float) -> dimod.SampleSet:
        """Answer a binary problem."""
        return self._answer(problem, _every_state(problem), time_limit)

    def sample_cqm(self, problem: dimod.ConstrainedQuadraticModel, time_limit: float) -> dimod.SampleSet:
        """Answer a constrained problem with what meets the constraints."""
        found = dimod.ExactCQMSolver().sample_cqm(problem)  # type: ignore[no-untyped-call]
        return self._answer(problem, found.filter(lambda row: row.is_feasible), time_limit)

    def _answer(
        self,
        problem: dimod.BinaryQuadraticModel | dimod.ConstrainedQuadraticModel,
        found: dimod.SampleSet,
        time_limit: float,
    ) -> dimod.SampleSet:
        if time_limit < self._seconds:
            raise ValueError("time_limit is below the least")
        self.problems.append(problem)
        if not self._answers:
            never: dimod.SampleSet = dimod.SampleSet.from_future(_Never(), lambda _: found)  # type: ignore[no-untyped-call]
            return never
        lowest: dimod.SampleSet = found.slice(20, sorted_by="energy")  # type: ignore[no-untyped-call]
        return lowest


def _every_state(problem: dimod.BinaryQuadraticModel) -> dimod.SampleSet:
    return dimod.ExactSolver().sample(problem)  # type: ignore[no-untyped-call]


class _Never:
    """A future that never ends."""

    def done(self) -> bool:
        """Return that it goes on."""
        return False
