"""Where the trials of a search run."""

from collections.abc import Callable
from typing import Protocol

from services.predictor.search.space import Space
from services.predictor.search.trial import SearchData
from services.predictor.search.trials_file import TrialRecord, TrialsFile


class SearchBackend(Protocol):
    """Runs trials of a space until a time budget is over."""

    def run(
        self,
        data: SearchData,
        space: Space,
        trials: TrialsFile,
        budget_seconds: float,
        on_trial: Callable[[TrialRecord], None],
    ) -> None:
        """Run trials; each is added to the file and then told to `on_trial`."""
        ...
