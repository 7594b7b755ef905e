"""How many numbers a fit has found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from baremath.tree.structure import LEAF, Tree


def n_parameters(estimator: Any) -> int:
    """Return the number of fitted numbers in an estimator; a baseline has one.

    Of a tree they are a threshold for each question, and for each leaf its answers. An ensemble has
    those of its members, and its own.

    Examples
    --------
    >>> from baremath.linear_model import LinearRegression
    >>> n_parameters(LinearRegression().fit([[1.0], [2.0]], [3.0, 5.0]))
    2
    """
    if hasattr(estimator, "n_parameters_"):
        return int(estimator.n_parameters_)
    if hasattr(estimator, "weights_"):
        return sum(map(n_parameters, estimator.estimators_)) + np.size(estimator.weights_)
    if hasattr(estimator, "trees_"):
        return _of_trees(estimator.trees_) + np.size(getattr(estimator, "baseline_", ()))
    if hasattr(estimator, "tree_"):
        return _of_trees([estimator.tree_])
    if hasattr(estimator, "estimators_"):
        final = getattr(estimator, "final_estimator_", None)
        own = 0 if final is None else n_parameters(final)
        return sum(map(n_parameters, estimator.estimators_)) + own
    fitted = (getattr(estimator, name, ()) for name in ("coef_", "intercept_"))
    return sum(map(np.size, fitted)) or 1


def _of_trees(trees: Sequence[Tree]) -> int:
    return sum(
        int((tree.feature != LEAF).sum()) + tree.n_leaves * tree.value.shape[1] for tree in trees
    )
