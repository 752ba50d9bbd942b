"""Trees as a layer answer what scikit-learn answers."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from services.predictor.boosted_trees import BoostedFactor, TreeArrays


@pytest.mark.parametrize(("leaves", "depth", "trees"), [(2, 1, 1), (6, 3, 20), (31, None, 5)])
def test_the_layer_is_equal_to_the_regressor(generator, leaves, depth, trees):
    features = generator.normal(size=(4000, 5)).astype(np.float32).round(1)  # many ties with thresholds
    targets = generator.poisson(np.exp(0.3 * features[:, 0] - 0.5 * (features[:, 1] > 0)))
    regressor = HistGradientBoostingRegressor(
        loss="poisson", max_iter=trees, max_leaf_nodes=leaves, max_depth=depth, early_stopping=False
    ).fit(features, targets)
    layer = BoostedFactor.of_trees(TreeArrays.of_regressor(regressor), "factor")
    factors = np.asarray(layer(features.reshape(40, 10, 10, 5)))
    np.testing.assert_allclose(factors.ravel(), regressor.predict(features), rtol=1e-5)


def test_trees_without_a_split_are_constant(generator):
    features = np.zeros((50, 2), dtype=np.float32)
    regressor = HistGradientBoostingRegressor(loss="poisson", max_iter=3).fit(features, np.full(50, 2.0))
    layer = BoostedFactor.of_trees(TreeArrays.of_regressor(regressor), "factor")
    np.testing.assert_allclose(np.asarray(layer(features.reshape(2, 5, 5, 2))), 2.0, rtol=1e-5)
