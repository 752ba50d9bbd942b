"""Asks Hyperopt's tree of Parzen estimators (Bergstra et al. 2011) for points, and tells it what they came to."""

from collections.abc import Iterable
from typing import Any

from hyperopt import STATUS_FAIL, STATUS_OK, Trials, space_eval, tpe
from hyperopt.base import JOB_STATE_DONE, Domain

from services.predictor.search.space import Point, Space
from services.predictor.search.trials_file import TrialRecord


class Suggester:
    """Points to try next; earlier trials count."""

    def __init__(self, space: Space, seed: int, earlier: Iterable[TrialRecord]) -> None:
        self._space = space
        self._choices = space.choices()
        self._domain = Domain(_never_called, self._choices)
        self._trials = Trials()
        self._seed = seed
        self._asked = 0
        for record in earlier:
            self.tell(record)

    def ask(self) -> Point:
        """Return a point; the same seed and trials give the same one."""
        number = len(self._trials.trials) + self._asked
        self._asked += 1
        (document,) = tpe.suggest([number], self._domain, self._trials, (self._seed * 1_000_003 + number) % 2**31)
        positions = {label: values[0] for label, values in document["misc"]["vals"].items() if values}
        return Point.from_choice(space_eval(self._choices, positions))

    def tell(self, record: TrialRecord) -> None:
        """Take in what a trial came to."""
        number = len(self._trials.trials)
        positions = self._space.positions(record.point)
        labels = self._domain.params
        values = {label: [positions[label]] if label in positions else [] for label in labels}
        misc = {
            "tid": number,
            "cmd": self._domain.cmd,
            "workdir": self._domain.workdir,
            "idxs": {label: [number] if found else [] for label, found in values.items()},
            "vals": values,
        }
        deviance = record.result.deviance
        result = {"status": STATUS_FAIL} if deviance is None else {"status": STATUS_OK, "loss": deviance}
        (document,) = self._trials.new_trial_docs([number], [None], [result], [misc])
        document["state"] = JOB_STATE_DONE
        self._trials.insert_trial_doc(document)
        self._trials.refresh()
        self._asked = max(0, self._asked - 1)


def _never_called(_choice: Any) -> float:
    raise AssertionError("points are evaluated by trials")
