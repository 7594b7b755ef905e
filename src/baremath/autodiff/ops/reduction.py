"""Reductions: sums, means, extremes along axes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.arithmetic import equal, maximum, where
from baremath.autodiff.ops.casting import astype
from baremath.autodiff.ops.functions import sqrt
from baremath.autodiff.ops.joining import pad
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, dtype_of_value, shape_of
from baremath.autodiff.ops.shaping import broadcast_to, places, reshape, transpose

Axis = int | tuple[int, ...] | None
Axes = tuple[int, ...]


class Reduction(Operation):
    """An operation that makes one number of all those along some axes.

    Its attributes are ``axis``, a sorted tuple of axes, and ``keepdims``.
    """

    def __call__(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Return one number for all those along the axes; along all when None."""
        return super().__call__(x, axis=all_axes(self.name, x, axis), keepdims=keepdims)

    def result(self, x: Any, *, axis: Axes, keepdims: bool) -> Like:
        """Return the shape without the axes, or with ones in their place."""
        if not math.prod(x.shape):  # some refuse to reduce nothing
            return super().result(x, axis=axis, keepdims=keepdims)
        lengths = reduced(x.shape, axis, keepdims)
        return Like.of(lengths, dtype_of_value(self, x, axis=axis, keepdims=keepdims))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield every kind of axis."""
        for shape, axis in [((3, 4), None), ((2, 3, 4), (0, 2)), ((2, 3), -1), ((), None)]:
            for keepdims in (False, True):
                yield (rng.uniform(0.5, 2, shape),), {"axis": axis, "keepdims": keepdims}


class Sum(Reduction):
    """The sum."""

    name = "sum"
    latex = r"\sum {0}"
    derivative_latex = ("1",)

    def value(self, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Add up."""
        return np.add.reduce(x, axis, keepdims=keepdims)  # type: ignore[call-overload]

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Return `g` for every summand."""
        return broadcast_to(restored(g, _x.ndim, axis, keepdims), _x.shape)


class Mean(Reduction):
    """The mean."""

    name = "mean"
    latex = r"\operatorname{{mean}}({0})"
    derivative_latex = (r"\frac{{1}}{{n}}",)

    def value(self, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Add up and divide."""
        total = np.add.reduce(x, axis, keepdims=keepdims)  # type: ignore[call-overload]
        count = x.size // (total.size or 1)
        return total / count if count else total * math.nan

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Return the same share of `g` for every element."""
        shape = _x.shape
        share = g / (math.prod(shape) // (g.size or 1) or math.nan)
        return broadcast_to(restored(share, len(shape), axis, keepdims), shape)


class Prod(Reduction):
    """The product."""

    name = "prod"
    latex = r"\prod {0}"
    derivative_latex = (r"g \cdot \prod_{{j \ne i}} ({0})_j",)

    def value(self, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Multiply."""
        return np.prod(x, axis=axis, keepdims=keepdims)

    def vjp(self, i: int, g: Any, _y: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Multiply `g` by all the others; dividing the product by x would fail at zeros."""
        return restored(g, x.ndim, axis, keepdims) * product_of_others(x, axis)


class Max(Reduction):
    """The largest element; where several are, they share the gradient evenly."""

    name = "max"
    latex = r"\max({0})"
    derivative_latex = (r"[{0} = \max({0})]",)

    def value(self, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Find the largest."""
        return np.max(x, axis=axis, keepdims=keepdims)

    def vjp(self, i: int, g: Any, y: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Return `g` at the winners, shared evenly between equals."""
        return shared_by_winners(g, y, x, axis, keepdims)


class Min(Reduction):
    """The smallest element; where several are, they share the gradient evenly."""

    name = "min"
    latex = r"\min({0})"
    derivative_latex = (r"[{0} = \min({0})]",)

    def value(self, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Find the smallest."""
        return np.min(x, axis=axis, keepdims=keepdims)

    def vjp(self, i: int, g: Any, y: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
        """Return `g` at the winners, shared evenly between equals."""
        return shared_by_winners(g, y, x, axis, keepdims)


sum = Sum()
mean = Mean()
prod = Prod()
max = Max()
min = Min()


def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    r"""Return the variance, :math:`\frac{1}{n - ddof} \sum_i (x_i - \bar x)^2`, over the axes."""
    count = _count(x, all_axes("var", x, axis))
    centred = x - mean(x, axis, keepdims=True)
    return sum(centred * centred, axis, keepdims) * (
        1 / (count - ddof) if count > ddof else math.nan
    )


def std(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Return the standard deviation, the root of the variance, over the axes."""
    return sqrt(var(x, axis, ddof, keepdims))


def _count(x: Any, axes: Axes) -> int:
    shape = shape_of(x)
    return math.prod([shape[k] for k in axes])


def all_axes(name: str, x: Any, axis: Axis) -> Axes:
    """Return the axes as a sorted tuple of numbers from 0 on.

    Raises
    ------
    ValueError
        If there is no such axis.
    """
    ndim = x.ndim if hasattr(x, "ndim") else np.ndim(x)
    if axis is None:
        return tuple(range(ndim))
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    return places(axis, ndim, name)


def reduced(shape: Axes, axis: Axes, keepdims: bool) -> Axes:
    """Return the shape without the axes, or with 1 for their lengths."""
    if keepdims:
        return tuple([1 if k in axis else n for k, n in enumerate(shape)])
    return tuple([n for k, n in enumerate(shape) if k not in axis])


def restored(g: Any, ndim: int, axis: Axes, keepdims: bool) -> Any:
    """Give a reduced array back its reduced axes, of length 1."""
    if keepdims or g.ndim in (0, ndim):
        return g
    shape = list(g.shape)
    for k in axis:
        shape.insert(k, 1)
    return reshape(g, tuple(shape))


def product_of_others(x: Any, axis: Axes) -> Any:
    """Return for each element the product of those before it times that of those after it."""
    order = (*(k for k in range(x.ndim) if k not in axis), *axis)
    lengths = tuple(x.shape[k] for k in order)
    count = math.prod(lengths[x.ndim - len(axis) :])
    rows = reshape(transpose(x, order), (*lengths[: x.ndim - len(axis)], count))
    others = _product_before(rows) * _product_before(rows[..., ::-1])[..., ::-1]
    return transpose(reshape(others, lengths), tuple(order.index(k) for k in range(x.ndim)))


def _product_before(x: Any) -> Any:
    """Return the product of what stands before each element of the last axis, by doubling."""
    product, reach = _later(x, 1), 1
    while reach < x.shape[-1]:
        product = product * _later(product, reach)
        reach *= 2
    return product


def _later(x: Any, by: int) -> Any:
    """Move the elements of the last axis to later places; ones fill the places they leave."""
    by = by if by < x.shape[-1] else x.shape[-1]
    return pad(x[..., : x.shape[-1] - by], ((0, 0),) * (x.ndim - 1) + ((by, 0),), 1.0)


def shared_by_winners(g: Any, y: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    """Return `g` where x equals the extreme y, divided by the number of such elements."""
    g, y = (restored(part, x.ndim, axis, keepdims) for part in (g, y))
    winners = equal(x, y)
    count = sum(astype(winners, g.dtype), axis, keepdims=True)
    return where(winners, g / maximum(count, 1.0), 0.0)  # NaN equals nothing: no winner


NUMPY.update(
    {
        np.sum: sum,
        np.prod: prod,
        np.max: max,
        np.amax: max,
        np.min: min,
        np.amin: min,
        np.mean: mean,
        np.var: var,
        np.std: std,
    }
)
