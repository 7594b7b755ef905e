r"""Least squares and the log-loss over the simplex: weights of at least 0 that sum to 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.optimize import nnls

from baremath.estimator import Floats

MOST_STEPS = 100
ROUNDING = 1e-14  # of a sum of logarithms: near the minimum a step gains less
SMALLEST = float(np.finfo(np.float64).eps)  # a probability of 0 would cost infinitely much


def least_squares_weights(
    F: Floats, y: Floats, row_weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    r"""Return the weights with the least squared error; exact.

    .. math:: \min_\rho \sum_i w_i \Bigl(\sum_j \rho_j F_{ij} - y_i\Bigr)^2,
        \qquad \rho_j \ge 0, \quad \sum_j \rho_j = 1

    The weights sum to one, so the error is :math:`\lVert R \rho \rVert^2` with the members'
    residuals :math:`R_{ij} = \sqrt{w_i} (F_{ij} - y_i)`. Its minimum on the simplex has the
    direction of the z ≥ 0 that minimises :math:`\lVert R z \rVert^2 + (\sum_j z_j - 1)^2`, which
    the active-set method of Lawson and Hanson finds in a finite number of steps.

    Parameters
    ----------
    F : ndarray of shape (n_samples, n_members)
        What each member predicts.
    y : ndarray of shape (n_samples,)
        What it should have been.
    row_weight : ndarray of shape (n_samples,)
        What each row counts.

    Returns
    -------
    ndarray of shape (n_members,)
        ρ.

    References
    ----------
    Lawson and Hanson (1974), Solving Least Squares Problems, chapter 23.

    Examples
    --------
    >>> F = np.array([[0.0, 4.0], [0.0, 8.0]])
    >>> least_squares_weights(F, np.array([1.0, 2.0]), np.ones(2)).round(6)
    array([0.75, 0.25])
    """
    residuals = np.sqrt(row_weight)[:, np.newaxis] * (F - y[:, np.newaxis])
    scale = np.abs(residuals).max()
    if scale == 0:
        return np.full(F.shape[1], 1 / F.shape[1])
    triangle = qr(residuals / scale, mode="r", check_finite=False)[0][: F.shape[1]]
    smallest = np.linalg.norm(triangle, axis=0).min()
    if smallest > 0:
        triangle = triangle / smallest  # the residuals as large as the ones below them
    system = np.vstack([triangle, np.ones(F.shape[1])])
    target = np.zeros(len(system))
    target[-1] = 1.0
    z = nnls(system, target)[0]
    weights: NDArray[np.float64] = z / z.sum()
    return weights


def log_loss_weights(
    P: Floats, row_weight: NDArray[np.float64], tol: float = 1e-10
) -> NDArray[np.float64]:
    r"""Return the weights with the least log-loss, by Newton's method on the simplex.

    .. math:: \min_\rho L(\rho), \qquad L(\rho) = -\frac{1}{W} \sum_i w_i \log \sum_j \rho_j P_{ij}

    with P the probability that each member gives to the row's class. L is convex. Its second-order
    model at ρ is a least-squares problem on the simplex itself, of the ratios
    :math:`A_{ij} = P_{ij} / \sum_k \rho_k P_{ik}` against 2; steps that don't lower L enough are
    halved. It stops when the duality gap
    :math:`\max_j \frac{1}{W} \sum_i w_i A_{ij} - 1`, which bounds what is still to be gained, is
    below `tol`.

    Parameters
    ----------
    P : ndarray of shape (n_samples, n_members)
        Probabilities; below 2.2e-16 they count as that.
    row_weight : ndarray of shape (n_samples,)
        What each row counts.
    tol : float, default=1e-10
        The duality gap to reach.

    Returns
    -------
    ndarray of shape (n_members,)
        ρ.

    References
    ----------
    Kim, Carbonetto, Stephens and Anitescu (2020), A fast algorithm for maximum likelihood
    estimation of mixture proportions using sequential quadratic programming.
    Jaggi (2013), Revisiting Frank-Wolfe: projection-free sparse convex optimization (the gap).

    Examples
    --------
    >>> P = np.array([[0.9, 0.2], [0.1, 0.8], [0.9, 0.2]])
    >>> log_loss_weights(P, np.ones(3)).round(4)
    array([0.6667, 0.3333])
    """
    P = np.maximum(P, SMALLEST)
    w = row_weight / row_weight.sum()
    rho = np.full(P.shape[1], 1 / P.shape[1])
    mixed = P @ rho
    for _ in range(MOST_STEPS):
        A = P / mixed[:, np.newaxis]
        gap = float((w @ A).max()) - 1
        if gap <= tol:
            break
        direction = least_squares_weights(A, np.full(len(P), 2.0), w) - rho
        gain = float(w @ (A @ direction))
        step, change = 1.0, P @ direction / mixed
        with np.errstate(divide="ignore"):  # a step to where a row has no probability left
            while w @ np.log1p(step * change) < 1e-4 * step * gain - ROUNDING:
                step /= 2
        rho = np.maximum(rho + step * direction, 0)
        rho /= rho.sum()
        mixed = P @ rho
    return rho
