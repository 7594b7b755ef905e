"""Lengths of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff.ops.arithmetic import equal, where
from baremath.autodiff.ops.casting import astype
from baremath.autodiff.ops.functions import abs
from baremath.autodiff.ops.operation import NUMPY, dtype_of, shape_of
from baremath.autodiff.ops.reduction import Axes, Axis, Reduction, max, restored, sum


class Norm(Reduction):
    r"""The length of the vectors along the axes, :math:`\sqrt{\sum_i x_i^2}`.

    At the vector of zeros, where there is no derivative, the gradient is 0.
    """

    name = "norm"
    latex = r"\lVert {0} \rVert"
    derivative_latex = (r"g \cdot \frac{{{0}}}{{\lVert {0} \rVert}}",)

    def value(self, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Take the root of the sum of squares."""
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))

    def vjp(self, i: int, g: Any, y: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Return `g` in the direction of x."""
        g, y = (restored(part, x.ndim, axis, keepdims) for part in (g, y))
        return g * x / where(equal(y, 0), 1.0, y)


euclidean = Norm()


def norm(x: Any, ord: float = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    r"""Return the length of the vectors along the axes; of all elements when None.

    Parameters
    ----------
    x : array or Tensor
        Numbers.
    ord : {1, 2, inf}, default=2
        :math:`\sum_i |x_i|`, :math:`\sqrt{\sum_i x_i^2}` or :math:`\max_i |x_i|`.
    axis : int or tuple of int, optional
        What one vector is made of.
    keepdims : bool, default=False
        Whether the axes stay, with length 1.

    Notes
    -----
    Integers count as float64, in which their squares don't overflow.
    """
    x = x if dtype_of(x).kind == "f" else astype(x, np.float64)
    if ord == 2:
        return euclidean(x, axis, keepdims)
    if ord == 1:
        return sum(abs(x), axis, keepdims)
    if ord == np.inf:
        return max(abs(x), axis, keepdims)
    raise ValueError(f"norm(ord={ord!r}): the norms here are 1, 2 and inf.")


def _numpy_norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """Answer np.linalg.norm, which means matrices where we mean vectors."""
    axes = len(shape_of(x)) if axis is None else len(axis) if isinstance(axis, tuple) else 1
    if ord is not None and axes == 2:
        raise TypeError(
            f"np.linalg.norm(ord={ord}) of two axes is a norm of matrices, which has no derivative "
            "here; give one axis, or leave ord away."
        )
    return norm(x, 2 if ord is None else ord, axis, keepdims)


NUMPY[np.linalg.norm] = _numpy_norm
