"""Sums of products over all rows of a table: what least squares needs to know of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baremath.linear_model._blocks import BLOCK_ROWS, Floats, blocks, map_chunks
from baremath.linear_model._gram_kernel import GramKernel, gram_kernel, padded_columns

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
    yy: Floats


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
                return Moments(weight, x_shift, y_shift, *_parts(products, p))
            products -= np.outer(mean, mean)
            shift = np.concatenate([x_shift, y_shift])
            off = np.abs(mean) > 8 * EPSILON * np.abs(shift)
            lost = off & (np.diag(products) < DIGITS_LOST * mean**2)
            x_shift, y_shift = x_shift + mean[:p], y_shift + mean[p:]
            if not lost.any():
                break
    return Moments(weight, x_shift, y_shift, *_parts(products, p))


def _parts(products: Floats, p: int) -> tuple[Floats, Floats, Floats]:
    """Return the products of X with X, of X with Y and of Y with Y."""
    return products[:p, :p], products[:p, p:], products[p:, p:]


def shifted_gram(
    X: Floats, Y: Floats, x_shift: Floats, y_shift: Floats, scale: Floats | None
) -> Floats:
    """Return AᵀA for A = scale · [X - x_shift | Y - y_shift | 1], a block of rows at a time."""
    n, p = X.shape
    width = p + Y.shape[1] + 1
    compiled = n * width * width > WORTH_KERNEL
    columns = padded_columns(width) if compiled else width
    kernel = gram_kernel() if compiled else None

    def chunk(start: int, stop: int) -> Floats:
        gram = np.zeros((columns, columns))
        height = min(BLOCK_ROWS, stop - start)
        if columns < NARROW and kernel is None:
            buffer = np.zeros((columns, height)).T
        else:
            buffer = np.zeros((height, columns))
        ones = np.ones(len(buffer))
        for rows in blocks(start, stop):
            block = buffer[: rows.stop - rows.start]
            factor = ones[: len(block)] if scale is None else scale[rows]
            _pack(X[rows], x_shift, factor, block, kernel)
            np.subtract(Y[rows], y_shift, out=block[:, p : width - 1])
            block[:, p : width - 1] *= factor[:, np.newaxis]
            block[:, width - 1] = factor
            if kernel is None:
                gram += block.T @ block
            else:
                kernel.accumulate(len(block), columns, block.ctypes.data, gram.ctypes.data)
        return gram

    gram = np.zeros((columns, columns))
    for part in map_chunks(chunk, n, width * width):
        gram += part
    gram = gram[:width, :width]
    if compiled:  # the kernel fills the tiles on and above the diagonal
        gram = np.triu(gram) + np.triu(gram, 1).T
    return gram


def _pack(
    X: Floats, shift: Floats, factor: Floats, block: Floats, kernel: GramKernel | None
) -> None:
    """Write (X - shift) · factor into the first columns of the block."""
    n, p = X.shape
    row_stride, column_stride = X.strides
    plain = X.dtype == np.float64 and X.flags.aligned
    if kernel and plain and column_stride == 8 and row_stride % 8 == 0:
        kernel.pack(
            n,
            p,
            X.ctypes.data,
            row_stride // 8,
            shift.ctypes.data,
            factor.ctypes.data,
            block.ctypes.data,
            block.shape[1],
        )
    else:
        np.subtract(X, shift, out=block[:, :p])
        block[:, :p] *= factor[:, np.newaxis]
