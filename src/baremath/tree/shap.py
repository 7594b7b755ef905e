"""TreeSHAP: what each feature adds to a prediction, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.packing import locked
from baremath.tree.predicting import over_rows, sums_of
from baremath.tree.structure import LEAF, Tree

_LEAST_ROWS = 16


def expected_value(trees: Sequence[Tree], n_outputs: int | None = None) -> NDArray[np.float64]:
    r"""Return the prediction for a row of which nothing is known.

    .. math:: E = \sum_t \sum_{\text{leaves } l \text{ of } t} \frac{w_l}{w_{\text{root}}} v_l

    Parameters
    ----------
    trees : sequence of Tree
        At least one, all with as many outputs.
    n_outputs : int, default=None
        The number of sums, as in `Forest`: trees with one output may take turns.

    Returns
    -------
    ndarray of float64 of shape (n_outputs,)
    """
    n_outputs, column = sums_of(trees, n_outputs)
    expected = np.zeros(n_outputs)
    for tree, first in zip(trees, column, strict=True):
        leaves = tree.feature == LEAF
        mean = tree.value[0]
        if not leaves[0]:
            mean = tree.weight[leaves] @ tree.value[leaves] / tree.weight[0]
        expected[first : first + len(mean)] += mean
    return expected


def shap_values(
    trees: Sequence[Tree],
    X: NDArray[Any],
    *,
    n_outputs: int | None = None,
    n_threads: int = 1,
) -> NDArray[np.float64]:
    r"""Return the Shapley values of the features for each row's sum of trees.

    The prediction is a game that the features play together. What a set S of them is worth,
    :math:`f(S)`, is the tree's mean answer if the row's numbers are known in S only: at a question
    about another feature both sides are taken, in proportion to the training rows (their weight)
    that went there, or half and half where none met the question. Feature j gets its fair share
    (Shapley, 1953),

    .. math:: \phi_j = \sum_{S \subseteq F \setminus \{j\}}
              \frac{|S|! \, (|F| - |S| - 1)!}{|F|!} \bigl(f(S \cup \{j\}) - f(S)\bigr),

    and the shares sum to the prediction less `expected_value`. The time grows with the leaves and
    the square of the depth, and not with the number of sets.

    Parameters
    ----------
    trees : sequence of Tree
        At least one, all with as many outputs; `weight` above 0 at roots that ask.
    X : ndarray of shape (n_rows, n_features)
        The table, float32 or float64; NaN is a missing value, categories are their numbers.
    n_outputs : int, default=None
        The number of sums, as in `Forest`: trees with one output may take turns.
    n_threads : int, default=1
        How many threads share the rows; the values don't depend on it.

    Returns
    -------
    ndarray of float64 of shape (n_rows, n_features, n_outputs)

    Raises
    ------
    ValueError
        If there is no tree, the outputs don't fit, the table has fewer columns than the trees ask
        for, or a tree has questions and no weight at its root.

    References
    ----------
    Lundberg, Erion and Lee (2018), Consistent individualized feature attribution for tree
    ensembles, algorithm 2 (path-dependent).

    Examples
    --------
    >>> import numpy as np
    >>> stump = Tree(
    ...     feature=np.array([1, -1, -1], np.int32),
    ...     threshold=np.array([0.5, np.nan, np.nan]),
    ...     missing_left=np.array([True, False, False]),
    ...     left=np.array([1, -1, -1], np.int32),
    ...     right=np.array([2, -1, -1], np.int32),
    ...     categories=np.zeros((0, 4), np.uint64),
    ...     value=np.array([[2.5], [1.0], [3.0]]),
    ...     gain=np.array([3.0, 0.0, 0.0]),
    ...     impurity=np.array([0.75, 0.0, 0.0]),
    ...     n_samples=np.array([4, 1, 3]),
    ...     weight=np.array([4.0, 1.0, 3.0]),
    ... )
    >>> expected_value([stump])
    array([2.5])
    >>> shap_values([stump], np.array([[7.0, 0.0], [7.0, 1.0]]))[:, :, 0]
    array([[ 0. , -1.5],
           [ 0. ,  0.5]])
    """
    from baremath.tree import sharing

    n_outputs, column = sums_of(trees, n_outputs)
    n_needed = 1 + max(int(tree.feature.max()) for tree in trees)
    if X.ndim != 2 or X.shape[1] < n_needed:
        raise ValueError(
            f"the table has shape {X.shape}; the trees ask for {n_needed} columns or more, one row "
            "a sample"
        )
    for number, tree in enumerate(trees):
        if tree.feature[0] != LEAF and not tree.weight[0] > 0:
            raise ValueError(
                f"tree {number} has the weight {tree.weight[0]:g} at its root; a share of its rows "
                "needs a weight above 0"
            )
    table = locked(np.require(X, np.float64, ["C", "A"]).view(np.ndarray))
    shares = np.zeros((*X.shape, n_outputs))
    numbers = [
        [
            locked(array)
            for array in (
                tree.feature,
                tree.threshold,
                ~tree.missing_left,
                tree.left,
                tree.right,
                tree.categories,
                tree.value,
                tree.weight,
            )
        ]
        for tree in trees
    ]
    n_levels = 2 + max(tree.max_depth for tree in trees)

    def share(start: int, stop: int) -> None:
        paths = np.empty((n_levels, n_levels, sharing.PLACES))
        lengths = np.empty(n_levels, np.int64)
        waiting = np.empty((n_levels, sharing.TURN))
        for tree, first in zip(numbers, column, strict=True):
            sharing.share_tree(table, start, stop, *tree, first, paths, lengths, waiting, shares)

    over_rows(share, len(X), n_threads, at_least=_LEAST_ROWS)
    return shares
