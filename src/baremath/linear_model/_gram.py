"""Sums of products over all rows of a table: what least squares needs to know of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baremath.linear_model._blocks import BLOCK_ROWS, Floats, blocks, map_chunks
from baremath.linear_model._gram_kernel import gram_kernel, padded_columns

NARROW = 32  # NumPy runs along the columns of a narrower buffer, and along the rows of others
DIGITS_LOST = 1e-4  # of the squared distance between shift and mean: a variance below is inexact
EPSILON = float(np.finfo(np.float64).eps)
WORTH_KERNEL = 5e7  # multiplications; below this BLAS is done before the kernel is compiled


@dataclass(frozen=True)
class Moments:
    r"""Weighted means and centred second moments of a table, divided by the sum of the weights.

    .. math::
        \bar{x} = \frac{1}{W} \sum_i s_i x_i, \qquad
        C_{xx} = \frac{1}{W} \sum_i s_i (x_i - \bar{x})(x_i - \bar{x})^T, \qquad
        C_{xy} = \frac{1}{W} \sum_i s_i (x_i - \bar{x})(y_i - \bar{y})^T

    Without an intercept the means are zero and the moments are not centred.
    """

    weight: float
    x_mean: Floats
    y_mean: Floats
    xx: Floats
    xy: Floats


def moments(X: Floats, Y: Floats, sample_weight: Floats | None, centred: bool) -> Moments:
    """Compute the moments in one pass over the rows, without a copy of X.

    Rows are shifted by the mean of a sample before they are multiplied: the sums then lose no
    digits to a large common offset. Where the sample misled (outliers, very uneven weights), a
    second pass is shifted by the mean that the first one found.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        In any order of memory and any floating-point type.
    Y : ndarray of shape (n_samples, n_outputs)
        The outputs.
    sample_weight : ndarray of shape (n_samples,) or None
        Non-negative; None counts every row once.
    centred : bool
        Whether to subtract the means.
    """
    n, p = X.shape
    x_shift, y_shift = np.zeros(p), np.zeros(Y.shape[1])
    if centred:
        sample = slice(None, None, -(-n // 1024))
        with np.errstate(all="ignore"):
            x_shift = X[sample].mean(axis=0, dtype=np.float64)
            y_shift = Y[sample].mean(axis=0)
    scale = None if sample_weight is None else np.sqrt(sample_weight)
    with np.errstate(all="ignore"):
        for _ in range(2):
            gram = shifted_gram(X, Y, x_shift, y_shift, scale)
            weight = float(gram[-1, -1])
            products, mean = gram[:-1, :-1] / weight, gram[-1, :-1] / weight
            if not centred:
                return Moments(weight, x_shift, y_shift, products[:p, :p], products[:p, p:])
            products -= np.outer(mean, mean)
            shift = np.concatenate([x_shift, y_shift])
            off = np.abs(mean) > 8 * EPSILON * np.abs(shift)
            lost = off & (np.diag(products) < DIGITS_LOST * mean**2)
            x_shift, y_shift = x_shift + mean[:p], y_shift + mean[p:]
            if not lost.any():
                break
    return Moments(weight, x_shift, y_shift, products[:p, :p], products[:p, p:])


def shifted_gram(
    X: Floats, Y: Floats, x_shift: Floats, y_shift: Floats, scale: Floats | None
) -> Floats:
    """Return AᵀA for A = scale · [X - x_shift | Y - y_shift | 1], a block of rows at a time."""
    n, width = len(X), X.shape[1] + Y.shape[1] + 1
    add = _compiled_sum if n * width * width > WORTH_KERNEL else _plain_sum

    def chunk(start: int, stop: int) -> Floats:
        rows = slice(start, stop)
        factor = None if scale is None else scale[rows]
        return add(X[rows], Y[rows], x_shift, y_shift, factor)

    gram = np.zeros((width, width))
    for part in map_chunks(chunk, n, width * width):
        gram += part
    return np.triu(gram) + np.triu(gram, 1).T


def _compiled_sum(
    X: Floats, Y: Floats, x_shift: Floats, y_shift: Floats, scale: Floats | None
) -> Floats:
    """Return AᵀA by the kernel, right on and above the diagonal."""
    width = X.shape[1] + Y.shape[1] + 1
    columns, height = padded_columns(width), min(BLOCK_ROWS, len(X))
    block, gram = np.zeros((height, columns)), np.zeros((columns, columns))
    x_shift, y_shift = np.ascontiguousarray(x_shift), np.ascontiguousarray(y_shift)
    at_once = len(X) if _in_rows(X) and _in_rows(Y) else BLOCK_ROWS  # others by way of a copy
    for rows in blocks(0, len(X), at_once):
        x, y = _row_by_row(X[rows]), _row_by_row(Y[rows])
        factor = np.ones(1) if scale is None else np.ascontiguousarray(scale[rows])
        gram_kernel().add_rows(
            len(x),
            x.shape[1],
            x.ctypes.data,
            x.strides[0] // 8,
            x_shift.ctypes.data,
            y.shape[1],
            y.ctypes.data,
            y.strides[0] // 8,
            y_shift.ctypes.data,
            factor.ctypes.data,
            int(scale is not None),
            height,
            columns,
            block.ctypes.data,
            gram.ctypes.data,
        )
    return gram[:width, :width]


def _in_rows(table: Floats) -> bool:
    """Say whether the numbers of a row lie side by side, as the kernel reads them."""
    row_stride, column_stride = table.strides
    aligned = table.dtype == np.float64 and table.flags.aligned and row_stride % 8 == 0
    return bool(aligned and (column_stride == 8 or table.shape[1] < 2))


def _row_by_row(table: Floats) -> Floats:
    return table if _in_rows(table) else np.ascontiguousarray(table, dtype=np.float64)


def _plain_sum(
    X: Floats, Y: Floats, x_shift: Floats, y_shift: Floats, scale: Floats | None
) -> Floats:
    """Return AᵀA by NumPy, for any order of memory and any floating-point type."""
    (n, p), width = X.shape, X.shape[1] + Y.shape[1] + 1
    height = min(BLOCK_ROWS, n)
    gram = np.zeros((width, width))
    buffer = np.empty((width, height)).T if width < NARROW else np.empty((height, width))
    for rows in blocks(0, n):
        block = buffer[: rows.stop - rows.start]
        np.subtract(X[rows], x_shift, out=block[:, :p])
        np.subtract(Y[rows], y_shift, out=block[:, p:-1])
        block[:, -1] = 1.0
        if scale is not None:
            block *= scale[rows, np.newaxis]
        gram += block.T @ block
    return gram
