"""Least squares: normal equations where they can be trusted, else orthogonal factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from baremath.linear_model._blocks import Floats, blocks
from baremath.linear_model._gram import Moments, moments

TRUSTED_CONDITION = 1e4  # squared by the normal equations: eight of sixteen digits remain
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class LeastSquaresFit:
    """Coefficients of shape (n_features, n_outputs) and what was learned on the way to them."""

    coef: Floats
    intercept: Floats
    rank: int
    condition_number: float
    solver: str
    moments: Moments | None


def least_squares(
    X: Floats,
    Y: Floats,
    sample_weight: Floats | None,
    *,
    solver: str,
    l2: float,
    fit_intercept: bool,
) -> LeastSquaresFit:
    r"""Minimise ``1/(2W) Σ s_i |y_i - b - x_i w|² + l2/2 |w|²``.

    ``"auto"`` solves the normal equations by Cholesky when the condition number of the centred
    columns, scaled to unit length, lets them be trusted; else by QR; and by SVD (the smallest
    coefficients among the best) when columns depend on each other.

    References
    ----------
    Golub and Van Loan (2013), Matrix Computations, 4th ed., sections 5.3 to 5.5.
    """
    n_samples, n_features = X.shape
    if solver in {"qr", "svd"} or n_features >= n_samples:
        return _orthogonal(X, Y, sample_weight, solver, l2, fit_intercept, None)
    found = moments(X, Y, sample_weight, centred=fit_intercept)
    if not np.isfinite(found.xx).all():
        return _unsolved(n_features, found.y_mean)
    length = np.sqrt(np.diag(found.xx) + l2)
    constant = length <= 8 * EPSILON * np.abs(found.x_mean)
    scale = 1 / np.where(constant | (length == 0), np.inf, length)
    scaled = (found.xx + l2 * np.eye(n_features)) * np.outer(scale, scale)
    eigenvalues = linalg.eigvalsh(scaled, check_finite=False)
    trusted = bool(eigenvalues[0] * TRUSTED_CONDITION**2 > eigenvalues[-1])
    if not trusted:
        if solver == "cholesky":
            raise ValueError(
                "solver='cholesky' needs columns that do not nearly depend on each other: the "
                "condition number of the scaled columns is above "
                f"{TRUSTED_CONDITION:.0e}, so the normal equations would lose more than half of "
                "the digits. Use solver='auto', 'qr' or 'svd', or set alpha > 0."
            )
        return _orthogonal(X, Y, sample_weight, solver, l2, fit_intercept, found)
    factor = linalg.cho_factor(scaled, check_finite=False)
    coef = linalg.cho_solve(factor, found.xy * scale[:, np.newaxis], check_finite=False)
    coef *= scale[:, np.newaxis]
    return LeastSquaresFit(
        coef=coef,
        intercept=found.y_mean - found.x_mean @ coef,
        rank=n_features,
        condition_number=float(np.sqrt(eigenvalues[-1] / eigenvalues[0])),
        solver="cholesky",
        moments=found,
    )


def _unsolved(n_features: int, y_mean: Floats) -> LeastSquaresFit:
    """Return NaN for every coefficient: the caller finds the number that is not finite."""
    coef = np.full((n_features, len(y_mean)), np.nan)
    return LeastSquaresFit(coef, y_mean, 0, np.nan, "", None)


def _orthogonal(
    X: Floats,
    Y: Floats,
    sample_weight: Floats | None,
    solver: str,
    l2: float,
    fit_intercept: bool,
    found: Moments | None,
) -> LeastSquaresFit:
    """Solve by the triangular factor of the centred table, found block by block."""
    n_samples, n_features = X.shape
    weight = float(n_samples if sample_weight is None else sample_weight.sum())
    x_mean, y_mean = np.zeros(n_features), np.zeros(Y.shape[1])
    if fit_intercept:
        x_mean, y_mean = _mean(X, sample_weight), _mean(Y, sample_weight)
    factor = _triangular_factor(X, Y, sample_weight, x_mean, y_mean)
    if not np.isfinite(factor).all():
        return _unsolved(n_features, y_mean)
    r_x, r_y = factor[:, :n_features], factor[:, n_features:]
    constant = np.linalg.norm(r_x, axis=0) <= 8 * EPSILON * np.abs(x_mean) * np.sqrt(n_samples)
    r_x = np.where(constant, 0.0, r_x)
    length = np.sqrt(np.sum(r_x**2, axis=0) + l2 * weight)
    scaled = np.linalg.svd(r_x / np.where(length == 0, 1.0, length), compute_uv=False)
    cutoff = 4 * EPSILON * max(n_samples, n_features)
    most = n_samples - fit_intercept  # centring leaves one row fewer
    full_rank = n_features <= most and bool(scaled[-1] > cutoff * scaled[0])
    if solver == "qr" and not full_rank and l2 == 0:
        raise ValueError(
            "solver='qr' needs columns that are independent of each other; the table has "
            f"{n_features} columns and rank {int(np.sum(scaled > cutoff * scaled[0]))}. "
            "Use solver='auto' or 'svd', or set alpha > 0."
        )
    solver = "svd" if solver == "svd" or not full_rank else "qr"
    if solver == "qr":
        penalty = np.sqrt(l2 * weight) * np.eye(n_features)
        q, r = np.linalg.qr(np.vstack([r_x, penalty]) if l2 else r_x)
        coef = linalg.solve_triangular(r, q[: len(r_y)].T @ r_y)
        rank = n_features
    else:
        u, s, vt = np.linalg.svd(r_x, full_matrices=False)
        kept = (s > cutoff * s[0]) & (np.arange(len(s)) < most)
        inverse = np.divide(s, s**2 + l2 * weight, out=np.zeros_like(s), where=kept)
        coef = vt.T @ (inverse[:, np.newaxis] * (u.T @ r_y))
        rank = int(kept.sum())
    return LeastSquaresFit(
        coef=coef,
        intercept=y_mean - x_mean @ coef,
        rank=rank,
        condition_number=float(scaled[0] / scaled[-1]) if full_rank else np.inf,
        solver=solver,
        moments=found,
    )


def _mean(table: Floats, sample_weight: Floats | None) -> Floats:
    """Return the mean of each column; of a constant column exactly its value."""
    first = table[0].astype(np.float64)
    total, weight = np.zeros(table.shape[1]), 0.0
    with np.errstate(all="ignore"):
        for rows in blocks(0, len(table)):
            block = table[rows] - first
            counts = np.ones(len(block)) if sample_weight is None else sample_weight[rows]
            total += counts @ block
            weight += float(counts.sum())
    mean: Floats = first + total / weight
    return mean


def _triangular_factor(
    X: Floats, Y: Floats, sample_weight: Floats | None, x_mean: Floats, y_mean: Floats
) -> Floats:
    """Return R of QR = √s · [X - x̄ | Y - ȳ], folding in one block of rows after another.

    References
    ----------
    Demmel, Grigori, Hoemmen and Langou (2012), Communication-optimal parallel and sequential QR
    and LU factorizations, SIAM J. Sci. Comput. 34(1).
    """
    factor: Floats = np.zeros((0, X.shape[1] + Y.shape[1]))
    for rows in blocks(0, len(X)):
        with np.errstate(all="ignore"):
            block = np.hstack([X[rows] - x_mean, Y[rows] - y_mean])
        if sample_weight is not None:
            block *= np.sqrt(sample_weight[rows, np.newaxis])
        (factor,) = linalg.qr(
            np.vstack([factor, block]), mode="r", overwrite_a=True, check_finite=False
        )
        factor = factor[: X.shape[1] + Y.shape[1]]
    return factor
