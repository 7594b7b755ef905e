"""Squared loss: noise + bias² + variance, each without the bias of a finite sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from baremath.model_selection._points import Points
from baremath.model_selection._result import BiasVarianceDecomposition, Floats, Parts
from baremath.model_selection._standard_error import standard_error

BLOCK = 2**20  # predictions looked at together: 8 MiB


def decompose_squared_error(
    predictions: Floats, points: Points, noise: Any, noise_from: str | None
) -> BiasVarianceDecomposition:
    r"""Return the decomposition of the squared error.

    At a point with n observations of mean :math:`\bar{y}` and R predictions of mean
    :math:`\bar{f}`, where v and s² are the unbiased variances of the two (:math:`R - 1` and
    :math:`n - 1` in the denominator):

    .. math:: \frac{1}{n R} \sum_{j r} (y_j - f_r)^2
              = s^2 + \Big[ (\bar{y} - \bar{f})^2 - \frac{v}{R} - \frac{s^2}{n} \Big] + v

    Each part is unbiased, and they sum to the sampled loss exactly. A known noise takes the place
    of s², and with one observation the bias² is :math:`(y - \bar{f})^2 - v / R - \sigma^2`.

    Parameters
    ----------
    predictions : ndarray of shape (n_rounds, n_points)
    points : Points
    noise : ndarray of shape (n_points,), float, callable or None
        As in `bias_variance_decomposition`; None with ``noise_from="replicates"`` too.
    noise_from : {None, "given", "replicates"}

    References
    ----------
    Geman, Bienenstock and Doursat (1992), Neural networks and the bias/variance dilemma.
    """
    R, m = predictions.shape
    weights, counts = points.weights, points.counts
    centre = np.bincount(points.point, points.y) / counts
    within = np.bincount(points.point, (points.y - centre[points.point]) ** 2) / counts
    sigma2 = _noise_of_points(noise, noise_from, points, within)

    main, loss, bias2, variance = (np.empty(m) for _ in range(4))
    loss_of_round, bias_of_round, variance_of_round = (np.zeros(R) for _ in range(3))
    for block in _blocks(R, m):
        error = predictions[:, block] - centre[block]
        mean_error = error.mean(axis=0)
        off = error - mean_error
        main[block] = centre[block] + mean_error
        loss[block] = within[block] + np.mean(error**2, axis=0)
        variance[block] = np.sum(off**2, axis=0) / (R - 1)
        bias2[block] = mean_error**2 - variance[block] / R - (sigma2[block] - within[block])
        loss_of_round += error**2 @ weights[block]
        variance_of_round += off**2 @ weights[block]
        bias_of_round += 2 * off @ (weights[block] * mean_error)

    per_point = Parts(loss, sigma2, bias2, variance)
    errors = Parts(
        loss=standard_error(loss, weights, loss_of_round),
        noise=standard_error(sigma2, weights),
        bias2=standard_error(bias2, weights, bias_of_round),
        variance=standard_error(variance, weights, variance_of_round),
    )
    return BiasVarianceDecomposition(
        name="squared error",
        mean=per_point.map(lambda part: float(weights @ part)),
        standard_error=errors,
        per_point=per_point,
        noise_from=noise_from,
        predictions=predictions,
        main_prediction=main,
        y_test=points.y,
        point=points.point,
    )


def _noise_of_points(noise: Any, noise_from: str | None, points: Points, within: Floats) -> Floats:
    m = len(within)
    if noise_from is None:
        return np.zeros(m)
    if noise_from == "replicates":
        counts = points.counts
        pooled = (counts @ within) / np.sum(counts - 1)
        return np.where(counts > 1, within * counts / np.maximum(counts - 1, 1), pooled)
    return known_noise(noise, points) if callable(noise) else np.full(m, float(noise))


def known_noise(noise: Callable[[Any], Any], points: Points) -> Floats:
    """Return the variance of y that a function says for each point."""
    m = len(points.counts)
    values = np.asarray(noise(points.X), dtype=np.float64)
    if values.shape == (m, 1):
        values = values[:, 0]
    if values.shape != (m,) or not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError(
            "the function noise must return the variance of y at each row of X: a finite number "
            f"of at least 0 for each of {m} rows; it returned an array of shape {values.shape}"
            + (f" whose least is {values.min():g}." if values.size else ".")
        )
    return values


def _blocks(n_rounds: int, n_points: int) -> Iterator[slice]:
    step = max(BLOCK // n_rounds, 1)
    for start in range(0, n_points, step):
        yield slice(start, start + step)
