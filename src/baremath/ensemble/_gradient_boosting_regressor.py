"""GradientBoostingRegressor: a sum of trees that predicts an amount."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import Interval, StrOptions

from baremath.ensemble._boosting import Boosting
from baremath.ensemble._boosting_losses import (
    AbsoluteError,
    Huber,
    Loss,
    Poisson,
    Quantile,
    SquaredError,
    Vector,
)
from baremath.ensemble._boosting_units import unit_of
from baremath.estimator import Floats, all_or_nothing


class GradientBoostingRegressor(RegressorMixin, Boosting):
    r"""A constant and a sum of trees, each grown on what the ones before have left.

    .. math:: F_M(x) = F_0 + \eta \sum_{m=1}^M f_m(x)

    Stage m grows a tree on the gradient g and hessian h of the loss at :math:`F_{m-1}`; a leaf
    with their sums G and H answers with a step of Newton's method, and a split gains what its
    children have more of the merit

    .. math:: f = -\frac{T_\alpha(G)}{H + \lambda}, \qquad
              \tfrac12 \frac{T_\alpha(G)^2}{H + \lambda}, \qquad
              T_\alpha(G) = \operatorname{sign}(G) \max(|G| - \alpha, 0).

    For the squared error g is minus the residual and h = 1: a leaf answers with the mean residual
    of its rows. Where a loss has no curvature, leaves answer with a quantile of the residuals.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson"}, \
            default="squared_error"
        What is made small. Poisson's is the deviance of a mean :math:`e^{F}`.
    learning_rate : float, default=0.1
        What every tree's answers are multiplied by.
    n_estimators : int, default=100
        Stages: each adds a tree.
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
    quantile : float, default=0.5
        For ``loss="quantile"``: the share of rows that are to lie below the prediction.
    alpha : float, default=0.9
        For ``loss="huber"``: the share of rows whose errors count squared.

    Attributes
    ----------
    baseline_ : ndarray of shape (1,)
        The constant :math:`F_0`, the best without a tree.
    trees_ : list of Tree
        Stage after stage; their answers are multiplied by the learning rate already.
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
    expected_score_ : float
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
    >>> import numpy as np
    >>> from baremath.ensemble import GradientBoostingRegressor
    >>> X = np.linspace(0, 6, 200)[:, None]
    >>> y = np.sin(X[:, 0])
    >>> model = GradientBoostingRegressor(min_samples_leaf=5).fit(X, y)
    >>> bool(np.abs(model.predict(X) - y).max() < 0.1)
    True

    What each column is worth, by what is lost when its values are shuffled:

    >>> from sklearn.inspection import permutation_importance
    >>> X = np.random.default_rng(0).normal(size=(300, 3))
    >>> model = GradientBoostingRegressor().fit(X, 3 * X[:, 0] + X[:, 1])
    >>> lost = permutation_importance(model, X, 3 * X[:, 0] + X[:, 1], random_state=0)
    >>> lost.importances_mean.argsort()[::-1]
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Boosting._parameter_constraints,
        "loss": [StrOptions({"squared_error", "absolute_error", "huber", "quantile", "poisson"})],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
        "alpha": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        loss: str = "squared_error",
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
        quantile: float = 0.5,
        alpha: float = 0.9,
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
        self.quantile = quantile
        self.alpha = alpha
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
            The amounts.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts. One of weight 0 is as if it weren't there.
        X_val, y_val, sample_weight_val : array-like, optional
            Rows to stop by, see `early_stopping`.

        Returns
        -------
        GradientBoostingRegressor
            Itself.

        Raises
        ------
        ValueError
            When an argument makes no sense; it says which and why.
        """
        learned = getattr(self, "_learned_loss_", self.loss)
        if self.warm_start and self.loss != learned:
            raise ValueError(
                f"loss={self.loss!r} is not the one of the trees that warm_start keeps, "
                f"{learned!r}; set it back, or warm_start=False."
            )
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the predicted amount of each row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self._amounts(self._scores(X))

    def staged_predict(self, X: ArrayLike) -> Iterator[NDArray[np.float64]]:
        """Yield the predictions after one stage, after two, and so on.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table.

        Yields
        ------
        ndarray of shape (n_samples,)
        """
        return map(self._amounts, self._staged_scores(X))

    def _amounts(self, scores: Vector) -> Vector:
        return np.exp(scores[:, 0]) if self._learned_loss_ == "poisson" else scores[:, 0]

    def _make_loss(self) -> Loss:
        if self.loss == "squared_error":
            return SquaredError()
        if self.loss == "absolute_error":
            return AbsoluteError()
        if self.loss == "huber":
            return Huber(self.alpha)
        if self.loss == "quantile":
            return Quantile(self.quantile)
        return Poisson()

    def _read_targets(
        self, y: NDArray[Any], weight: Vector, *, reset: bool
    ) -> tuple[Floats, Vector]:
        amounts = np.asarray(y, np.float64)
        if self.loss == "poisson" and (
            (amounts < 0).any() or (reset and not amounts[weight > 0].any())
        ):
            raise ValueError("loss='poisson' needs amounts of at least 0 in y, not all of them 0.")
        return amounts, weight

    def _unit(self, y: Floats) -> float:
        return unit_of(y)
