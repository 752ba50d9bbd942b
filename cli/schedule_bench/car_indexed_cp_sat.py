"""CP-SAT on the formulation with a variable for each car. A process of its own: never beside HiGHS."""

import numpy as np
from ortools.sat.python import cp_model

from cli.schedule_bench.car_indexed import Formulation, Outcome, run


def solve(formulation: Formulation, time_limit_seconds: float, seed: int) -> Outcome:
    """Solve within the time limit."""
    model = cp_model.CpModel()
    place = np.vectorize(lambda number: model.new_bool_var(str(number)), otypes=[object])(formulation.place)
    cars, periods, sectors = place.shape
    for car in range(cars):
        for period in range(periods):
            model.add_exactly_one(place[car, period])
    for period in range(periods):
        for sector in range(sectors):
            model.add(sum(place[:, period, sector]) >= int(formulation.demand[period, sector]))
    if formulation.no_return:
        for early, late in zip(place[:, :-2].reshape(-1), place[:, 2:].reshape(-1), strict=True):
            model.add_at_most_one(early, late)
    model.minimize(sum(_drives(model, formulation, place)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = time_limit_seconds
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Outcome(None, None)
    return Outcome(np.vectorize(solver.value)(place), solver.best_objective_bound)


def _drives(model: cp_model.CpModel, formulation: Formulation, place: np.ndarray) -> list[cp_model.LinearExpr]:
    """Add the drives; return what each counts."""
    cars, periods, sectors = place.shape
    terms = []
    for car in range(cars):
        for period in range(periods - 1):
            for a in range(sectors):
                for b in range(sectors):
                    if a != b:
                        drive = model.new_bool_var("")
                        model.add_bool_or(drive, place[car, period, a].negated(), place[car, period + 1, b].negated())
                        terms.append(int(formulation.travel[a, b]) * drive)
    return terms


if __name__ == "__main__":
    run(solve)
