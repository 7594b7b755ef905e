"""DecisionTreeRegressor: a tree whose leaves answer the mean of their rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import _check_y, check_consistent_length

from baremath.estimator import Floats
from baremath.tree._decision_tree import DecisionTree
from baremath.tree.deep_target import AMOUNT_CRITERIA, Target, target_of_amounts


class DecisionTreeRegressor(RegressorMixin, DecisionTree):
    r"""A tree of questions whose leaves answer the mean of the rows that come to them.

    Each question is the one that lowers the loss of the node's rows most:

    .. math::
        \Delta = \sum_{i \in t} w_i (y_i - \bar y_t)^2 - \sum_{i \in L} w_i (y_i - \bar y_L)^2
        - \sum_{i \in R} w_i (y_i - \bar y_R)^2

    Parameters
    ----------
    criterion : {"squared_error", "absolute_error", "poisson"}, default="squared_error"
        The loss: squares; distances from the median, which is then what leaves answer; or half the
        Poisson deviance, for amounts of at least 0.
    max_depth : int or None, default=None
        Questions on a path, at most.
    min_samples_split : int or float in (0, 1], default=2
        Rows that a node needs to be split; a float is a share of all.
    min_samples_leaf : int or float in (0, 1], default=1
        Rows of a leaf, at least.
    min_weight_fraction_leaf : float in [0, 0.5], default=0
        The share of the weight that a leaf has, at least.
    max_features : int, float in (0, 1], "sqrt", "log2" or None, default=None
        Columns drawn for each question, more if none of them varies in the node; None for all.
    random_state : int, RandomState or None, default=None
        Draws the columns.
    max_leaf_nodes : int or None, default=None
        Leaves, at most: the leaf whose split gains most is split next.
    min_impurity_decrease : float, default=0
        By how much a split lowers the impurity, at least: :math:`\Delta` by the weight of all rows.
    ccp_alpha : float, default=0
        The price of a leaf in cost-complexity pruning.
    monotonic_cst : array-like of {-1, 0, 1}, dict or None, default=None
        Columns with which the prediction may only fall (-1) or rise (1).
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        The columns of categories: by name, place or a bool each; or those that a DataFrame says.
    max_bins : int, default=65535
        A column with more values than that is split between ranges of them, of about equal weight.

    Attributes
    ----------
    tree_ : Tree
        The questions and the answers.
    feature_importances_ : ndarray of shape (n_features,)
        Each column's share of what all questions have gained.
    max_features_ : int
        The columns that each question is chosen from.
    n_outputs_ : int
        Columns of y.
    columns_ : Columns or None
        The columns of categories and their numbers, where there are any.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    See Also
    --------
    DecisionTreeClassifier : The same for classes.

    Notes
    -----
    A threshold lies midway between two neighbouring values of the node's rows. Of splits that gain
    alike (but for rounding) the first column's counts, or the first drawn one's, and of a column's
    the lowest. Missing values go where the loss is lower, as if they were below or above all
    others; where a node had none, they follow the greater weight. Columns of categories are split
    by the order of the categories' mean target (Fisher, 1958), which is the best of all ways for
    squares.
    Rows count once for `min_samples_leaf`, whatever their weight. The squares of several outputs
    are averaged.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), Classification and regression trees.

    Examples
    --------
    >>> from baremath.tree import DecisionTreeRegressor
    >>> model = DecisionTreeRegressor(max_depth=1).fit([[1.0], [2.0], [4.0]], [5.0, 5.0, 9.0])
    >>> model.predict([[3.0], [3.1]])
    array([5., 9.])
    """

    def __init__(
        self,
        *,
        criterion: str = "squared_error",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: Any = None,
        random_state: Any = None,
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        ccp_alpha: float = 0.0,
        monotonic_cst: Any = None,
        categorical_features: Any = "from_dtype",
        max_bins: int = 65535,
    ) -> None:
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst
        self.categorical_features = categorical_features
        self.max_bins = max_bins

    def predict(self, X: ArrayLike) -> Floats:
        """Return the answer of each row's leaf.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        values = self._values(X)
        return values[:, 0] if self._one_column_ else values

    def _learn_target(
        self, y: ArrayLike, weight: NDArray[np.float64]
    ) -> tuple[Target, NDArray[np.float64]]:
        amounts, self._one_column_ = read_amounts(self, y, len(weight))
        self.n_outputs_ = amounts.shape[1]
        return target_of_amounts(amounts, self.criterion), weight

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def read_amounts(estimator: Any, y: Any, n_rows: int) -> tuple[Floats, bool]:
    """Return y as columns of floats, and whether it was one column without a second axis.

    Raises
    ------
    ValueError
        If an amount isn't finite, the criterion can't take it, or there isn't one for each row.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None."
        )
    if not (type(y) is np.ndarray and y.dtype == np.float64 and np.isfinite(y).all()):
        y = _check_y(y, multi_output=True, y_numeric=True, estimator=estimator)
        y = np.asarray(y, np.float64)
    if len(y) != n_rows:
        check_consistent_length(np.empty(n_rows), y)
    criterion = estimator.criterion
    if criterion not in AMOUNT_CRITERIA:
        known = ", ".join(map(repr, AMOUNT_CRITERIA))
        raise ValueError(f"criterion={criterion!r} must be one of {known}.")
    columns = np.ascontiguousarray(y).reshape(n_rows, -1)
    if criterion != "squared_error" and columns.shape[1] > 1:
        raise ValueError(
            f"criterion={criterion!r} takes one output and y has {columns.shape[1]}; "
            "fit a tree for each, or use 'squared_error'."
        )
    if criterion == "poisson" and (columns.min() < 0 or columns.sum() <= 0):
        raise ValueError("criterion='poisson' needs amounts of at least 0, and not all of them 0.")
    return columns, y.ndim == 1
