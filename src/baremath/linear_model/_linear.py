"""LinearRegression: the first rung of the ladder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import assert_all_finite, check_is_fitted, validate_data

from baremath.blas import single_threaded_blas
from baremath.estimator import all_or_nothing, check_sample_weight, forget
from baremath.linear_model._basis import expand, fit_basis
from baremath.linear_model._blocks import Floats
from baremath.linear_model._linear_solvers import solve
from baremath.linear_model._validation import check_choice, check_count, check_flag, check_number
from baremath.maths import Derivation

LOSSES = ("squared_error", "absolute_error", "huber")
SOLVERS = ("auto", "cholesky", "qr", "svd", "gradient_descent")


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
        condition allows it, QR or SVD otherwise, and coordinate descent with an L1 penalty. The
        absolute error is a linear program, and Huber's loss least squares with the weights of its
        own residuals in turn, unless it is ``"gradient_descent"``: then the model is trained as the
        neuron it is, by the chain rule of `baremath.autodiff`.
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
        The step of gradient descent; ``"auto"`` is one over the largest curvature of the loss, and
        shorter for small batches.
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
        The number of columns that do not depend on each other; for several outputs with Huber's
        loss, that of the last output's weighted rows.
    condition_number_ : float
        The ratio of the largest to the smallest singular value of the centred columns, each scaled
        to unit length; infinite when columns depend on each other. The penalty has no part in it.
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

    Warns
    -----
    ConvergenceWarning
        When `max_iter` passes were not enough.

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

    coef_: Floats
    intercept_: float | Floats
    rank_: int
    condition_number_: float
    solver_: str
    scale_: float | Floats
    n_iter_: int
    history_: dict[str, Floats]
    last_step_: dict[str, Floats]
    moments_: dict[str, Floats]
    sides_: Floats

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
            When gradient descent runs away; the message says where, and which rates converge.
        """
        forget(self)
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
        if self.loss != "squared_error" or self.solver == "gradient_descent":
            self._assert_finite(table, features)
        with single_threaded_blas():  # its threads would change the last digits
            coef, intercept, learned = solve(self, features, Y, weight)
        if not np.isfinite(coef).all():  # least squares find it out by themselves, in one pass
            self._assert_finite(table, features)
            raise ValueError(
                "the numbers in X or y are too large: their squares are not finite. Scale them."
            )
        self.__dict__.update(learned)
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
        check_flag("fit_intercept", self.fit_intercept)
        check_count("max_iter", self.max_iter)
        check_number("tol", self.tol)
        if self.learning_rate != "auto":
            check_number("learning_rate", self.learning_rate, above=True)
        if self.batch_size is not None:
            check_count("batch_size", self.batch_size)
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

    def _assert_finite(self, table: Floats, features: Floats) -> None:
        assert_all_finite(table, input_name="X", estimator_name=type(self).__name__)
        if not np.isfinite(features).all():
            raise ValueError(
                "basis made numbers that are not finite from an X that is; use functions that are "
                "defined for every row."
            )
