"""The log-linear model corrected by gradient-boosted trees on recent counts, level and calendar, with Poisson loss."""

from sklearn.ensemble import HistGradientBoostingRegressor

from services.predictor.boosted_trees import BoostedFactor, TreeArrays
from services.predictor.correction_rows import correction_rows
from services.predictor.models.log_linear import NO_INCIDENT, corrected_network, linear_factor
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch

LEARNING_RATE = 0.1
TREES = 40
LEAVES = 6
LARGEST_DEPTH = 3
LEAST_ROWS_IN_LEAF = 500
RIDGE = 5.0


class Boosted:
    """The log-linear model times a factor of boosted trees (scikit-learn's histogram gradient boosting).

    The log-linear intensity enters as offset: the trees fit recorded / expected, each row weighing as much as was
    expected. A level that was never seen before is thus left to the log-linear part, for trees do not extrapolate.
    """

    can_win = True
    core_seconds = 8.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation; without an incident in the rows the weekly table stays as it is."""
        rows = correction_rows(training, watch)
        linear = linear_factor(rows)
        if not rows.targets.any():
            watch.report(1.0, NO_INCIDENT)
            return corrected_network(training, linear)
        offsets = linear.values(rows.features)
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
        regressor.fit(rows.features, rows.targets / offsets, sample_weight=rows.weights * offsets)
        trees = BoostedFactor.of_trees(TreeArrays.of_regressor(regressor), "factor")
        return corrected_network(training, linear, trees)


MODEL = Boosted()
