"""Tree: the questions of a decision tree, as arrays with one entry a node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAF = -1

#: Bits of a set of categories, as 64-bit words.
CATEGORY_WORDS = 4


@dataclass(frozen=True, eq=False)
class Tree:
    """A binary tree of questions; node 0 is the root, and a node comes before its children.

    A row goes left at a node if its number in column ``feature`` is at most ``threshold``; or, of a
    column of categories, if the number's bit is set in ``categories``; NaN, a missing value, goes
    left if ``missing_left``. At a leaf the answer is ``value``.

    Parameters
    ----------
    feature : ndarray of int32 of shape (n_nodes,)
        The column that is asked for; -1 at a leaf.
    threshold : ndarray of float64 of shape (n_nodes,)
        What its number is compared with; NaN at a leaf, or where categories are asked for.
    missing_left : ndarray of bool of shape (n_nodes,)
        Where missing values go.
    left, right : ndarray of int32 of shape (n_nodes,)
        The children; -1 at a leaf.
    categories : ndarray of uint64 of shape (n_nodes, 4) or (0, 4)
        Bit k of a node's 256 is set if category k goes left; without rows where no column has
        categories. A threshold that is NaN at an inner node says that they are asked for.
    value : ndarray of float64 of shape (n_nodes, n_outputs)
        The answer if the path ended here.
    gain : ndarray of float64 of shape (n_nodes,)
        By how much the split lowers the loss of the node's rows; 0 at a leaf.
    impurity : ndarray of float64 of shape (n_nodes,)
        What the criterion says of the node's rows.
    n_samples : ndarray of int64 of shape (n_nodes,)
        How many rows have come here.
    weight : ndarray of float64 of shape (n_nodes,)
        What they count together.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    categories: NDArray[np.uint64]
    value: NDArray[np.float64]
    gain: NDArray[np.float64]
    impurity: NDArray[np.float64]
    n_samples: NDArray[np.int64]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.feature)

    @property
    def n_leaves(self) -> int:
        """The number of leaves."""
        return int((self.feature == LEAF).sum())

    @property
    def depth(self) -> NDArray[np.int32]:
        """The number of questions before each node."""
        depth = np.zeros(len(self), np.int32)
        for node in np.flatnonzero(self.feature != LEAF):
            depth[[self.left[node], self.right[node]]] = depth[node] + 1
        return depth

    @property
    def max_depth(self) -> int:
        """The most questions on a path."""
        return int(self.depth.max())

    def asks_for_categories(self, node: int) -> bool:
        """Whether the question of an inner node is one of a set of categories."""
        return bool(np.isnan(self.threshold[node]))
