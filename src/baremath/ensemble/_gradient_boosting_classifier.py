"""GradientBoostingClassifier: a sum of trees that tells classes apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import StrOptions

from baremath.ensemble._boosting import Boosting
from baremath.ensemble._boosting_losses import BinaryLogLoss, Loss, MultinomialLogLoss, Vector
from baremath.ensemble._classes import weighted_classes
from baremath.estimator import (
    Floats,
    all_or_nothing,
    chosen,
    class_weight_of_rows,
    encode,
    log_probabilities,
    probabilities,
)


class GradientBoostingClassifier(ClassifierMixin, Boosting):
    r"""Log-odds as a constant and a sum of trees, each grown on what the ones before have left.

    .. math:: \log\frac{p(x)}{1 - p(x)} = F_0 + \eta \sum_{m=1}^M f_m(x)

    Stage m grows a tree on the gradient g = p - y and hessian h = p (1 - p) of the cross-entropy; a
    leaf with their sums G and H answers with a step of Newton's method, and a split gains what its
    children have more of the merit

    .. math:: f = -\frac{T_\alpha(G)}{H + \lambda}, \qquad
              \tfrac12 \frac{T_\alpha(G)^2}{H + \lambda}, \qquad
              T_\alpha(G) = \operatorname{sign}(G) \max(|G| - \alpha, 0).

    For more than two classes there is a score and a tree a stage for each of them, and
    probabilities are their softmax.

    Parameters
    ----------
    loss : {"log_loss"}, default="log_loss"
        The cross-entropy.
    learning_rate : float, default=0.1
        What every tree's answers are multiplied by.
    n_estimators : int, default=100
        Stages: each adds a tree, or one for each of several classes.
    max_leaf_nodes : int, default=31
        Leaves of a tree; the leaf whose split gains most is split next.
    max_depth : int, optional
        Questions on a path at most.
    min_samples_leaf : int, default=20
        Rows of a leaf at least.
    min_hessian : float, default=1e-3
        What the hessians of a leaf's rows are together at least.
    min_gain : float, default=0
        What a split lowers the loss by at least, summed over its rows.
    l1_regularization, l2_regularization : float, default=0
        Penalties α and λ on the answers, see above.
    subsample : float, default=1.0
        The share of the rows that a stage sees, drawn anew without replacement.
    max_features : float, default=1.0
        The share of the columns that a stage's trees may ask for, drawn anew.
    max_bins : int, default=255
        Bins of a column: a column of no more different values loses nothing.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        The columns of categories: those of a DataFrame that hold text or have a categorical type,
        or these, by name, place or as one bool for each.
    monotonic_cst : array-like or dict, optional
        Whether predictions may only rise (1) or fall (-1) with a column, or either (0): for each
        column, or by name.
    interaction_cst : list of groups of columns, "pairwise" or "no_interactions", optional
        Columns may share a path only with those of a group of theirs; at most 64 groups, and
        columns that none names are one more.
    warm_start : bool, default=False
        Let `fit` go on from the trees that there are, up to `n_estimators` stages.
    early_stopping : bool, default=False
        Hold out rows and stop when their loss no longer falls. Rows that are given to `fit` as
        ``X_val, y_val`` have the same effect without it. The stages up to the best are kept.
    validation_fraction : float or int, default=0.1
        The share or number of rows to hold out.
    n_iter_no_change : int, default=10
        Stages that may pass without a lower loss of the held-out rows.
    tol : float, default=1e-7
        A loss is lower only by more than this share of the loss before the first stage.
    n_jobs : int, optional
        Threads; all cores by default. The model is the same for any number.
    random_state : int, RandomState, Generator or None, default=None
        Of the draws of rows and columns.
    verbose : bool, default=False
        Write the loss of every stage.
    class_weight : dict, "balanced" or None, default=None
        What the rows of each class count; "balanced" gives all classes the same sum.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    baseline_ : ndarray of shape (n_scores,)
        The constants :math:`F_0`: log-odds, or a score for each of several classes.
    trees_ : list of Tree
        Stage after stage, of each class in turn; their answers are multiplied by the learning rate
        already.
    n_iter_ : int
        Stages that the model has.
    history_ : dict of str to list of float
        ``"loss"`` and ``"validation_loss"`` from before the first stage on; empty unless rows are
        held out or `verbose`.
    feature_importances_ : ndarray of shape (n_features,)
        What the splits by each column have gained, as shares of all that was gained.
    draws_ : Draws
        What each stage sees: ``draws_.rows(stage, n_rows)`` of the rows that are learned from, and
        which columns, ``draws_.columns(stage, n_features)``. Stages count from 0.
    expected_score_ : float or ndarray of shape (n_classes,)
        The score of a row of which nothing is known, see `shap_values`.
    n_features_in_ : int
        Columns seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, if they have any.

    See Also
    --------
    sklearn.inspection.permutation_importance : What a model loses without a column.

    Notes
    -----
    Splits are compared by gradients and hessians that are rounded to 1/8192 of the largest, so
    that the tree is the same whoever adds them up; answers are computed from the exact ones. Of
    columns whose splits gain the same each is taken as often, so that equal columns share what
    they are worth. A row counts once for `min_samples_leaf` whatever its weight.

    References
    ----------
    Friedman (2001), Greedy function approximation: a gradient boosting machine.
    Chen and Guestrin (2016), XGBoost: a scalable tree boosting system.
    Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from baremath.ensemble import GradientBoostingClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = GradientBoostingClassifier().fit(X[::2], y[::2])
    >>> bool(model.score(X[1::2], y[1::2]) > 0.95)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Boosting._parameter_constraints,
        "loss": [StrOptions({"log_loss"})],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }
    classes_: NDArray[Any]

    def __init__(
        self,
        loss: str = "log_loss",
        *,
        learning_rate: float = 0.1,
        n_estimators: int = 100,
        max_leaf_nodes: int = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        min_hessian: float = 1e-3,
        min_gain: float = 0.0,
        l1_regularization: float = 0.0,
        l2_regularization: float = 0.0,
        subsample: float = 1.0,
        max_features: float = 1.0,
        max_bins: int = 255,
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        class_weight: Any = None,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-7,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.loss = loss
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.min_hessian = min_hessian
        self.min_gain = min_gain
        self.l1_regularization = l1_regularization
        self.l2_regularization = l2_regularization
        self.subsample = subsample
        self.max_features = max_features
        self.max_bins = max_bins
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @all_or_nothing
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Learn from a table.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table; NaN is a missing value.
        y : array-like of shape (n_samples,)
            The class of each row.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts. One of weight 0 is as if it weren't there.
        X_val, y_val, sample_weight_val : array-like, optional
            Rows to stop by, see `early_stopping`.

        Returns
        -------
        GradientBoostingClassifier
            Itself.

        Raises
        ------
        ValueError
            When an argument makes no sense; it says which and why.
        """
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        scores = self.decision_function(X)
        return self.classes_[chosen(scores)]

    def decision_function(self, X: ArrayLike) -> Floats:
        """Return the scores of each row: log-odds of the second class, or one for each class.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        return self._decisions(self._scores(X))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return probabilities(self.decision_function(X))

    def predict_log_proba(self, X: ArrayLike) -> Floats:
        """Return the logarithm of each probability.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return log_probabilities(self.decision_function(X))

    def staged_predict(self, X: ArrayLike) -> Iterator[NDArray[Any]]:
        """Yield the predicted classes after one stage, after two, and so on."""
        return (self.classes_[chosen(scores)] for scores in self.staged_decision_function(X))

    def staged_predict_proba(self, X: ArrayLike) -> Iterator[Floats]:
        """Yield the probabilities after one stage, after two, and so on."""
        return map(probabilities, self.staged_decision_function(X))

    def staged_decision_function(self, X: ArrayLike) -> Iterator[Floats]:
        """Yield the scores after one stage, after two, and so on."""
        return map(self._decisions, self._staged_scores(X))

    def _decisions(self, scores: Vector) -> Vector:
        return scores if scores.shape[1] > 1 else scores[:, 0]

    def _make_loss(self) -> Loss:
        n_classes = len(self.classes_)
        return BinaryLogLoss() if n_classes == 2 else MultinomialLogLoss(n_classes)

    def _read_targets(
        self, y: NDArray[Any], weight: Vector, *, reset: bool
    ) -> tuple[Floats, Vector]:
        if reset:
            self.classes_, codes, by_class = weighted_classes(self, y, weight)
            return codes.astype(np.float32), by_class
        codes = encode(y, self.classes_)
        by_class = class_weight_of_rows(self.class_weight, self.classes_, codes, weight)
        return codes.astype(np.float32), weight * by_class

    def _strata(self, y: Floats) -> NDArray[Any]:
        return y
