"""DecisionTreeClassifier: a tree whose leaves answer the shares of the classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.validation import assert_all_finite, check_consistent_length

from baremath.estimator import Floats, class_weight_of_rows, encode, find_classes
from baremath.tree._decision_tree import DecisionTree
from baremath.tree.deep_target import CLASS_CRITERIA, Target, target_of_classes


class DecisionTreeClassifier(ClassifierMixin, DecisionTree):
    r"""A tree of questions whose leaves answer the shares of the classes among their rows.

    Each question is the one that lowers the impurity of the node's rows most,
    :math:`W_t I_t - W_L I_L - W_R I_R`, with the weights W and

    .. math::
        I_{\text{gini}} = 1 - \sum_k p_k^2, \qquad I_{\text{entropy}} = -\sum_k p_k \log_2 p_k

    Parameters
    ----------
    criterion : {"gini", "entropy", "log_loss"}, default="gini"
        The impurity; "log_loss" is another name of the entropy.
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
        By how much a split lowers the impurity, at least, times its rows' share of the weight.
    class_weight : dict, "balanced" or None, default=None
        What the rows of each class count; ``"balanced"`` gives every class the same sum.
    ccp_alpha : float, default=0
        The price of a leaf in cost-complexity pruning.
    monotonic_cst : array-like of {-1, 0, 1}, dict or None, default=None
        Columns with which the probability of the second of two classes may only fall or rise.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        The columns of categories: by name, place or a bool each; or those that a DataFrame says.
    max_bins : int, default=65535
        A column with more values than that is split between ranges of them, of about equal weight.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    n_classes_ : int
        How many.
    tree_ : Tree
        The questions and the answers.
    feature_importances_ : ndarray of shape (n_features,)
        Each column's share of what all questions have gained.
    max_features_ : int
        The columns that each question is chosen from.
    columns_ : Columns or None
        The columns of categories and their numbers, where there are any.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    See Also
    --------
    DecisionTreeRegressor : The same for amounts.

    Notes
    -----
    A threshold lies midway between two neighbouring values of the node's rows. Of splits that gain
    alike (but for rounding) the first column's counts, or the first drawn one's, and of a column's
    the lowest. Missing values go where the impurity is lower, as if they were below or above all
    others; where a node had none, they follow the greater weight. Columns of categories are split
    by the order of the second class's share in each category, which is the best of all ways; of
    more classes by the share of the node's most frequent one. Rows count once for
    `min_samples_leaf`, whatever their weight.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), Classification and regression trees.

    Examples
    --------
    >>> from baremath.tree import DecisionTreeClassifier
    >>> model = DecisionTreeClassifier().fit([[1.0], [2.0], [4.0]], ["low", "low", "high"])
    >>> model.predict([[3.0], [3.1]])
    array(['low', 'high'], dtype='<U4')
    """

    classes_: NDArray[Any]

    def __init__(
        self,
        *,
        criterion: str = "gini",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: Any = None,
        random_state: Any = None,
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        class_weight: Any = None,
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
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst
        self.categorical_features = categorical_features
        self.max_bins = max_bins

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most frequent class of each row's leaf; of equals the first.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`.
        """
        values = self._values(X)
        return np.asarray(self.classes_[values.argmax(axis=1)])

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the shares of the classes in each row's leaf.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows that sum to one, in the order of `classes_`.
        """
        return self._values(X)

    def predict_log_proba(self, X: ArrayLike) -> Floats:
        """Return the logarithm of each class's share; −∞ where it is zero.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self._values(X)))

    def _learn_target(
        self, y: ArrayLike, weight: NDArray[np.float64]
    ) -> tuple[Target, NDArray[np.float64]]:
        self.classes_, codes = read_classes(self, y, len(weight))
        self.n_classes_ = len(self.classes_)
        if self.class_weight is not None:
            weight = weight * class_weight_of_rows(self.class_weight, self.classes_, codes, weight)
        return target_of_classes(codes, self.n_classes_, self.criterion), weight


def read_classes(estimator: Any, y: Any, n_rows: int) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the classes, sorted, and the place of each row's.

    Raises
    ------
    ValueError
        If y holds amounts and no classes, there isn't one for each row, or there is no such
        criterion.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None."
        )
    labels = column_or_1d(y, warn=True)
    if labels.dtype.kind == "f":
        assert_all_finite(labels, input_name="y", estimator_name=type(estimator).__name__)
    check_consistent_length(np.empty(n_rows), labels)
    if estimator.criterion not in CLASS_CRITERIA:
        known = ", ".join(map(repr, CLASS_CRITERIA))
        raise ValueError(f"criterion={estimator.criterion!r} must be one of {known}.")
    classes = find_classes(labels)
    return classes, encode(labels, classes)
