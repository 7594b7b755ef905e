"""Arrays put together, taken apart, and framed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, common_dtype, shape_of
from baremath.autodiff.ops.shaping import expand_dims, places, ravel, reshape

Widths = tuple[tuple[int, int], ...]


class Concatenate(Operation):
    """Arrays one after another along an axis that they have."""

    name = "concatenate"
    latex = r"[{0}, \dots]"
    derivative_latex = (r"\operatorname{{part}}(g)",)

    def __call__(self, arrays: Sequence[Any], axis: int | None = 0) -> Any:
        """Return the arrays joined along an axis; flattened and joined when None."""
        if axis is None:
            arrays, axis = [ravel(x) for x in arrays], 0
        if not len(arrays):
            raise ValueError("concatenate() of an empty list: give at least one array")
        ndim = len(shape_of(arrays[0]))
        if not -ndim <= axis < ndim:
            raise ValueError(
                f"concatenate along axis {axis} of arrays of shape {shape_of(arrays[0])}: they "
                "need that axis; stack() joins along a new one."
            )
        return super().__call__(*arrays, axis=axis % ndim)

    def value(self, *arrays: Any, axis: int) -> Any:
        """Join."""
        return np.concatenate(arrays, axis)

    def misfit(self, *arrays: Any, axis: int) -> str:
        """List the shapes."""
        shapes = ", ".join(str(np.shape(x)) for x in arrays)
        return f"concatenate along axis {axis} of shapes {shapes}: all other lengths must be equal."

    def vjp(self, i: int, g: Any, _y: Any, *_arrays: Any, axis: int) -> Any:
        """Cut the part of the i-th array out of `g`."""
        start = sum(x.shape[axis] for x in map(_with_shape, _arrays[:i]))
        return g[(*[slice(None)] * axis, slice(start, start + _arrays[i].shape[axis]))]

    def result(self, *arrays: Any, axis: int) -> Like:
        """Return the lengths added up along the axis."""
        shapes = [shape_of(x) for x in arrays]
        if len({(*shape[:axis], None, *shape[axis + 1 :]) for shape in shapes}) > 1:
            raise ValueError(self.misfit(*arrays, axis=axis))
        whole = [*shapes[0]]
        whole[axis] = sum(shape[axis] for shape in shapes)
        return Like.of(tuple(whole), common_dtype(*map(_with_shape, arrays)))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield one array, two, three, empty ones."""
        cases: list[tuple[list[tuple[int, ...]], int | None]] = [
            ([(2, 3)], 0),
            ([(2, 3), (1, 3)], 0),
            ([(2, 1), (2, 0), (2, 3)], -1),
            ([(2,), (3,)], None),
        ]
        for shapes, axis in cases:
            yield ([rng.normal(size=shape) for shape in shapes],), {"axis": axis}


class Pad(Operation):
    """An array with a frame of one number.

    Its attributes are ``widths``, the number of elements before and after for each axis, and
    ``value``, the number.
    """

    name = "pad"
    latex = r"\operatorname{{pad}}({0})"
    derivative_latex = (r"\operatorname{{crop}}(g)",)

    def __call__(self, x: Any, pad_width: Any, value: float = 0.0) -> Any:
        """Return x in a frame: n, (before, after), or such a pair for each axis."""
        shape = shape_of(x)
        try:
            given = np.broadcast_to(np.asarray(pad_width), (len(shape), 2))
        except ValueError:
            given = np.array(-1)
        if given.dtype.kind not in "iu" or (given < 0).any():
            raise ValueError(
                f"pad of an array of shape {shape} by {pad_width}: give how many elements to add, "
                "as n, (before, after), or one such pair for each axis."
            )
        widths = tuple((int(before), int(after)) for before, after in given)
        return super().__call__(x, widths=widths, fill=value)

    def value(self, x: Any, *, widths: Widths, fill: float) -> Any:
        """Put x into an array filled with the number."""
        shape = [a + n + b for (a, b), n in zip(widths, x.shape, strict=True)]
        out = np.full(shape, fill, x.dtype)
        out[inside(widths, x.shape)] = x
        return out

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *, widths: Widths, fill: float) -> Any:
        """Cut the frame off."""
        return g[inside(widths, _x.shape)]

    def result(self, x: Any, *, widths: Widths, fill: float) -> Like:
        """Return the lengths with those of the frame."""
        lengths = [a + n + b for (a, b), n in zip(widths, x.shape, strict=True)]
        return Like.of(tuple(lengths), x.dtype)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield one width for all, a pair, a pair for each axis."""
        for shape, width, value in [
            ((2, 3), 1, 0.0),
            ((3,), (0, 2), 1.5),
            ((2, 0), ((1, 0), (2, 1)), -1.0),
            ((), 3, 0.0),
        ]:
            yield (rng.normal(size=shape),), {"pad_width": width, "value": value}


concatenate = Concatenate()
pad = Pad()


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Return arrays of one shape joined along a new axis."""
    shapes = {shape_of(x) for x in arrays}
    if len(shapes) != 1:
        what = ", ".join(str(shape_of(x)) for x in arrays) or "an empty list"
        raise ValueError(f"stack of {what}: give arrays of one shape.")
    return concatenate([expand_dims(x, axis) for x in arrays], axis)


def vstack(arrays: Sequence[Any]) -> Any:
    """Return arrays joined row below row; a vector is one row."""
    return concatenate([_at_least_2d(x) for x in arrays], 0)


def hstack(arrays: Sequence[Any]) -> Any:
    """Return arrays joined side by side; vectors and numbers one after the other."""
    parts = [reshape(x, (1,)) if shape_of(x) == () else x for x in arrays]
    return concatenate(parts, 1 if parts and len(shape_of(parts[0])) > 1 else 0)


def split(x: Any, sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Return the parts of an array: so many equal ones, or those between the given places."""
    (axis,) = places(axis, len(shape_of(x)), "split")
    length = shape_of(x)[axis]
    if isinstance(sections, int | np.integer):
        if sections < 1 or length % sections:
            raise ValueError(
                f"split of axis {axis} of shape {shape_of(x)} into {sections} equal parts: "
                f"{length} elements don't divide so; give the places of the cuts."
            )
        sections = [length // sections * k for k in range(1, sections)]
    cuts = [None, *sections, None]
    return [
        x[(*[slice(None)] * axis, slice(start, stop))] for start, stop in itertools.pairwise(cuts)
    ]


def inside(widths: Widths, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Return where in a framed array the array of this shape lies."""
    return tuple(slice(a, a + n) for (a, _), n in zip(widths, shape, strict=True))


def _at_least_2d(x: Any) -> Any:
    return x if len(shape_of(x)) > 1 else reshape(x, (1, -1))


def _with_shape(x: Any) -> Any:
    return x if hasattr(x, "shape") else np.asarray(x)


def _numpy_pad(
    array: Any, pad_width: Any, mode: str = "constant", constant_values: float = 0.0
) -> Any:
    if mode != "constant":
        raise TypeError(f"np.pad of a tensor takes mode='constant' only, not {mode!r}")
    return pad(array, pad_width, constant_values)


NUMPY.update(
    {
        np.concatenate: concatenate,
        np.stack: stack,
        np.vstack: vstack,
        np.hstack: hstack,
        np.split: split,
        np.pad: _numpy_pad,
    }
)
