"""Remembers the last few problems that trials were about, so that each is checked and compiled once."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from services.scheduler.annealers import load_annealer
from services.scheduler.problem import Problem
from services.scheduler.trial import Subject
from services.scheduler.validation import validate

REMEMBERED = 4
"""Problems and annealers; the arrays of a large problem take some hundred megabytes."""


class Subjects:
    """The subjects of the last trials."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[bytes, str], Subject] = OrderedDict()

    def get(self, key: bytes, annealer_name: str, read: Callable[[], Problem], prefix: str) -> Subject:
        """Return the subject of a problem, known by `key`, and an annealer.

        Raises
        ------
        InvalidArgument
            The problem makes no sense (its fields are named with the prefix), or there is no such annealer.
        """
        with self._lock:
            if (key, annealer_name) not in self._known:
                self._known[key, annealer_name] = _make(annealer_name, read(), prefix)
            self._known.move_to_end((key, annealer_name))
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return self._known[key, annealer_name]


def _make(annealer_name: str, problem: Problem, prefix: str) -> Subject:
    validate(problem, prefix)
    return Subject(problem, annealer_name, load_annealer(annealer_name))
