"""LinearRegression: the first rung of the ladder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import assert_all_finite, check_is_fitted, validate_data

from baremath.linear_model._absolute_error import least_absolute_error
from baremath.linear_model._basis import expand, fit_basis
from baremath.linear_model._blocks import Floats
from baremath.linear_model._coordinate_descent import coordinate_descent
from baremath.linear_model._gradient_descent import gradient_descent
from baremath.linear_model._gram import Moments, moments
from baremath.linear_model._huber import huber_regression
from baremath.linear_model._least_squares import LeastSquaresFit, least_squares
from baremath.linear_model._linear_objective import LinearObjective
from baremath.linear_model._losses import Huber, regression_loss
from baremath.linear_model._validation import (
    all_or_nothing,
    check_choice,
    check_number,
    check_sample_weight,
)
from baremath.maths import Derivation

LOSSES = ("squared_error", "absolute_error", "huber")
SOLVERS = ("auto", "cholesky", "qr", "svd", "gradient_descent")
MOST_COLUMNS_KEPT = 128


class LinearRegression(MultiOutputMixin, RegressorMixin, BaseEstimator):
    r"""A weighted sum of the features, with the weights that fit best.

    .. math::
        \hat{y} = b + \sum_j w_j \, g_j(x), \qquad
        J(w, b) = \frac{1}{2N} \sum_i \left(\hat{y}_i - y_i\right)^2
        + \alpha \rho \lVert w \rVert_1 + \frac{\alpha (1 - \rho)}{2} \lVert w \rVert_2^2

    with :math:`g_j(x) = x_j` unless `basis` says otherwise. A neuron with a linear activation is
    this model.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber"}, default="squared_error"
        What a residual costs. Absolute error is half of :math:`|\hat{y}_i - y_i|`, solved exactly;
        Huber's loss is square up to `epsilon` times a scale that is found with the fit.
    solver : {"auto", "cholesky", "qr", "svd", "gradient_descent"}, default="auto"
        How the minimum is found. ``"auto"`` is the normal equations by Cholesky while their
        condition allows it, QR or SVD otherwise, coordinate descent with an L1 penalty, and a
        linear program for the absolute error.
    alpha : float, default=0.0
        α, the strength of the penalty. scikit-learn's ``Ridge(a)`` is ``alpha = a / N`` here.
    l1_ratio : float in [0, 1], default=0.0
        ρ, the share of the absolute values in the penalty.
    basis : list of callable, or transformer, optional
        The functions :math:`g_j`: each maps X, an array of shape (n_samples, n_features), to one
        column or several; or any scikit-learn transformer, ``PolynomialFeatures(3)`` for one.
    fit_intercept : bool, default=True
        Whether there is a b.
    epsilon : float, default=1.35
        Where Huber's loss turns from square to absolute, in units of `scale_`.
    learning_rate : float or "auto", default="auto"
        The step of gradient descent; ``"auto"`` is one over the largest curvature of the loss.
    batch_size : int, optional
        Rows for each update of gradient descent; all of them unless given.
    max_iter : int, default=10_000
        Passes over the data, at most, for the iterative ways.
    tol : float, default=1e-6
        Gradient descent stops when the gradient has shrunk to this share of its first value.
    random_state : int, RandomState or None, default=None
        Draws the mini-batches.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_outputs, n_features)
        w; for a `basis`, one for each of its columns.
    intercept_ : float or ndarray of shape (n_outputs,)
        b.
    rank_ : int
        The number of columns that do not depend on each other.
    condition_number_ : float
        The ratio of the largest to the smallest singular value of the centred columns, each scaled
        to unit length; infinite when columns depend on each other.
    solver_ : str
        The way that was taken.
    scale_ : float or ndarray of shape (n_outputs,)
        σ of Huber's loss.
    history_ : dict of str to ndarray
        Gradient descent only. ``"loss"`` of shape (n_iter_ + 1,): J before each pass and after the
        last. ``"parameters"`` of shape (n_iter_ + 1, n_parameters), intercept first, when there are
        at most 20.
    n_iter_ : int
        Passes of the iterative ways; 1 for the others.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 2nd ed., sections
    3.2 to 3.4.

    Examples
    --------
    >>> from baremath.linear_model import LinearRegression
    >>> X, y = [[1.0], [2.0], [3.0]], [3.0, 5.0, 8.0]
    >>> model = LinearRegression().fit(X, y)
    >>> model.coef_.round(3), round(model.intercept_, 3)
    (array([2.5]), 0.333)
    >>> model.predict([[4.0]]).round(3)
    array([10.333])
    """

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        solver: str = "auto",
        alpha: float = 0.0,
        l1_ratio: float = 0.0,
        basis: Sequence[Callable[[Floats], Floats]] | Any = None,
        fit_intercept: bool = True,
        epsilon: float = 1.35,
        learning_rate: float | str = "auto",
        batch_size: int | None = None,
        max_iter: int = 10_000,
        tol: float = 1e-6,
        random_state: Any = None,
    ) -> None:
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.basis = basis
        self.fit_intercept = fit_intercept
        self.epsilon = epsilon
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Find the weights that fit best.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features. Read in blocks, not copied, when it is an array of floats.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The outputs.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts; 0 is the same as leaving it out.

        Returns
        -------
        LinearRegression
            Itself, fitted.

        Raises
        ------
        ValueError
            When an argument is out of range, or X, y or a weight is not a finite number.
        DivergenceError
            When gradient descent runs away; the message names a rate that converges.
        """
        self._check_parameters()
        table, outputs = validate_data(
            self,
            X,
            y,
            dtype=(np.float64, np.float32),
            ensure_all_finite=False,
            multi_output=True,
            y_numeric=True,
        )
        assert_all_finite(outputs, input_name="y", estimator_name=type(self).__name__)
        weight = check_sample_weight(sample_weight, table)
        self.basis_ = fit_basis(self.basis, table)
        features = expand(self.basis_, table)
        Y = np.asarray(outputs, dtype=np.float64).reshape(len(table), -1)
        for name in (
            "rank_",
            "condition_number_",
            "history_",
            "last_step_",
            "scale_",
            "n_iter_",
            "moments_",
            "sides_",
        ):
            self.__dict__.pop(name, None)
        coef, intercept = self._solve(features, Y, weight)
        if not np.isfinite(coef).all():
            assert_all_finite(table, input_name="X", estimator_name=type(self).__name__)
            raise ValueError(
                "the numbers in X or y are too large: their squares are not finite. Scale them."
            )
        single = np.ndim(outputs) == 1
        self.coef_ = coef[:, 0] if single else coef.T
        self.intercept_ = float(intercept[0]) if single else intercept
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Predict the outputs of new rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            ŷ.
        """
        check_is_fitted(self)
        table = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        predicted: Floats = expand(self.basis_, table) @ self.coef_.T + self.intercept_
        return predicted

    def explain(self, X: ArrayLike, y: ArrayLike | None = None, row: int = 0) -> Derivation:
        """Show how the prediction of one row comes about, and how the weights were found.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            A table.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), optional
            Its outputs: with them the loss and its gradient are shown too.
        row : int, default=0
            Which row.

        Returns
        -------
        Derivation
            The formulas with the numbers put in.

        Raises
        ------
        IndexError
            When X has no such row.
        """
        from baremath.linear_model._explain_linear import explain_linear

        return explain_linear(self, X, y, row)

    def _check_parameters(self) -> None:
        check_choice("loss", self.loss, LOSSES)
        check_choice("solver", self.solver, SOLVERS)
        check_number("alpha", self.alpha)
        check_number("l1_ratio", self.l1_ratio, high=1.0)
        check_number("epsilon", self.epsilon, low=1.0)
        check_number("max_iter", self.max_iter, above=True)
        check_number("tol", self.tol)
        if self.learning_rate != "auto":
            check_number("learning_rate", self.learning_rate, above=True)
        if self.batch_size is not None:
            check_number("batch_size", self.batch_size, low=1)
        if self.solver == "gradient_descent" or self.alpha == 0:
            return
        l1, closed_form = self.l1_ratio > 0, self.solver != "auto"
        if self.loss == "squared_error" and l1 and closed_form:
            raise ValueError(
                f"solver={self.solver!r} has no absolute values in its penalty; with "
                f"l1_ratio={self.l1_ratio} use solver='auto' or 'gradient_descent'."
            )
        if self.loss == "huber" and l1:
            raise ValueError(
                "loss='huber' with l1_ratio > 0 is solved by solver='gradient_descent' only."
            )
        if self.loss == "absolute_error" and self.l1_ratio != 1:
            raise ValueError(
                "loss='absolute_error' with alpha > 0 is a linear program for l1_ratio=1 only; "
                f"l1_ratio={self.l1_ratio} needs solver='gradient_descent'."
            )

    def _solve(self, X: Floats, Y: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
        """Return coefficients of shape (n_features, n_outputs) and intercepts (n_outputs,)."""
        if self.solver == "gradient_descent":
            return self._solve_by_descent(X, Y, weight)
        self.n_iter_ = 1
        if self.loss == "absolute_error":
            return self._solve_absolute_error(X, Y, weight)
        if self.loss == "huber":
            return self._solve_huber(X, Y, weight)
        if self.alpha * self.l1_ratio > 0:
            return self._solve_by_coordinates(X, Y, weight)
        found = least_squares(
            X,
            Y,
            weight,
            solver=self.solver,
            l2=self.alpha,
            fit_intercept=self.fit_intercept,
        )
        self._keep(found, self.alpha)
        return found.coef, found.intercept

    def _keep(self, found: LeastSquaresFit, l2: float) -> None:
        self.rank_ = found.rank
        self.condition_number_ = found.condition_number
        self.solver_ = found.solver
        if found.moments is not None:
            self._keep_moments(found.moments, l2)

    def _keep_moments(self, found: Moments, l2: float) -> None:
        """Keep the normal equations, where they are small, so that they can be shown."""
        if len(found.xx) <= MOST_COLUMNS_KEPT:
            self.moments_ = {
                "weight": np.array(found.weight),
                "l2": np.array(l2),
                "x_mean": found.x_mean,
                "y_mean": found.y_mean,
                "xx": found.xx,
                "xy": found.xy,
            }

    def _solve_by_coordinates(
        self, X: Floats, Y: Floats, weight: Floats | None
    ) -> tuple[Floats, Floats]:
        found = moments(X, Y, weight, centred=self.fit_intercept)
        n_features = X.shape[1]
        if not np.isfinite(found.xx).all():
            return np.full_like(found.xy, np.nan), found.y_mean
        l1, l2 = self.alpha * self.l1_ratio, self.alpha * (1 - self.l1_ratio)
        quadratic = found.xx + l2 * np.eye(n_features)
        penalty, start = np.full(n_features, l1), np.zeros(n_features)
        coef = np.column_stack(
            [coordinate_descent(quadratic, column, penalty, start) for column in found.xy.T]
        )
        self.solver_ = "coordinate_descent"
        self._keep_moments(found, l2)
        return coef, found.y_mean - found.x_mean @ coef

    def _solve_absolute_error(
        self, X: Floats, Y: Floats, weight: Floats | None
    ) -> tuple[Floats, Floats]:
        assert_all_finite(X, input_name="X", estimator_name=type(self).__name__)
        fits = [
            least_absolute_error(X, y, weight, l1=self.alpha, fit_intercept=self.fit_intercept)
            for y in Y.T
        ]
        self.solver_ = "linear_program"
        coef, intercept = np.column_stack([w for w, _ in fits]), np.array([b for _, b in fits])
        residual = Y - X @ coef - intercept
        near = 1e-9 * np.maximum(np.abs(Y).max(), 1e-300)
        self.sides_ = np.array(
            [(residual > near).sum(), (residual < -near).sum(), (np.abs(residual) <= near).sum()]
        )
        return coef, intercept

    def _solve_huber(self, X: Floats, Y: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
        assert_all_finite(X, input_name="X", estimator_name=type(self).__name__)
        fits = [
            huber_regression(
                X,
                y[:, np.newaxis],
                weight,
                epsilon=self.epsilon,
                solver=self.solver,
                l2=self.alpha,
                fit_intercept=self.fit_intercept,
                max_iter=self.max_iter,
            )
            for y in Y.T
        ]
        self._keep(fits[-1].fit, fits[-1].l2)
        self.solver_ = f"reweighted {self.solver_}"
        if len(fits) > 1:
            self.__dict__.pop("moments_", None)  # each output has its own weights
        self.n_iter_ = max(found.n_iter for found in fits)
        self._keep_scale([found.scale for found in fits])
        coef = np.hstack([found.fit.coef for found in fits])
        return coef, np.concatenate([found.fit.intercept for found in fits])

    def _keep_scale(self, scales: list[float]) -> None:
        self.scale_ = scales[0] if len(scales) == 1 else np.array(scales)

    def _solve_by_descent(
        self, X: Floats, Y: Floats, weight: Floats | None
    ) -> tuple[Floats, Floats]:
        assert_all_finite(X, input_name="X", estimator_name=type(self).__name__)
        objective = LinearObjective.of(
            X,
            Y,
            np.ones(len(X)) if weight is None else weight,
            loss=regression_loss(self.loss, self.epsilon),
            l1=self.alpha * self.l1_ratio,
            l2=self.alpha * (1 - self.l1_ratio),
            fit_intercept=self.fit_intercept,
        )
        found = gradient_descent(
            objective,
            np.zeros(len(objective.l1)),
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            max_iter=int(self.max_iter),
            tol=self.tol,
            random_state=check_random_state(self.random_state),
        )
        self.solver_ = "gradient_descent"
        self.n_iter_, self.history_, self.last_step_ = found.n_iter, found.history, found.last_step
        coef, intercept = objective.split(found.parameters)
        if isinstance(objective.loss, Huber):
            residual = X @ coef + intercept - Y
            self._keep_scale([objective.loss.scale(r, objective.weight) for r in residual.T])
        return coef, intercept
