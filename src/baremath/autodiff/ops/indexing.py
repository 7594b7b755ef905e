"""Indexing as NumPy does it: slices, integers, new axes, arrays of integers, masks."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, hollow, shape_of
from baremath.autodiff.ops.shaping import places, ravel
from baremath.autodiff.symbol import Symbol, as_array, refuse

Pattern = tuple[Any, ...]

#: Stands in a pattern for an array, a list or a tensor, which is an input of the operation.
ARRAY = "array"


class GetItem(Operation):
    """The elements at an index, ``x[index]``.

    Slices, integers, None and Ellipsis are its attribute ``pattern``. Arrays, of integers or of
    booleans, are inputs after x, so that they may change from call to call; `ARRAY` stands for each
    of them in the pattern.
    """

    name = "getitem"
    latex = "{0}[i]"
    derivative_latex = (r"\operatorname{{scatter}}_i(g)",)

    def __call__(self, x: Any, index: Any) -> Any:
        """Return ``x[index]``."""
        pattern, arrays = parsed(index)
        return super().__call__(x, *arrays, pattern=pattern)

    def value(self, x: Any, *arrays: Any, pattern: Pattern) -> Any:
        """Pick."""
        return x[filled(pattern, arrays)]

    def formula(self, **attributes: Any) -> str:
        """Return the index as Python writes it."""
        arrays = itertools.count(1)
        parts = (
            f"{{{next(arrays)}}}" if part is ARRAY else _as_written(part)
            for part in attributes["pattern"]
        )
        return f"{{0}}[{', '.join(parts) or '()'}]"

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *arrays: Any, pattern: Pattern) -> Any:
        """Put `g` where its elements came from; what was picked twice gets both."""
        return add_at(g, filled(pattern, arrays), _x.shape)

    def alike(self, inputs: tuple[Any, ...], arrays: list[Any]) -> list[Any]:
        """Leave the indices integers."""
        return list(map(as_array, arrays))

    def result(self, x: Any, *arrays: Any, pattern: Pattern) -> Like:
        """Return what the index makes of an array of zeros."""
        for array in arrays:
            if isinstance(array, Symbol) and array.dtype == np.bool_:
                raise refuse(
                    "how many elements a mask picks is not known",
                    "write where(mask, x, 0.0), which keeps the shape",
                )
        return Like(np.asarray(self.value(hollow(x), *map(hollow, arrays), pattern=pattern)))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield every kind of index."""
        yield from ((inputs[:2], {}) for inputs, _ in add_at_samples(rng))


class AddAt(Operation):
    """Zeros of a shape, to which the updates are added at an index: the transpose of `getitem`.

    Its attributes are ``pattern``, as in `GetItem`, and ``shape``.
    """

    name = "add_at"
    latex = r"\sum_i ({0})_i"
    derivative_latex = ("g_i",)

    def __call__(self, updates: Any, index: Any, shape: tuple[int, ...]) -> Any:
        """Return zeros of a shape, with the updates added at an index."""
        pattern, arrays = parsed(index)
        return super().__call__(updates, *arrays, pattern=pattern, shape=tuple(shape))

    def value(self, updates: Any, *arrays: Any, pattern: Pattern, shape: tuple[int, ...]) -> Any:
        """Add; NumPy's ``out[index] += updates`` would count a repeated index once."""
        out = np.zeros(shape, updates.dtype)
        index = filled(pattern, arrays)
        if not arrays or (len(arrays) == 1 and arrays[0].dtype == np.bool_):
            out[index] = updates
        else:
            np.add.at(out, index, updates)
        return out

    def vjp(
        self,
        i: int,
        g: Any,
        _y: Any,
        _updates: Any,
        *arrays: Any,
        pattern: Pattern,
        shape: tuple[int, ...],
    ) -> Any:
        """Pick what was added."""
        return getitem(g, filled(pattern, arrays))

    def result(self, updates: Any, *arrays: Any, pattern: Pattern, shape: tuple[int, ...]) -> Like:
        """Return the shape, if the updates fit."""
        zeros = np.broadcast_to(np.zeros((), updates.dtype), shape)
        picked = getitem.result(zeros, *arrays, pattern=pattern).shape
        if np.broadcast_shapes(updates.shape, picked) != picked:
            raise ValueError(f"add_at of updates {updates.shape}: the index picks {picked}.")
        return Like.of(shape, updates.dtype)

    def alike(self, inputs: tuple[Any, ...], arrays: list[Any]) -> list[Any]:
        """Leave the indices integers."""
        return list(map(as_array, arrays))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield every kind of index."""
        for (x, index), attributes in add_at_samples(rng):
            yield (rng.normal(size=x[index].shape), index), attributes


getitem = GetItem()
add_at = AddAt()


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return the elements at these places of an axis; of the flattened array when None."""
    if axis is None:
        return getitem(ravel(x), indices)
    (axis,) = places(axis, len(shape_of(x)), "take")
    return getitem(x, (*[slice(None)] * axis, indices))


