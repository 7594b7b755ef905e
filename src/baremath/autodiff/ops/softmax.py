"""Softmax and its kin: the largest element is taken out first, so that nothing overflows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.arithmetic import equal, where
from baremath.autodiff.ops.functions import exp
from baremath.autodiff.ops.operation import Operation, Sample, dtype_of_value
from baremath.autodiff.ops.reduction import Axes, Axis, Reduction, all_axes, restored, sum


class Shares(Operation):
    """An operation that keeps the shape, and computes each element with all those of its axes."""

    def __call__(self, x: Any, axis: Axis = -1) -> Any:
        """Return the result along the axes."""
        return super().__call__(x, axis=all_axes(self.name, x, axis))

    def result(self, x: Any, *, axis: Axes) -> Like:
        """Return the shape of x."""
        return Like.of(x.shape, dtype_of_value(self, x, axis=axis))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield every kind of axis."""
        yield from sample_scores(rng)


class Softmax(Shares):
    r"""Shares that add up to one: :math:`y_i = e^{x_i} / \sum_j e^{x_j}`.

    An element of -∞ gets the share 0.
    """

    name = "softmax"
    latex = r"\operatorname{{softmax}}({0})"
    derivative_latex = (r"y \cdot (g - \sum_j g_j \, y_j)",)

    def value(self, x: Any, *, axis: Axes) -> Any:
        """Exponentiate and divide by the sum."""
        y = np.exp(x - largest(x, axis))
        return y / np.add.reduce(y, axis=axis, keepdims=True)

    def vjp(self, i: int, g: Any, y: Any, _x: Any, *, axis: Axes) -> Any:
        """Return y times what `g` exceeds its mean weighted by y."""
        return y * (g - sum(g * y, axis, keepdims=True))


class LogSoftmax(Shares):
    r"""The logarithm of softmax, :math:`y_i = x_i - \ln \sum_j e^{x_j}`.

    An element of -∞ stays -∞, and its gradient is that of an element without a share.
    """

    name = "log_softmax"
    latex = r"\ln(\operatorname{{softmax}}({0}))"
    derivative_latex = (r"g - e^y \cdot \sum_j g_j",)

    def value(self, x: Any, *, axis: Axes) -> Any:
        """Subtract the logarithm of the sum."""
        centred = x - largest(x, axis)
        return centred - np.log(np.add.reduce(np.exp(centred), axis=axis, keepdims=True))

    def vjp(self, i: int, g: Any, y: Any, _x: Any, *, axis: Axes) -> Any:
        """Return what `g` exceeds the element's share of its sum."""
        return g - exp(y) * sum(g, axis, keepdims=True)


class LogSumExp(Reduction):
    r"""The smooth maximum, :math:`\ln \sum_i e^{x_i}`: -∞ where every element is -∞.

    There no element has a gradient. One of +∞ gets NaN for its own, as in PyTorch.
    """

    name = "logsumexp"
    latex = r"\ln \sum e^{{{0}}}"
    derivative_latex = (r"g \cdot e^{{{0} - y}}",)

    def value(self, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Add the largest to the logarithm of the rest."""
        top = largest(x, axis)
        total = np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)
        with np.errstate(divide="ignore"):
            y = np.log(total) + top
        return y if keepdims else np.squeeze(y, axis)

    def vjp(self, i: int, g: Any, y: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Return each element's share of `g`; where all are -∞, none has one."""
        g, y = (restored(part, x.ndim, axis, keepdims) for part in (g, y))
        return g * exp(x - where(equal(y, -np.inf), 0.0, y))


softmax = Softmax()
log_softmax = LogSoftmax()
logsumexp = LogSumExp()


def largest(x: Any, axis: Axes) -> Any:
    """Return the largest element along the axes, or 0 if it is infinite or there is none."""
    if x.dtype.kind != "f":
        x = x.astype(float)
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isinf(top), 0, top)


def sample_scores(rng: np.random.Generator) -> Iterator[Sample]:
    """Yield scores and an axis."""
    for shape, axis in [((3, 4), -1), ((3, 4), 0), ((2, 3, 2), (0, 2)), ((4,), 0), ((0, 3), -1)]:
        yield (rng.normal(size=shape),), {"axis": axis}
