"""Huber's regression, by least squares with the weights of its own residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from baremath.estimator import warn_user
from baremath.linear_model._blocks import Floats
from baremath.linear_model._least_squares import LeastSquaresFit, least_squares
from baremath.linear_model._losses import Huber

STILL = 1e-11  # relative change of the objective that no longer matters


@dataclass(frozen=True)
class HuberFit:
    """The last weighted least squares and its penalty, the scale σ, and the number of turns."""

    fit: LeastSquaresFit
    l2: float
    scale: float
    n_iter: int


def huber_regression(
    X: Floats,
    Y: Floats,
    sample_weight: Floats | None,
    *,
    epsilon: float,
    solver: str,
    l2: float,
    fit_intercept: bool,
    max_iter: int,
) -> HuberFit:
    r"""Minimise Huber's loss with its scale, plus ``l2/2 |w|²``.

    In turn, until nothing moves: the best scale for the residuals; the weights
    :math:`u_i = \min(1, \epsilon \sigma / |r_i|)`, with which least squares has the same gradient;
    the weighted least squares. No turn can raise the objective.

    References
    ----------
    Huber and Ronchetti (2009), Robust Statistics, 2nd ed., section 7.8.
    """
    weight = np.ones(len(X)) if sample_weight is None else sample_weight
    loss = Huber(epsilon)
    fit = least_squares(X, Y, sample_weight, solver=solver, l2=l2, fit_intercept=fit_intercept)
    previous, turn_l2 = np.inf, l2
    for n_iter in range(1, max_iter + 1):
        predicted = X @ fit.coef + fit.intercept
        residual = (predicted - Y)[:, 0]
        value = float(loss(predicted, Y, weight)) + l2 / 2 * float(np.sum(fit.coef**2))
        sigma = loss.scale(residual, weight)
        if previous - value <= STILL * abs(value) and n_iter > 1:
            return HuberFit(fit, turn_l2, sigma, n_iter)
        previous = value
        row_weights = weight * loss.row_weights(residual, sigma)
        turn_l2 = l2 * sigma * float(weight.sum() / row_weights.sum())
        fit = least_squares(
            X,
            Y,
            row_weights,
            solver=solver,
            l2=turn_l2,
            fit_intercept=fit_intercept,
        )
    warn_user(
        f"Huber's regression took max_iter={max_iter} turns and still moves; raise max_iter.",
        ConvergenceWarning,
    )
    return HuberFit(fit, turn_l2, sigma, n_iter)
