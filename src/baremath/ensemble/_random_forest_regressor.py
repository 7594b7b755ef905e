"""RandomForestRegressor: the mean of deep trees of drawn rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags

from baremath.ensemble._forest import RandomForest
from baremath.estimator import Floats
from baremath.tree import DecisionTreeRegressor
from baremath.tree._decision_tree_regressor import read_amounts
from baremath.tree.deep_target import Target, target_of_amounts
from baremath.tree.structure import Tree


class RandomForestRegressor(RegressorMixin, RandomForest):
    r"""The mean of deep trees, each of rows drawn with replacement.

    .. math:: \hat{y}(x) = \frac{1}{B} \sum_{b=1}^{B} t_b(x)

    A deep tree has little bias and much variance; the mean of trees that differ has less of it, and
    trees of drawn rows, whose questions are chosen from drawn columns, do differ.

    Parameters
    ----------
    n_estimators : int, default=100
        B, the number of trees.
    criterion : {"squared_error", "absolute_error", "poisson"}, default="squared_error"
        The loss that questions lower, as in `DecisionTreeRegressor`.
    max_depth : int or None, default=None
        Questions on a path, at most.
    min_samples_split : int or float in (0, 1], default=2
        Rows that a node needs to be split; a float is a share of all.
    min_samples_leaf : int or float in (0, 1], default=1
        Rows of a leaf, at least; one that was drawn twice is one.
    min_weight_fraction_leaf : float in [0, 0.5], default=0
        The share of the weight that a leaf has, at least.
    max_features : int, float in (0, 1], "sqrt", "log2" or None, default=1.0
        Columns drawn for each question, more if none of them varies in the node; None for all.
    max_leaf_nodes : int or None, default=None
        Leaves of a tree, at most: the leaf whose split gains most is split next.
    min_impurity_decrease : float, default=0
        By how much a split lowers the impurity, at least, times its rows' share of the weight.
    bootstrap : bool, default=True
        Whether a tree draws rows with replacement; else it has all.
    oob_score : bool, default=False
        Whether to predict each row by the trees that haven't drawn it.
    n_jobs : int or None, default=None
        Threads, by joblib; -1 is one for each core. The model is the same for any.
    random_state : int, RandomState, Generator or None, default=None
        From which each tree's own stream is derived.
    warm_start : bool, default=False
        Whether `fit` keeps the trees that there are, and adds what is missing to `n_estimators`.
    ccp_alpha : float, default=0
        The price of a leaf in cost-complexity pruning.
    max_samples : int, float in (0, 1] or None, default=None
        Rows drawn for a tree, or the share of all; None is as many as there are.
    monotonic_cst : array-like of {-1, 0, 1}, dict or None, default=None
        Columns with which the prediction may only fall (-1) or rise (1).
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        The columns of categories: by name, place or a bool each; or those that a DataFrame says.
    max_bins : int, default=255
        A column with more values than that is split between ranges of them, of about equal weight;
        65535 is as good as exact, and about half as fast.

    Attributes
    ----------
    trees_ : list of Tree
        The trees' questions and answers.
    estimators_ : list of DecisionTreeRegressor
        The same as estimators.
    feature_importances_ : ndarray of shape (n_features,)
        The mean over the trees of each column's share of what all questions have gained. Columns
        that say the same share what they gain.
    max_features_ : int
        The columns that are drawn for each question.
    seed_ : int
        The seed of all streams.
    sampling_weight_ : ndarray of shape (n_samples,)
        How likely each row is drawn, or what it counts.
    columns_ : Columns or None
        The columns of categories and their numbers, where there are any.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.
    oob_prediction_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        With `oob_score`: what the trees that haven't drawn a row say of it; NaN where all have.
    oob_score_ : float
        R² of these.

    References
    ----------
    Breiman (2001), Random forests, Machine Learning 45, 5-32.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from baremath.ensemble import RandomForestRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = RandomForestRegressor(oob_score=True, random_state=0).fit(X, y)
    >>> round(model.oob_score_, 1)
    0.4
    >>> error = model.standard_error(X[:1])
    """

    _classify = False

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: str = "squared_error",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: Any = 1.0,
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = True,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        warm_start: bool = False,
        ccp_alpha: float = 0.0,
        max_samples: Any = None,
        monotonic_cst: Any = None,
        categorical_features: Any = "from_dtype",
        max_bins: int = 255,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.warm_start = warm_start
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst
        self.categorical_features = categorical_features
        self.max_bins = max_bins

    def predict(self, X: ArrayLike) -> Floats:
        """Return the mean of the trees' answers.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        return self._shaped(self._mean(X))

    def _learn_target(
        self, y: ArrayLike, weight: NDArray[np.float64]
    ) -> tuple[Target, NDArray[np.float64]]:
        amounts, self._one_column_ = read_amounts(self, y, len(weight))
        self.n_outputs_ = amounts.shape[1]
        return target_of_amounts(amounts, self.criterion), weight

    def _keep_out_of_bag(self, mean: Floats, y: ArrayLike, scored: NDArray[np.bool_]) -> None:
        self.oob_prediction_ = self._shaped(mean)
        weight = self.sampling_weight_[scored]
        actual, said = np.asarray(y)[scored], self.oob_prediction_[scored]
        self.oob_score_ = float(r2_score(actual, said, sample_weight=weight))

    def _shaped(self, values: Floats) -> Floats:
        return values[:, 0] if self._one_column_ else values

    def _member(self, tree: Tree) -> DecisionTreeRegressor:
        names = DecisionTreeRegressor().get_params()
        member = DecisionTreeRegressor(**{name: getattr(self, name) for name in names})
        member.tree_, member.columns_ = tree, self.columns_
        member._learned_criterion_ = self._learned_criterion_
        member.n_features_in_, member.max_features_ = self.n_features_in_, self.max_features_
        member.n_outputs_, member._one_column_ = self.n_outputs_, self._one_column_
        return member

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
