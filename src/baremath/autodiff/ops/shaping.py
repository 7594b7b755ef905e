"""Shapes: the same elements, arranged otherwise."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.elementwise import sum_to
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, dtype_of, shape_of

Shape = tuple[int, ...]


class Reshape(Operation):
    """The same elements in another shape."""

    name = "reshape"
    latex = r"\operatorname{{reshape}}({0})"
    derivative_latex = (r"\operatorname{{reshape}}(g)",)

    def __call__(self, x: Any, shape: int | Shape) -> Any:
        """Return the elements of x in another shape; one length may be -1."""
        shape = (shape,) if isinstance(shape, int | np.integer) else tuple(map(int, shape))
        return super().__call__(x, shape=shape)

    def value(self, x: Any, *, shape: Shape) -> Any:
        """Reshape."""
        return np.reshape(x, shape)

    def result(self, x: Any, *, shape: Shape) -> Like:
        """Return the shape, its unknown length found."""
        size = math.prod(shape_of(x))
        known = math.prod([n for n in shape if n != -1])
        whole = tuple([size // (known or 1) if n == -1 else n for n in shape])
        if shape.count(-1) > 1 or min(whole, default=0) < 0 or math.prod(whole) != size:
            raise ValueError(self.misfit(x, shape=shape))
        return Like.of(whole, dtype_of(x))

    def misfit(self, x: Any, *, shape: Shape) -> str:
        """Count the elements on both sides."""
        return f"reshape of {x.shape} to {shape}: it has {x.size} elements, which don't fill that."

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *, shape: Shape) -> Any:
        """Reshape back."""
        return reshape(g, _x.shape)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield shapes with and without a length to be found."""
        for before, after in [((2, 6), (3, 4)), ((2, 6), (-1,)), ((), (1, 1)), ((0, 3), (3, 0))]:
            yield (rng.normal(size=before),), {"shape": after}


class BroadcastTo(Operation):
    """The same elements repeated to a shape."""

    name = "broadcast_to"
    latex = "{0}"
    derivative_latex = ("1",)

    def __call__(self, x: Any, shape: Shape) -> Any:
        """Return x repeated along new axes and those of length 1."""
        return super().__call__(x, shape=shape if type(shape) is tuple else tuple(shape))

    def value(self, x: Any, *, shape: Shape) -> Any:
        """Repeat, without copying."""
        x = np.asarray(x)
        if x.size != 1 or x.ndim > len(shape):
            return np.broadcast_to(x, shape)
        repeated = np.ndarray(shape, x.dtype, x, strides=(0,) * len(shape))  # in a tenth the time
        repeated.flags.writeable = False
        return repeated

    def result(self, x: Any, *, shape: Shape) -> Like:
        """Return the shape, if x broadcasts to it."""
        if np.broadcast_shapes(shape_of(x), shape) != shape:
            raise ValueError(self.misfit(x, shape=shape))
        return Like.of(shape, dtype_of(x))

    def misfit(self, x: Any, *, shape: Shape) -> str:
        """Say which shapes would do."""
        return (
            f"broadcast_to of {x.shape} to {shape}: from the last dimension on, each length must "
            "be equal or 1."
        )

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *, shape: Shape) -> Any:
        """Sum over the repeats."""
        return sum_to(g, _x.shape)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield new dimensions and lengths of one."""
        for before, after in [((3, 1), (2, 3, 4)), ((), (2, 2)), ((1,), (3,)), ((1, 2), (0, 2))]:
            yield (rng.normal(size=before),), {"shape": after}


class Transpose(Operation):
    """The axes in another order."""

    name = "transpose"
    latex = "{0}^T"
    derivative_latex = ("g^T",)

    def __call__(self, x: Any, axes: Shape | None = None) -> Any:
        """Return x with its axes in another order; reversed when None."""
        ndim = len(shape_of(x))
        axes = tuple(range(ndim))[::-1] if axes is None else tuple(k % ndim for k in axes)
        if sorted(axes) != list(range(ndim)):
            raise ValueError(
                f"transpose of an array of shape {shape_of(x)} by axes {axes}: name each of its "
                f"{ndim} axes once."
            )
        return super().__call__(x, axes=axes)

    def value(self, x: Any, *, axes: Shape) -> Any:
        """Transpose, without copying."""
        return np.transpose(x, axes)

    def result(self, x: Any, *, axes: Shape) -> Like:
        """Return the lengths in the other order."""
        return Like.of(tuple([x.shape[k] for k in axes]), x.dtype)

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *, axes: Shape) -> Any:
        """Put the axes back."""
        return transpose(g, tuple(axes.index(k) for k in range(len(axes))))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield two and three dimensions."""
        for shape, axes in [((2, 3), None), ((2, 3, 4), (2, 0, 1)), ((3,), None), ((), None)]:
            yield (rng.normal(size=shape),), {"axes": axes}


