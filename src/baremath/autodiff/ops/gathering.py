"""Gathering along an axis, and its transpose: each row picks its own elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.elementwise import sum_to
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, shape_of
from baremath.autodiff.ops.shaping import places
from baremath.autodiff.symbol import as_array


class Gather(Operation):
    r"""The elements at places of an axis, :math:`y_{ij} = x_{i, k_{ij}}`, as `np.take_along_axis`.

    The index has as many dimensions as x; but for the axis, its lengths are those of x, or 1.
    """

    name = "gather"
    latex = "({0})_{{i, {1}}}"
    derivative_latex = (r"\operatorname{{scatter}}_i(g)",)

    def __call__(self, x: Any, index: Any, axis: int = -1) -> Any:
        """Return the elements of x at the places that the index gives along an axis."""
        return super().__call__(x, index, axis=checked(self.name, x, index, axis))

    def value(self, x: Any, index: Any, *, axis: int) -> Any:
        """Pick."""
        return x[along(x.shape, index, axis)]

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, index: Any, *, axis: int) -> Any:
        """Add `g` up where its elements came from."""
        return scatter_add(np.zeros(_x.shape, g.dtype), index, g, axis)

    def alike(self, inputs: tuple[Any, ...], arrays: list[Any]) -> list[Any]:
        """Leave the index integers."""
        return [as_array(arrays[0]), whole(self.name, arrays[1])]

    def result(self, x: Any, index: Any, *, axis: int) -> Like:
        """Return the shape of x, but along the axis the index's length."""
        return Like.of(_picked(x.shape, index.shape, axis), x.dtype)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield one place per row and several, repeated; shapes that broadcast; none."""
        for x, index, axis in sample_indices():
            yield (rng.normal(size=x), index), {"axis": axis}


class ScatterAdd(Operation):
    r"""An array to which updates are added along an axis, :math:`x_{i, k_{ij}} + u_{ij}`.

    Index and axis are as in `gather`; the updates have the shape of what it would return, or
    broadcast to it.
    """

    name = "scatter_add"
    latex = "({0})_{{i, {1}}} + {2}"
    derivative_latex = ("1", "0", "g_{{i, {1}}}")

    def __call__(self, x: Any, index: Any, updates: Any, axis: int = -1) -> Any:
        """Return x with the updates added at the places that the index gives along an axis."""
        return super().__call__(x, index, updates, axis=checked(self.name, x, index, axis))

    def value(self, x: Any, index: Any, updates: Any, *, axis: int) -> Any:
        """Add to a copy."""
        out = np.array(x)
        np.add.at(out, along(out.shape, index, axis), updates)
        return out

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, index: Any, _updates: Any, *, axis: int) -> Any:
        """Return `g`, or pick what was added."""
        return g if i == 0 else sum_to(gather(g, index, axis), _updates.shape)

    def alike(self, inputs: tuple[Any, ...], arrays: list[Any]) -> list[Any]:
        """Leave the index integers."""
        x, updates = super().alike(inputs[::2], arrays[::2])
        return [as_array(x), whole(self.name, arrays[1]), updates]

    def result(self, x: Any, index: Any, updates: Any, *, axis: int) -> Like:
        """Return the likeness of x, if the updates fit."""
        lengths = _picked(x.shape, index.shape, axis)
        if np.broadcast_shapes(shape_of(updates), lengths) != lengths:
            raise ValueError(self.misfit(x, index, updates, axis=axis))
        return Like.of(x.shape, x.dtype)

    def misfit(self, x: Any, index: Any, updates: Any, *, axis: int) -> str:
        """Say which shape the updates need."""
        lengths = _picked(x.shape, index.shape, axis)
        return (
            f"scatter_add of updates {np.shape(updates)}: they need the shape {lengths}, that of "
            "x but along the axis that of the index, or one that broadcasts to it."
        )

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield updates of the index's shape."""
        for x, index, axis in sample_indices():
            picked = np.take_along_axis(np.zeros(x), index, axis).shape
            yield (rng.normal(size=x), index, rng.normal(size=picked)), {"axis": axis}


gather = Gather()
scatter_add = ScatterAdd()


def _picked(shape: tuple[int, ...], index: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """Return the shape of what an index picks."""
    return tuple([index[k] if k == axis else n for k, n in enumerate(shape)])


def along(shape: tuple[int, ...], index: Any, axis: int) -> tuple[Any, ...]:
    """Return the index that makes NumPy pick along one axis: a running number for the others."""
    ndim = len(shape)
    return tuple(
        index if k == axis else np.arange(n).reshape((-1,) + (1,) * (ndim - 1 - k))
        for k, n in enumerate(shape)
    )


def checked(name: str, x: Any, index: Any, axis: int) -> int:
    """Return the axis from 0 on, once index and array fit.

    Raises
    ------
    ValueError
        If they don't.
    """
    shape, lengths = shape_of(x), shape_of(index)
    ndim = len(shape)
    (axis,) = places(axis, ndim, name)
    if len(lengths) != ndim or any(
        n not in (1, shape[k]) for k, n in enumerate(lengths) if k != axis
    ):
        raise ValueError(
            f"{name} along axis {axis} of x {shape} with an index {lengths}: the index has as many "
            "dimensions as x, and but for the axis the same lengths, or 1."
        )
    return axis


def whole(name: str, index: Any) -> Any:
    """Return an index as an array.

    Raises
    ------
    IndexError
        If it isn't one of integers.
    """
    index = as_array(index)
    if index.dtype.kind not in "iu":
        raise IndexError(f"{name} needs an index of integers, not of {index.dtype}: i.astype(int).")
    return index


def sample_indices() -> Iterator[tuple[tuple[int, ...], Any, int]]:
    """Yield a shape, an index and an axis."""
    yield (3, 4), np.array([[1], [3], [0]]), 1
    yield (3, 4), np.array([[0, 0, 2, 1], [2, 0, -1, 1]]), 0
    yield (2, 3, 4), np.array([[[0], [2], [2]]]), -1
    yield (3,), np.array([2, 2, 0, 1]), 0
    yield (2, 3), np.zeros((2, 0), int), 1


NUMPY[np.take_along_axis] = gather
