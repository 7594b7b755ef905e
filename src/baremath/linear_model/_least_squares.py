"""Least squares: normal equations where they can be trusted, else orthogonal factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from baremath.linear_model._blocks import Floats, blocks, map_chunks
from baremath.linear_model._gram import EPSILON, Moments, moments

TRUSTED_CONDITION = 1e4  # squared by the normal equations: eight of sixteen digits remain
SHORTEST = 1e-145  # squares of shorter columns lose digits to underflow


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
    variance = np.maximum(np.diag(found.xx), 0.0)
    length = np.sqrt(variance + l2)
    if not (np.isfinite(found.xx).all() and length.min() > SHORTEST):
        return _orthogonal(X, Y, sample_weight, solver, l2, fit_intercept, None)
    constant = length <= 8 * EPSILON * np.abs(found.x_mean)
    scale = np.where(constant, 0.0, 1 / length)
    scaled = (found.xx + l2 * np.eye(n_features)) * scale[:, np.newaxis] * scale
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
    if l2:  # rank and condition are those of the columns, without the penalty
        own = np.sqrt(variance)
        own = np.where(own <= 8 * EPSILON * np.abs(found.x_mean), np.inf, own)
        eigenvalues = linalg.eigvalsh(found.xx / own[:, np.newaxis] / own, check_finite=False)
    independent = eigenvalues > 8 * n_features * EPSILON * eigenvalues[-1]
    full_rank = bool(independent.all())
    return LeastSquaresFit(
        coef=coef,
        intercept=found.y_mean - found.x_mean @ coef,
        rank=int(independent.sum()),
        condition_number=float(np.sqrt(eigenvalues[-1] / eigenvalues[0])) if full_rank else np.inf,
        solver="cholesky",
        moments=found,
    )


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
    n_features = X.shape[1]
    n_counted = len(X) if sample_weight is None else int(np.count_nonzero(sample_weight))
    weight = float(n_counted if sample_weight is None else sample_weight.sum())
    x_mean, y_mean = np.zeros(n_features), np.zeros(Y.shape[1])
    if fit_intercept:
        x_mean, y_mean = _mean(X, sample_weight), _mean(Y, sample_weight)
    factor = _triangular_factor(X, Y, sample_weight, x_mean, y_mean)
    if not np.isfinite(factor).all():  # the caller finds the number that is not finite
        coef = np.full((n_features, Y.shape[1]), np.nan)
        return LeastSquaresFit(coef, y_mean, 0, np.nan, solver, None)
    r_x, r_y = factor[:, :n_features], factor[:, n_features:]
    length = _lengths(r_x)
    constant = length <= 8 * EPSILON * np.abs(x_mean) * np.sqrt(weight)
    r_x = np.where(constant, 0.0, r_x)
    length = np.where(constant | (length == 0), 1.0, length)
    scaled = np.linalg.svd(r_x / length, compute_uv=False)
    cutoff = 4 * EPSILON * max(X.shape)
    most = n_counted - fit_intercept  # centring leaves one row fewer
    rank = min(int(np.sum(scaled > cutoff * scaled[0])), most)
    full_rank = rank == n_features
    if solver == "qr" and not full_rank and l2 == 0:
        raise ValueError(
            "solver='qr' needs columns that are independent of each other; the table has "
            f"{n_features} columns and rank {rank}. "
            "Use solver='auto' or 'svd', or set alpha > 0."
        )
    ridge = l2 * weight
    if solver != "svd" and (full_rank or (ridge and n_features <= len(X))):
        coef, solver = _by_qr(r_x, r_y, ridge), "qr"
    else:
        coef, solver = _by_svd(r_x, r_y, ridge, length, rank), "svd"
    return LeastSquaresFit(
        coef=coef,
        intercept=y_mean - x_mean @ coef,
        rank=rank,
        condition_number=float(scaled[0] / scaled[-1]) if full_rank else np.inf,
        solver=solver,
        moments=found,
    )


def _by_qr(r_x: Floats, r_y: Floats, ridge: float) -> Floats:
    if ridge:
        r_x = np.vstack([r_x, np.sqrt(ridge) * np.eye(r_x.shape[1])])
    q, r = np.linalg.qr(r_x)
    coef: Floats = linalg.solve_triangular(r, q[: len(r_y)].T @ r_y)
    return coef


def _by_svd(r_x: Floats, r_y: Floats, ridge: float, length: Floats, rank: int) -> Floats:
    """Return the smallest of the best coefficients.

    Smallest in the columns' own units; or in units of their spread, where the columns' scales are
    so far apart that rounding the large ones hides the small ones.
    """
    u, s, vt = np.linalg.svd(r_x, full_matrices=False)
    hidden = rank > 0 and not ridge and s[rank - 1] <= 4 * EPSILON * len(vt) * s[0]
    unit = length if hidden else np.ones_like(length)
    if hidden:
        u, s, vt = np.linalg.svd(r_x / unit, full_matrices=False)
    u, s, vt = u[:, :rank], s[:rank], vt[:rank]
    coef: Floats = vt.T @ ((u.T @ r_y) / (s + ridge / s)[:, np.newaxis]) / unit[:, np.newaxis]
    return coef


def _lengths(table: Floats) -> Floats:
    """Return the length of each column; no square overflows or underflows."""
    largest = np.max(np.abs(table), axis=0)
    safe = np.where(largest == 0, 1.0, largest)
    lengths: Floats = safe * np.linalg.norm(table / safe, axis=0)
    return lengths


def _mean(table: Floats, sample_weight: Floats | None) -> Floats:
    """Return the mean of each column; of a constant column exactly its value."""
    counted = 0 if sample_weight is None else int(np.argmax(sample_weight > 0))
    first = table[counted].astype(np.float64)
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
    width = X.shape[1] + Y.shape[1]

    def chunk(start: int, stop: int) -> Floats:
        factor: Floats = np.zeros((0, width))
        for rows in blocks(start, stop):
            block = np.hstack([X[rows] - x_mean, Y[rows] - y_mean])
            if sample_weight is not None:
                block *= np.sqrt(sample_weight[rows, np.newaxis])
            factor = np.asarray(np.linalg.qr(np.vstack([factor, block]), mode="r"))
        return factor

    parts = np.vstack(list(map_chunks(chunk, len(X), 2 * width**2)))
    return np.asarray(np.linalg.qr(parts, mode="r"))