def parsed(index: Any) -> tuple[Pattern, list[Any]]:
    """Return the pattern of an index, and the arrays in it.

    Raises
    ------
    IndexError
        If a part of it is no index.
    """
    pattern: list[Any] = []
    arrays: list[Any] = []
    for part in index if isinstance(index, tuple) else (index,):
        if part is None or part is Ellipsis:
            pattern.append(part)
        elif isinstance(part, slice):
            pattern.append(slice(*map(_whole, (part.start, part.stop, part.step))))
        elif isinstance(part, int | np.integer) and not isinstance(part, bool):
            pattern.append(int(part))
        else:
            pattern.append(ARRAY)
            arrays.append(_index_array(part))
    return tuple(pattern), arrays


def filled(pattern: Pattern, arrays: Any) -> tuple[Any, ...]:
    """Return the index that a pattern and its arrays came from."""
    if not arrays:
        return pattern
    rest = iter(arrays)
    return tuple(next(rest) if part is ARRAY else part for part in pattern)


def _as_written(part: Any) -> str:
    """Return a part of an index as LaTeX, with the braces of a template."""
    if isinstance(part, int):
        return str(part)
    if isinstance(part, slice):
        bounds = (part.start, part.stop, *([] if part.step is None else [part.step]))
        text = ":".join("" if bound is None else str(bound) for bound in bounds)
    else:
        text = "..." if part is Ellipsis else str(part)
    return rf"\text{{{{{text}}}}}"


def _whole(bound: Any) -> int | None:
    return None if bound is None else operator.index(bound)


def _index_array(part: Any) -> Any:
    if not hasattr(part, "dtype"):
        part = np.asarray(part)
        if part.size == 0:
            part = part.astype(np.intp)
    if part.dtype.kind not in "iub":
        raise IndexError(
            f"an index is made of integers, slices, None, ..., arrays of integers and masks, not "
            f"of {part.dtype}; convert it: i.astype(int)."
        )
    return part


def add_at_samples(rng: np.random.Generator) -> Iterator[Sample]:
    """Yield an array and an index, and the array's shape."""
    mask = np.array([[True, False, True], [False, True, True]])
    for shape, index in [
        ((4, 3), (slice(1, None, 2), 0)),
        ((4, 3), slice(None, None, -1)),
        ((2, 3, 4), (Ellipsis, None, -1)),
        ((3,), 2),
        ((), ()),
        ((4, 3), np.array([0, 2, 2, -1])),
        ((4, 3), (np.array([[0, 1], [3, 3]]), np.array([2, 2]))),
        ((2, 3, 4), (np.array([0, 1, 1]), slice(None), np.array([3, 0, 0]))),
        ((2, 3), mask),
        ((2, 3, 2), mask),
        ((3, 2), np.array([], dtype=np.intp)),
        ((0, 2), slice(None)),
    ]:
        yield (rng.normal(size=shape), index), {"shape": shape}


NUMPY[np.take] = take
