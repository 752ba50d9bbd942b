"""Low-rank rhythms corrected by gradient-boosted trees on recent counts, level and calendar, with Poisson loss."""

from sklearn.ensemble import HistGradientBoostingRegressor

from services.predictor.boosted_trees import BoostedFactor, TreeArrays
from services.predictor.correction_rows import correction_rows
from services.predictor.models.log_linear import corrected_network
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch

LEARNING_RATE = 0.1
TREES = 40
LEAVES = 6
LARGEST_DEPTH = 3
LEAST_ROWS_IN_LEAF = 500
RIDGE = 5.0


class Boosted:
    """The low-rank table times a factor of boosted trees (scikit-learn's histogram gradient boosting).

    The intensity enters as offset: the trees fit recorded / expected, each row weighing as much as was expected.
    """

    can_win = True
    core_seconds = 8.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        rows = correction_rows(training, watch)
        regressor = HistGradientBoostingRegressor(
            loss="poisson",
            learning_rate=LEARNING_RATE,
            max_iter=TREES,
            max_leaf_nodes=LEAVES,
            max_depth=LARGEST_DEPTH,
            min_samples_leaf=LEAST_ROWS_IN_LEAF,
            l2_regularization=RIDGE,
            early_stopping=False,
            random_state=training.seed % 2**31,
        )
        regressor.fit(rows.features, rows.targets, sample_weight=rows.weights)
        return corrected_network(training, BoostedFactor.of_trees(TreeArrays.of_regressor(regressor), "factor"))


MODEL = Boosted()
