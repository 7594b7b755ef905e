"""Newton's method for logistic regression, on a sample of the rows first."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from sklearn.exceptions import ConvergenceWarning

from baremath.linear_model._blocks import Floats
from baremath.linear_model._coordinate_descent import coordinate_descent
from baremath.linear_model._logistic_objective import LogisticObjective

SAMPLE_ROWS = 20_000
DAMPING = 1e-10  # of the unit diagonal: keeps columns that depend on each other from running away
ENOUGH = 0.25  # a step with a borrowed Hessian must shrink the decrement to this share
STILL_MOVING = 1e-2  # in standard deviations of z


@dataclass(frozen=True)
class Newton:
    """Where Newton's method ended, and the last step that led there."""

    parameters: Floats
    n_iter: int
    losses: list[float]
    path: list[Floats]
    last_step: dict[str, Floats]
    hessian: Floats
    first_slope: float
    unbounded: bool


def newton(
    objective: LogisticObjective,
    start: Floats,
    *,
    tol: float,
    max_iter: int,
    borrowed: Floats | None = None,
    first_slope: float | None = None,
) -> Newton:
    r"""Step by :math:`-H^{-1} g`, halved until the objective falls enough (Armijo).

    A large table is solved on every k-th row first. That minimum is the start for all rows, and its
    Hessian serves there as long as it brings the steps down fast; then only gradients read the
    whole table. An absolute-value penalty is kept whole beside the quadratic model (proximal
    Newton).

    Parameters
    ----------
    objective : LogisticObjective
        What to minimise.
    start : ndarray of shape (n_parameters,)
        Where to begin.
    tol : float
        Stop when the largest component of the gradient is at most `tol` times that at the start.
    max_iter : int
        Steps at most.
    borrowed : ndarray of shape (n_parameters, n_parameters), optional
        A Hessian near enough to begin with.
    first_slope : float, optional
        The largest component of the gradient at the start of it all.

    References
    ----------
    Roosta-Khorasani and Mahoney (2019), Sub-sampled Newton methods, Mathematical Programming 174.
    Lee, Sun and Saunders (2014), Proximal Newton-type methods, SIAM J. Optimization 24(3).
    """
    l1, w, hessian = objective.l1, start, borrowed
    step = objective.n_samples // max(SAMPLE_ROWS, 20 * len(start))
    if step > 1 and borrowed is None:
        sample = newton(objective.every(step), start, tol=1e-3, max_iter=max_iter)
        return newton(
            objective,
            sample.parameters,
            tol=tol,
            max_iter=max_iter,
            borrowed=sample.hessian,
            first_slope=sample.first_slope,
        )
    value, gradient = objective.value_and_gradient(w)
    value += float(l1 @ np.abs(w))
    slope = _slope(w, gradient, l1)
    first_slope = first_slope or slope
    stop_below = tol * first_slope
    losses, path, last_step, n_iter, decrement, unbounded = [value], [w], {}, 0, np.inf, False
    while slope > stop_below and n_iter < max_iter:
        fresh = hessian is None or borrowed is None
        if fresh:
            hessian = objective.hessian(w)
        assert hessian is not None
        move, before = _direction(objective, w, gradient, hessian), decrement
        fall = float(gradient @ move + l1 @ (np.abs(w + move) - np.abs(w)))
        decrement = -fall
        if not fresh and decrement > ENOUGH * before:
            borrowed, decrement = None, np.inf
            continue
        length, after = 1.0, w + move
        new_value, new_gradient = objective.value_and_gradient(after)
        while new_value + float(l1 @ np.abs(after)) > value + 1e-4 * length * fall:
            length /= 2
            if length < 1e-10:
                break
            after = w + length * move
            new_value, new_gradient = objective.value_and_gradient(after)
        if length < 1e-10 or decrement <= 1e-15 * abs(value):
            if not fresh and length < 1e-10:
                borrowed, decrement = None, np.inf
                continue
            break
        last_step = {
            "before": w,
            "gradient": gradient,
            "hessian": hessian,
            "learning_rate": np.array(length),
            "after": after,
        }
        unbounded = float(np.max(np.abs(move))) > STILL_MOVING and length == 1.0
        w, value, gradient = after, new_value + float(l1 @ np.abs(after)), new_gradient
        slope = _slope(w, gradient, l1)
        n_iter += 1
        losses.append(value)
        path.append(w)
    if n_iter == max_iter and slope > stop_below:
        warnings.warn(
            f"Newton's method took max_iter={max_iter} steps and has not settled: the largest "
            f"component of the gradient is {slope:.3g}, to stop it must be {stop_below:.3g}. "
            "Raise max_iter or tol, or lower C.",
            ConvergenceWarning,
            stacklevel=4,
        )
    final = objective.hessian(w) if hessian is None else hessian
    unbounded = unbounded and slope <= stop_below
    return Newton(w, n_iter, losses, path, last_step, final, first_slope, unbounded)


def _slope(w: Floats, gradient: Floats, l1: Floats) -> float:
    """Return the largest component of the smallest subgradient."""
    at_zero = np.maximum(np.abs(gradient) - l1, 0.0)
    return float(np.max(np.where(w == 0, at_zero, np.abs(gradient + l1 * np.sign(w))), initial=0.0))


def _direction(
    objective: LogisticObjective, w: Floats, gradient: Floats, hessian: Floats
) -> Floats:
    """Return the step to the minimum of the quadratic model, plus the absolute values."""
    if objective.n_scores > 1:
        hessian = hessian + _common_shift(objective, hessian)
    width = np.sqrt(np.maximum(np.diag(hessian), 1e-300))
    scaled = hessian / np.outer(width, width) + DAMPING * np.eye(len(w))
    if objective.l1.any():
        linear = scaled @ (w * width) - gradient / width
        aim = coordinate_descent(scaled, linear, objective.l1 / width, w * width, tol=1e-10)
        return aim / width - w
    try:
        move = -linalg.solve(scaled, gradient / width, assume_a="pos")
    except linalg.LinAlgError:
        move = -np.linalg.lstsq(scaled, gradient / width)[0]
    result: Floats = move / width
    return result


def _common_shift(objective: LogisticObjective, hessian: Floats) -> Floats:
    """Return curvature along what softmax can't see: the same change in every class's score.

    The gradient has no part there, so the step is the same, and the Hessian is no longer singular.
    """
    size = len(hessian) // objective.n_scores
    share = np.where(objective.l1[:size] == 0, np.diag(hessian)[:size], 0.0)
    ones = np.ones((objective.n_scores, objective.n_scores))
    return np.kron(ones, np.diag(share))
