"""LogisticRegression: a linear score, turned into a probability."""

from __future__ import annotations

from typing import Any, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import assert_all_finite, validate_data

from baremath.blas import single_threaded_blas
from baremath.estimator import (
    Floats,
    all_or_nothing,
    check_sample_weight,
    class_weight_of_rows,
    forget,
    log_probabilities,
    probabilities,
    warn_user,
)
from baremath.linear_model._linear_classifier import LinearClassifier
from baremath.linear_model._logistic_objective import LogisticObjective
from baremath.linear_model._logistic_solvers import Solution, by_descent, by_lbfgs, by_newton
from baremath.linear_model._validation import check_choice, check_count, check_flag, check_number
from baremath.maths import Derivation

SOLVERS = ("auto", "newton", "lbfgs", "gradient_descent")
MOST_NEWTON_PARAMETERS = 500
ALMOST_NONE = 0.001  # of a step: what the rows that can't be told apart still move


class SeparableClassesWarning(UserWarning):
    """The classes can be told apart without a mistake, so the best weights are infinite."""


class LogisticRegression(LinearClassifier):
    r"""A linear score turned into a probability, with the weights that make the data likeliest.

    .. math::
        P(y = 1 \mid x) = \sigma(b + w^T x), \qquad \sigma(z) = \frac{1}{1 + e^{-z}}

    .. math::
        J(w, b) = -\frac{1}{N} \sum_i \log P(y_i \mid x_i) + \frac{1}{N C} \left( \rho
        \lVert w \rVert_1 + \frac{1 - \rho}{2} \lVert w \rVert_2^2 \right)

    With more than two classes each has its own score, and
    :math:`P(y = k \mid x) = e^{z_k} / \sum_l e^{z_l}`. A neuron with a sigmoid is this model.

    Parameters
    ----------
    C : float, default=1.0
        The inverse strength of the penalty; ``numpy.inf`` for none.
    l1_ratio : float in [0, 1], default=0.0
        ρ, the share of the absolute values in the penalty.
    solver : {"auto", "newton", "lbfgs", "gradient_descent"}, default="auto"
        How the minimum is found. ``"auto"`` is Newton's method up to 500 parameters, else L-BFGS.
        ``"gradient_descent"`` trains the model as the neuron it is, by the chain rule of
        `baremath.autodiff`.
    fit_intercept : bool, default=True
        Whether there is a b. It is not penalised.
    class_weight : dict, "balanced" or None, default=None
        How often the rows of each class count; ``"balanced"`` gives every class the same sum.
    learning_rate : float or "auto", default="auto"
        The step of gradient descent; ``"auto"`` is one over the largest curvature of the loss.
    batch_size : int, optional
        Rows for each update of gradient descent; all of them unless given.
    max_iter : int, default=1000
        Steps (for gradient descent passes over the data), at most.
    tol : float, default=1e-4
        Stop when the gradient has shrunk to this share of its first value.
    random_state : int, RandomState or None, default=None
        Draws the mini-batches.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        w; one row for two classes, whose score is that of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        b.
    solver_ : str
        The way that was taken.
    n_iter_ : ndarray of shape (1,)
        Steps taken.
    history_ : dict of str to ndarray
        ``"loss"`` of shape (n_steps + 1,): J before each step over all rows and after the last.
        ``"parameters"`` of shape (n_steps + 1, n_parameters), intercept first, when there are at
        most 20.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    Warns
    -----
    SeparableClassesWarning
        When there is no penalty and the classes are separable: the loss falls for ever as the
        weights grow, and the weights are those at which `tol` stopped them. Newton's method also
        sees when a part of the rows is.
    ConvergenceWarning
        When `max_iter` steps did not reach `tol`.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 2nd ed., section
    4.4.

    Examples
    --------
    >>> from baremath.linear_model import LogisticRegression
    >>> hours, passed = [[1.0], [2.0], [3.0], [4.0]], ["no", "no", "yes", "yes"]
    >>> model = LogisticRegression().fit(hours, passed)
    >>> model.predict([[2.2], [3.7]])
    array(['no', 'yes'], dtype='<U3')
    >>> model.predict_proba([[2.5]]).round(3)
    array([[0.5, 0.5]])
    """

    def __init__(
        self,
        C: float = 1.0,
        *,
        l1_ratio: float = 0.0,
        solver: str = "auto",
        fit_intercept: bool = True,
        class_weight: Any = None,
        learning_rate: float | str = "auto",
        batch_size: int | None = None,
        max_iter: int = 1000,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.solver = solver
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Find the weights that make the classes likeliest.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features. Read in blocks, not copied, when it is an array of floats.
        y : array-like of shape (n_samples,)
            The class of each row.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts; 0 is the same as leaving it out.

        Returns
        -------
        LogisticRegression
            Itself, fitted.

        Raises
        ------
        ValueError
            When an argument is out of range, there is one class only, or a number is not finite.
        DivergenceError
            When gradient descent runs away; the message names a rate that converges.
        """
        forget(self)
        self._check_parameters()
        table, labels = validate_data(
            self, X, y, dtype=(np.float64, np.float32), ensure_all_finite=False
        )
        codes = self._learn_classes(labels)
        weight = check_sample_weight(sample_weight, table)
        weight = np.ones(len(table)) if weight is None else weight
        weight = weight * class_weight_of_rows(self.class_weight, self.classes_, codes, weight)
        objective = self._objective(table, codes, weight)
        with np.errstate(all="ignore"), single_threaded_blas():  # what is not finite is found below
            found = self._minimise(objective)
        if not np.isfinite(found.history["loss"][-1]):
            self._refuse(table)
        self.coef_, intercept = objective.split(found.parameters)
        several = len(intercept) > 1  # the same added to every class's score changes nothing
        self.intercept_ = intercept - intercept.mean() if several else intercept
        self.n_iter_ = np.array([found.n_iter])
        self.history_, self.last_step_ = found.history, found.last_step
        if np.isinf(self.C) and self._separable(objective, found):
            warn_user(
                "the classes are separable and C is infinite: the loss falls for ever as the "
                f"weights grow. They were stopped at tol={self.tol:g}; set C (1.0, say) for "
                "weights that mean something.",
                SeparableClassesWarning,
            )
        return self

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows that sum to one, in the order of `classes_`.
        """
        return probabilities(self.decision_function(X))

    def predict_log_proba(self, X: ArrayLike) -> Floats:
        """Return the logarithm of each class's probability; finite for any score.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return log_probabilities(self.decision_function(X))

    def explain(self, X: ArrayLike, y: ArrayLike | None = None, row: int = 0) -> Derivation:
        """Show how one row's probability comes about, and how the weights were found.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            A table.
        y : array-like of shape (n_samples,), optional
            Its classes: with them the log-loss and its gradient are shown too.
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
        from baremath.linear_model._explain_logistic import explain_logistic

        return explain_logistic(self, X, y, row)

    def _check_parameters(self) -> None:
        check_choice("solver", self.solver, SOLVERS)
        check_number("C", self.C, high=np.inf, above=True)
        check_number("l1_ratio", self.l1_ratio, high=1.0)
        check_flag("fit_intercept", self.fit_intercept)
        check_count("max_iter", self.max_iter)
        check_number("tol", self.tol)
        if self.learning_rate != "auto":
            check_number("learning_rate", self.learning_rate, above=True)
        if self.batch_size is not None:
            check_count("batch_size", self.batch_size)
        if self.solver == "lbfgs" and self.l1_ratio > 0 and np.isfinite(self.C):
            raise ValueError(
                "solver='lbfgs' has no absolute values in its penalty; with "
                f"l1_ratio={self.l1_ratio} use solver='newton' or 'gradient_descent'."
            )

    def _objective(
        self, X: NDArray[np.float64], codes: NDArray[np.intp], weight: NDArray[np.float64]
    ) -> LogisticObjective:
        """Build the objective; gradient descent gets the columns as they are."""
        n_scores = 1 if len(self.classes_) == 2 else len(self.classes_)
        strength = 1 / (self.C * weight.sum())
        centre, scale = np.zeros(X.shape[1]), np.ones(X.shape[1])
        if self.solver != "gradient_descent":
            sample = X[:: -(-len(X) // 10_000)].astype(np.float64, copy=False)
            with np.errstate(all="ignore"):
                mean = sample.mean(axis=0)
                spread = np.sqrt(((sample - mean) ** 2).mean(axis=0))
            if not np.isfinite(spread).all():
                self._refuse(X)
            usable = spread > 1e-12 * np.abs(sample).max(axis=0)
            curvature = spread**2 + 4 * strength * (1 - self.l1_ratio)  # of the loss, the penalty
            scale = np.where(usable, np.sqrt(curvature), 1.0)
            centre = np.where(usable, mean, 0.0) * self.fit_intercept
        l1 = strength * self.l1_ratio / scale
        l2 = strength * (1 - self.l1_ratio) / scale**2
        free = np.zeros(int(self.fit_intercept))
        return LogisticObjective(
            X=X,
            codes=codes,
            weight=weight,
            n_scores=n_scores,
            l1=np.tile(np.concatenate([free, l1]), n_scores),
            l2=np.tile(np.concatenate([free, l2]), n_scores),
            fit_intercept=self.fit_intercept,
            centre=centre,
            scale=scale,
        )

    def _minimise(self, objective: LogisticObjective) -> Solution:
        if self.solver == "auto":
            few = len(objective.l1) <= MOST_NEWTON_PARAMETERS
            self.solver_ = "newton" if few or objective.has_corners else "lbfgs"
        else:
            self.solver_ = self.solver
        if self.solver_ == "newton":
            return by_newton(objective, tol=self.tol, max_iter=self.max_iter)
        if self.solver_ == "lbfgs":
            return by_lbfgs(objective, tol=self.tol, max_iter=self.max_iter)
        assert_all_finite(objective.X, input_name="X", estimator_name=type(self).__name__)
        return by_descent(
            objective,
            tol=self.tol,
            max_iter=self.max_iter,
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            random_state=check_random_state(self.random_state),
        )

    @staticmethod
    def _separable(objective: LogisticObjective, found: Solution) -> bool:
        """Return whether the loss falls for ever: all rows are told apart, or some go on to be."""
        if found.direction is not None and objective.separates(found.direction, ALMOST_NONE):
            return True
        return objective.separates(found.parameters)

    def _refuse(self, table: Floats) -> NoReturn:
        assert_all_finite(table, input_name="X", estimator_name=type(self).__name__)
        raise ValueError("the numbers in X are too large: their products overflow. Scale them.")
