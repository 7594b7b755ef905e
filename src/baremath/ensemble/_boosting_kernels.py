"""The gradients of boosting's losses, row by row, in machine code."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.ensemble._exponential import exp
from baremath.tree.threads import filling_kernel

_MOST = 1e38  # in reach of float32


@filling_kernel
def squared_error(y: Any, score: Any, gradient: Any, hessian: Any) -> None:
    r"""Of :math:`\tfrac12 (s - y)^2`: :math:`g = s - y`, :math:`h = 1`."""
    for i in range(len(y)):
        gradient[i] = score[i] - y[i]
        hessian[i] = 1.0


@filling_kernel
def pinball(y: Any, score: Any, quantile: float, gradient: Any, hessian: Any) -> None:
    r"""Of :math:`q (y - s)^+ + (1 - q) (s - y)^+`: :math:`g = [s > y] - q`; h counts rows."""
    for i in range(len(y)):
        error = score[i] - y[i]
        gradient[i] = 1.0 - quantile if error > 0 else (-quantile if error < 0 else 0.0)
        hessian[i] = 1.0


@filling_kernel
def huber(y: Any, score: Any, delta: float, gradient: Any, hessian: Any) -> None:
    r"""Of Huber's loss: the error s - y, cut off at :math:`\pm\delta`; h counts rows."""
    for i in range(len(y)):
        gradient[i] = min(max(score[i] - y[i], -delta), delta)
        hessian[i] = 1.0


@filling_kernel
def poisson(y: Any, score: Any, gradient: Any, hessian: Any) -> None:
    r"""Of :math:`e^s - y s`: :math:`g = e^s - y`, :math:`h = e^s`."""
    for i in range(len(y)):
        mean = min(exp(score[i]), _MOST)
        gradient[i] = mean - y[i]
        hessian[i] = mean


@filling_kernel
def binary(y: Any, score: Any, gradient: Any, hessian: Any) -> None:
    r"""Of :math:`\log(1 + e^s) - y s`: :math:`g = p - y`, :math:`h = p (1 - p)`."""
    for i in range(len(y)):
        p = 1.0 / (1.0 + exp(-score[i]))
        gradient[i] = p - y[i]
        hessian[i] = p * (1.0 - p)


@filling_kernel
def multinomial(
    first: int, last: int, y: Any, score: Any, most: Any, total: Any, gradient: Any, hessian: Any
) -> None:
    r"""Of :math:`\log \sum_k e^{s_k} - s_y`.

    :math:`g_k = p_k - [y = k]`, :math:`h_k = p_k (1 - p_k)`. As many rows as ``most`` and ``total``
    have room for are looked at together, so that they stay in the cache.
    """
    n_classes = len(score)
    for begin in range(first, last, len(most)):
        n = min(len(most), last - begin)
        labels = y[begin : begin + n]
        for i in range(n):
            most[i], total[i] = -np.inf, 0.0
        for k in range(n_classes):
            s = score[k, begin : begin + n]
            for i in range(n):
                most[i] = s[i] if s[i] > most[i] else most[i]
        for k in range(n_classes):
            s, g = score[k, begin : begin + n], gradient[k, begin : begin + n]
            for i in range(n):
                g[i] = exp(s[i] - most[i])
                total[i] += g[i]
        for k in range(n_classes):
            g, h = gradient[k, begin : begin + n], hessian[k, begin : begin + n]
            for i in range(n):
                p, rest = g[i] / total[i], (total[i] - g[i]) / total[i]
                h[i] = p * rest
                g[i] = -rest if labels[i] == k else p
