"""How far a mean over test points, of quantities estimated over rounds, may be off."""

from __future__ import annotations

import numpy as np

from baremath.model_selection._result import Floats


def standard_error(per_point: Floats, weights: Floats, per_round: Floats | None = None) -> float:
    r"""Return the standard error of a weighted mean over points.

    Points and rounds are two samples, each with a share in it:

    .. math:: \frac{m}{m - 1} \sum_i w_i^2 (z_i - \bar{z})^2 + \frac{1}{R (R - 1)}
              \sum_r (u_r - \bar{u})^2

    is its square, where u is what each round adds to the mean, to first order.

    Parameters
    ----------
    per_point : ndarray of shape (n_points,)
        z, the estimate at each point. One point alone has no spread; its share is 0.
    weights : ndarray of shape (n_points,)
        w, what the points count; their sum is 1.
    per_round : ndarray of shape (n_rounds,), optional
        u; None where the rounds have no share in it.

    References
    ----------
    Efron and Tibshirani (1993), An introduction to the bootstrap, chapter 21: the delta method.

    Examples
    --------
    >>> z = np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(standard_error(z, np.full(4, 0.25)), 4), round(float(z.std(ddof=1) / 2), 4)
    (0.6455, 0.6455)
    """
    m = len(per_point)
    off = per_point - per_point[0]  # exactly zero where all points agree
    squared = 0.0
    if m > 1:
        squared += m / (m - 1) * float(np.sum((weights * (off - weights @ off)) ** 2))
    if per_round is not None:
        squared += float(per_round.var(ddof=1)) / len(per_round)
    return float(np.sqrt(squared))
