"""Quadratics with an absolute-value penalty, one coordinate at a time."""

from __future__ import annotations

import numpy as np

from baremath.linear_model._blocks import Floats


def coordinate_descent(
    A: Floats, c: Floats, l1: Floats, start: Floats, *, tol: float = 1e-12, max_sweeps: int = 10_000
) -> Floats:
    r"""Minimise ``½ wᵀA w - cᵀw + Σ l1_j |w_j|`` for a positive semi-definite A.

    Each coordinate in turn takes its exact minimiser, :math:`w_j \leftarrow S(z_j, \lambda_j) /
    A_{jj}` with :math:`z_j = c_j - \sum_{k \ne j} A_{jk} w_k` and the soft threshold S, until a
    sweep moves none by more than `tol` of the largest.

    Parameters
    ----------
    A : ndarray of shape (n, n)
        Symmetric.
    c : ndarray of shape (n,)
        The linear part.
    l1 : ndarray of shape (n,)
        A penalty for each coordinate, zero for none.
    start : ndarray of shape (n,)
        Where to begin.
    tol : float, default=1e-12
        Relative movement, in units of the quadratic's own scale, at which to stop.
    max_sweeps : int, default=10_000
        Sweeps over all coordinates, at most.

    References
    ----------
    Friedman, Hastie and Tibshirani (2010), Regularization paths for generalized linear models via
    coordinate descent, Journal of Statistical Software 33(1).
    """
    w = start.astype(np.float64, copy=True)
    curvature = np.diag(A).copy()
    moving = np.flatnonzero(curvature > 0)
    residual = c - A @ w
    for _ in range(max_sweeps):
        largest = 0.0
        for j in moving:
            old = w[j]
            z = residual[j] + curvature[j] * old
            new = np.sign(z) * max(abs(z) - l1[j], 0.0) / curvature[j]
            if new != old:
                residual -= A[:, j] * (new - old)
                w[j] = new
                largest = max(largest, abs(new - old) * np.sqrt(curvature[j]))
        if largest <= tol * np.max(np.abs(w) * np.sqrt(curvature), initial=1e-300):
            break
    return w