reshape = Reshape()
broadcast_to = BroadcastTo()
transpose = Transpose()


def swapaxes(x: Any, first: int, second: int) -> Any:
    """Return the array with two axes exchanged."""
    ndim = len(shape_of(x))
    axes = list(range(ndim))
    (first,), (second,) = (places(axis, ndim, "swapaxes") for axis in (first, second))
    axes[first], axes[second] = axes[second], axes[first]
    return transpose(x, tuple(axes))


def moveaxis(x: Any, source: int, destination: int) -> Any:
    """Return the array with one axis at another place; the others keep their order."""
    ndim = len(shape_of(x))
    axes = list(range(ndim))
    (source,), (destination,) = (places(k, ndim, "moveaxis") for k in (source, destination))
    axes.insert(destination, axes.pop(source))
    return transpose(x, tuple(axes))


def squeeze(x: Any, axis: int | tuple[int, ...] | None = None) -> Any:
    """Return the array without these axes, of length 1; without all such when None."""
    shape = shape_of(x)
    if axis is None:
        return reshape(x, tuple(n for n in shape if n != 1))
    gone = places(axis, len(shape), "squeeze")
    if any(shape[k] != 1 for k in gone):
        raise ValueError(f"squeeze of axis {axis} of shape {shape}: its length is not 1.")
    return reshape(x, tuple(n for k, n in enumerate(shape) if k not in gone))


def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """Return the array with new axes of length 1, at these places of the result."""
    shape = list(shape_of(x))
    count = len(shape) + (len(axis) if isinstance(axis, tuple) else 1)
    for k in places(axis, count, "expand_dims"):
        shape.insert(k, 1)
    return reshape(x, tuple(shape))


def ravel(x: Any) -> Any:
    """Return the elements in one dimension."""
    return reshape(x, (-1,))


def flatten(x: Any, start: int = 0) -> Any:
    """Return the array with the axes from `start` on made one."""
    shape = shape_of(x)
    return reshape(x, (*shape[:start], math.prod(shape[start:])))


def places(axis: int | tuple[int, ...], ndim: int, name: str) -> tuple[int, ...]:
    """Return axes as sorted numbers from 0 on.

    Raises
    ------
    ValueError
        If there is no such axis, or one stands twice.
    """
    axes = tuple(map(operator.index, axis if isinstance(axis, tuple) else (axis,)))
    found = tuple(sorted({k % ndim for k in axes})) if ndim else ()
    if len(found) < len(axes) or any(not -ndim <= k < ndim for k in axes):
        known = f"its axes are {-ndim} … {ndim - 1}" if ndim else "it has none"
        raise ValueError(
            f"{name} along axis {axis} of an array of {ndim} dimensions: {known}; name each once."
        )
    return found


NUMPY.update(
    {
        np.reshape: reshape,
        np.broadcast_to: broadcast_to,
        np.transpose: transpose,
        np.swapaxes: swapaxes,
        np.expand_dims: expand_dims,
        np.squeeze: squeeze,
        np.moveaxis: moveaxis,
        np.ravel: ravel,
    }
)
