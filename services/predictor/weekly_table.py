"""The weekly table that corrections start from: kriged rhythms with a share of low-rank ones."""

import numpy as np
from numpy.typing import NDArray

from services.predictor.models.kriging import kriged_table
from services.predictor.models.low_rank import factored_table
from services.predictor.training_set import TrainingSet

LOW_RANK_SHARE = 0.25
"""What halves of the weeks agree on in every area and on every grid that was tried (0, 1/4, 1/2, 3/4 and 1 were)."""


def weekly_table(training: TrainingSet, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return intensities by hour of the week from the counts of some frames, shape (168, n_rows, n_columns).

    The logarithm is the weighted mean of those of both tables: kriging shares what neighbours have in common, low rank
    what places of one kind do.
    """
    kriged, factored = kriged_table(training, numbers), factored_table(training, numbers)
    return np.asarray(np.exp((1 - LOW_RANK_SHARE) * np.log(kriged) + LOW_RANK_SHARE * np.log(factored)))
