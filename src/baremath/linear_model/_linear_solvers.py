"""The ways to the minimum of linear regression's objective, and what each leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

from baremath.linear_model._absolute_error import least_absolute_error
from baremath.linear_model._blocks import Floats
from baremath.linear_model._coordinate_descent import coordinate_descent
from baremath.linear_model._gradient_descent import gradient_descent
from baremath.linear_model._gram import Moments, moments
from baremath.linear_model._huber import huber_regression
from baremath.linear_model._least_squares import LeastSquaresFit, least_squares
from baremath.linear_model._linear_neurons import linear_neurons
from baremath.linear_model._losses import Huber

if TYPE_CHECKING:
    from baremath.linear_model._linear import LinearRegression

MOST_COLUMNS_KEPT = 128

Learned = dict[str, Any]
Solution = tuple[Floats, Floats, Learned]


def solve(model: LinearRegression, X: Floats, Y: Floats, weight: Floats | None) -> Solution:
    """Minimise the objective that the model's parameters ask for.

    Parameters
    ----------
    model : LinearRegression
        Its parameters have been checked.
    X : ndarray of shape (n_samples, n_features)
        The columns, after the basis.
    Y : ndarray of shape (n_samples, n_outputs)
        The outputs.
    weight : ndarray of shape (n_samples,) or None
        How often each row counts.

    Returns
    -------
    coef : ndarray of shape (n_features, n_outputs)
        The weights.
    intercept : ndarray of shape (n_outputs,)
        The intercepts.
    learned : dict
        What else was learned, by the name of the fitted attribute.
    """
    if model.solver == "gradient_descent":
        return _by_descent(model, X, Y, weight)
    if model.loss == "absolute_error":
        return _absolute_error(model, X, Y, weight)
    if model.loss == "huber":
        return _huber(model, X, Y, weight)
    if model.alpha * model.l1_ratio > 0:
        return _by_coordinates(model, X, Y, weight)
    found = least_squares(
        X,
        Y,
        weight,
        solver=model.solver,
        l2=model.alpha,
        fit_intercept=model.fit_intercept,
    )
    return found.coef, found.intercept, {"n_iter_": 1, **_learned(found, model.alpha)}


def _learned(found: LeastSquaresFit, l2: float) -> Learned:
    return {
        "rank_": found.rank,
        "condition_number_": found.condition_number,
        "solver_": found.solver,
        **({} if found.moments is None else _kept_moments(found.moments, l2)),
    }


def _kept_moments(found: Moments, l2: float) -> Learned:
    """Return the normal equations, where they are small, so that they can be shown."""
    if len(found.xx) > MOST_COLUMNS_KEPT:
        return {}
    kept = {
        "weight": np.array(found.weight),
        "l2": np.array(l2),
        "x_mean": found.x_mean,
        "y_mean": found.y_mean,
        "xx": found.xx,
        "xy": found.xy,
    }
    return {"moments_": kept}


def _by_coordinates(
    model: LinearRegression, X: Floats, Y: Floats, weight: Floats | None
) -> Solution:
    found = moments(X, Y, weight, centred=model.fit_intercept)
    learned = {"n_iter_": 1, "solver_": "coordinate_descent"}
    if not np.isfinite(found.xx).all():
        return np.full_like(found.xy, np.nan), found.y_mean, learned
    n_features = X.shape[1]
    l1, l2 = model.alpha * model.l1_ratio, model.alpha * (1 - model.l1_ratio)
    quadratic = found.xx + l2 * np.eye(n_features)
    penalty, start = np.full(n_features, l1), np.zeros(n_features)
    coef = np.column_stack(
        [coordinate_descent(quadratic, column, penalty, start) for column in found.xy.T]
    )
    return coef, found.y_mean - found.x_mean @ coef, {**learned, **_kept_moments(found, l2)}


def _absolute_error(
    model: LinearRegression, X: Floats, Y: Floats, weight: Floats | None
) -> Solution:
    fits = [
        least_absolute_error(X, y, weight, l1=model.alpha, fit_intercept=model.fit_intercept)
        for y in Y.T
    ]
    coef, intercept = np.column_stack([w for w, _ in fits]), np.array([b for _, b in fits])
    residual = Y - X @ coef - intercept
    near = 1e-9 * np.maximum(np.abs(Y).max(), 1e-300)
    sides = [(residual > near).sum(), (residual < -near).sum(), (np.abs(residual) <= near).sum()]
    return (
        coef,
        intercept,
        {"n_iter_": 1, "solver_": "linear_program", "sides_": np.array(sides)},
    )


def _huber(model: LinearRegression, X: Floats, Y: Floats, weight: Floats | None) -> Solution:
    fits = [
        huber_regression(
            X,
            y[:, np.newaxis],
            weight,
            epsilon=model.epsilon,
            solver=model.solver,
            l2=model.alpha,
            fit_intercept=model.fit_intercept,
            max_iter=model.max_iter,
        )
        for y in Y.T
    ]
    learned = _learned(fits[-1].fit, fits[-1].l2)
    learned["solver_"] = f"reweighted {learned['solver_']}"
    if len(fits) > 1:
        learned.pop("moments_", None)  # each output has its own weights
    learned["n_iter_"] = max(found.n_iter for found in fits)
    learned["scale_"] = _scales([found.scale for found in fits])
    coef = np.hstack([found.fit.coef for found in fits])
    return coef, np.concatenate([found.fit.intercept for found in fits]), learned


def _scales(scales: list[float]) -> float | Floats:
    return scales[0] if len(scales) == 1 else np.array(scales)


def _by_descent(model: LinearRegression, X: Floats, Y: Floats, weight: Floats | None) -> Solution:
    neurons = linear_neurons(
        X,
        Y,
        weight,
        loss=model.loss,
        epsilon=model.epsilon,
        l1=model.alpha * model.l1_ratio,
        l2=model.alpha * (1 - model.l1_ratio),
        fit_intercept=model.fit_intercept,
    )
    found = gradient_descent(
        neurons,
        learning_rate=model.learning_rate,
        batch_size=model.batch_size,
        max_iter=model.max_iter,
        tol=model.tol,
        random_state=check_random_state(model.random_state),
    )
    learned: Learned = {
        "solver_": "gradient_descent",
        "n_iter_": found.n_iter,
        "history_": found.history,
        "last_step_": found.last_step,
    }
    table = found.parameters.reshape(Y.shape[1], -1)
    coef = table[:, int(model.fit_intercept) :].T
    intercept = table[:, 0] if model.fit_intercept else np.zeros(len(table))
    if isinstance(neurons.loss, Huber):
        learned["scale_"] = _scales(neurons.loss.scales(X @ coef + intercept - Y, weight))
    return coef, intercept, learned
