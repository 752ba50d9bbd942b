"""Gradient-boosted regression trees as a Keras layer: all rows descend all trees at once, by depth."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor


@dataclass(frozen=True)
class TreeArrays:
    """Nodes of all trees, one after the other; a leaf is its own child.

    Attributes
    ----------
    features : the feature compared, shape (n_nodes,).
    thresholds : rows whose feature is at most this go to the left child, shape (n_nodes,).
    children : left and right child, shape (n_nodes, 2).
    values : what a leaf adds to the logarithm, shape (n_nodes,); zero elsewhere.
    roots : first node of each tree, shape (n_trees,).
    depth : the most comparisons from a root to a leaf.
    intercept : the logarithm before any tree.
    """

    features: NDArray[np.int32]
    thresholds: NDArray[np.float32]
    children: NDArray[np.int32]
    values: NDArray[np.float32]
    roots: NDArray[np.int32]
    depth: int
    intercept: float

    @classmethod
    def of_regressor(cls, regressor: HistGradientBoostingRegressor) -> "TreeArrays":
        """Read the trees of a fitted regressor with a logarithmic link."""
        trees = [stage[0].nodes for stage in regressor._predictors]
        roots = np.cumsum([0, *(len(nodes) for nodes in trees)])[:-1]
        own = [root + np.arange(len(nodes)) for root, nodes in zip(roots, trees, strict=True)]
        leaf = np.concatenate([nodes["is_leaf"].astype(bool) for nodes in trees])
        itself = np.concatenate(own)
        children = [
            np.where(
                leaf, itself, np.concatenate([root + nodes[side] for root, nodes in zip(roots, trees, strict=True)])
            )
            for side in ("left", "right")
        ]
        return cls(
            features=np.concatenate([nodes["feature_idx"] for nodes in trees]).clip(min=0).astype(np.int32),
            thresholds=_rounded_down(np.concatenate([nodes["num_threshold"] for nodes in trees])),
            children=np.stack(children, axis=1).astype(np.int32),
            values=np.where(leaf, np.concatenate([nodes["value"] for nodes in trees]), 0.0).astype(np.float32),
            roots=roots.astype(np.int32),
            depth=int(max(nodes["depth"].max() for nodes in trees)),
            intercept=float(regressor._baseline_prediction.ravel()[0]),
        )


@keras.saving.register_keras_serializable("officers")
class BoostedFactor(layers.Layer):  # type: ignore[misc]
    """Maps features, shape (n, n_rows, n_columns, n_features), to exp(Σ trees), shape (n, n_rows, n_columns).

    Parameters
    ----------
    node_count, tree_count, depth : size of the trees, see `TreeArrays`.
    intercept : the logarithm before any tree.
    """

    def __init__(self, node_count: int, tree_count: int, depth: int, intercept: float, **options: object) -> None:
        super().__init__(**options)
        self.node_count, self.tree_count, self.depth, self.intercept = node_count, tree_count, depth, intercept
        self.node_features = self._constant("node_features", (node_count,), "int32")
        self.node_thresholds = self._constant("node_thresholds", (node_count,), "float32")
        self.node_children = self._constant("node_children", (2 * node_count,), "int32")
        self.node_values = self._constant("node_values", (node_count,), "float32")
        self.roots = self._constant("roots", (tree_count,), "int32")

    @classmethod
    def of_trees(cls, trees: TreeArrays, name: str) -> "BoostedFactor":
        """Make the layer of some trees."""
        layer = cls(len(trees.values), len(trees.roots), trees.depth, trees.intercept, name=name)
        layer.node_features.assign(trees.features)
        layer.node_thresholds.assign(trees.thresholds)
        layer.node_children.assign(trees.children.ravel())
        layer.node_values.assign(trees.values)
        layer.roots.assign(trees.roots)
        return layer

    def build(self, _input_shape: object) -> None:
        """Nothing depends on the input."""
        self.built = True

    def call(self, features: keras.KerasTensor) -> keras.KerasTensor:
        """Return the factors."""
        ops = keras.ops
        feature_count = features.shape[-1]
        flat = ops.reshape(features, (-1,))
        row_starts = ops.arange(0, ops.shape(flat)[0], feature_count, dtype="int32")[:, None]
        nodes = ops.zeros_like(row_starts) + self.roots[None, :]
        for _ in range(self.depth):
            values = ops.take(flat, row_starts + ops.take(self.node_features, nodes))
            right = ops.cast(values > ops.take(self.node_thresholds, nodes), "int32")
            nodes = ops.take(self.node_children, 2 * nodes + right)
        logs = self.intercept + ops.sum(ops.take(self.node_values, nodes), axis=-1)
        return ops.exp(ops.reshape(logs, (-1, *features.shape[1:-1])))

    def get_config(self) -> dict[str, object]:
        """Return what the layer is made from; the trees are weights."""
        sizes = {"node_count": self.node_count, "tree_count": self.tree_count, "depth": self.depth}
        return {**super().get_config(), **sizes, "intercept": self.intercept}

    def _constant(self, name: str, shape: tuple[int, ...], dtype: str) -> keras.Variable:
        return self.add_weight(shape=shape, dtype=dtype, initializer="zeros", trainable=False, name=name)


def _rounded_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the largest single-precision numbers that are not larger: x <= t is then the same for such x."""
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest).astype(np.float32)
