"""Picking: integers from memory say which elements are read, or added to."""

from __future__ import annotations

import functools
import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from baremath import scalar
from baremath.autodiff.ops.indexing import ARRAY
from baremath.compiler.ir import Node
from baremath.compiler.loops.access import Access, whole_pattern
from baremath.compiler.loops.axes import Axes, filling
from baremath.compiler.loops.bounds import require
from baremath.compiler.loops.calls import write_call
from baremath.compiler.loops.joining import write_into_zeros
from baremath.compiler.loops.language import Cast, Index, Let, Load, Statement, Store

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering


@dataclass(frozen=True)
class Chosen:
    """An array of integers, and what they choose.

    Parameters
    ----------
    node : Node
        The integers.
    broadcast : tuple of int
        Their shape seen from the picked elements: as many dimensions, some of length 1.
    length, stride : int
        Of the axis that they choose from.
    """

    node: Node
    broadcast: tuple[int, ...]
    length: int
    stride: int


@dataclass(frozen=True)
class Picked:
    """The elements that an index picks of an array.

    Parameters
    ----------
    source : Access
        The array.
    start : Index
        Of the first element, but for what is chosen.
    shape, strides : tuple of int
        Of the picked elements; a stride is 0 along an axis where integers choose.
    chosen : tuple of Chosen
        The integers.
    """

    source: Access
    start: Index
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    chosen: tuple[Chosen, ...]


def write_getitem(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write the elements at arrays of integers; NumPy picks by a mask."""
    x, *arrays = node.inputs
    if any(array.dtype == np.bool_ for array in arrays):
        write_call(lowering, node, to, add)
    else:
        picked = _picked(lowering.read(x), node.attributes["pattern"], arrays)
        _write_picked(lowering, picked, to, add)


def write_gather(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write the elements picked along an axis."""
    x, index = node.inputs
    picked = _along(lowering.read(x), index, node.attributes["axis"])
    _write_picked(lowering, picked, to, add)


def write_add_at(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write zeros, then add the updates, those of one place one after the other."""
    updates, *arrays = node.inputs
    if not arrays:
        write_into_zeros(lowering, node, to, add)
    elif any(array.dtype == np.bool_ for array in arrays):
        write_call(lowering, node, to, add)
    else:
        if not add:
            lowering.statements.extend(filling(lowering.new_name, to, 0))
        picked = _picked(to, node.attributes["pattern"], arrays)
        _write_added(lowering, picked, lowering.read(updates))


def write_scatter_add(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Copy, then add the updates, those of one place one after the other."""
    x, index, updates = node.inputs
    lowering.copy(lowering.read(x), to, add=add)
    picked = _along(to, index, node.attributes["axis"])
    _write_added(lowering, picked, lowering.read(updates))


def _write_picked(lowering: Lowering, picked: Picked, to: Access, add: bool) -> None:
    axes = Axes(lowering.new_name, picked.shape)
    body, place, inside = _places(lowering, axes, picked)
    value = lowering.new_name("v")
    body.append(Load(value, picked.source.buffer, place))
    value = _or_nan(lowering, body, value, to.buffer.dtype, inside)
    body.append(Store(to.buffer, axes.index(to.start, to.strides), value, add))
    lowering.statements.extend(axes.around(body))


def _write_added(lowering: Lowering, picked: Picked, updates: Access) -> None:
    serial = [k for k, stride in enumerate(picked.strides) if not stride]
    axes = Axes(lowering.new_name, picked.shape, serial=serial)
    body, place, inside = _places(lowering, axes, picked)
    value = lowering.new_name("v")
    updates = updates.broadcast_to(picked.shape)
    body.append(Load(value, updates.buffer, axes.index(updates.start, updates.strides)))
    value = _or_nan(lowering, body, value, updates.buffer.dtype, inside)
    body.append(Store(picked.source.buffer, place, value, add=True))
    lowering.statements.extend(axes.around(body))


def _places(
    lowering: Lowering, axes: Axes, picked: Picked
) -> tuple[list[Statement], Index, list[str]]:
    """Return statements that read the integers, the index they make, and whether each is inside."""
    body: list[Statement] = []
    inside: list[str] = []
    index = axes.index(picked.start, picked.strides)
    terms = [*index.terms]
    for chosen in picked.chosen:
        access, n = lowering.read(chosen.node), chosen.length
        array = Access(access.buffer, access.start, chosen.broadcast, _spread(access, chosen))
        array = array.broadcast_to(picked.shape)
        raw, wide, place = (lowering.new_name(hint) for hint in "ppk")
        body.append(Load(raw, array.buffer, axes.index(array.start, array.strides)))
        body.append(Cast(wide, "int64", raw))
        body.append(Let(place, "int64", _counted(chosen, wide)))
        terms.append((place, chosen.stride))
        if not _is_place(chosen):
            require(lowering, chosen.node, -n, n)
            p = scalar.variable(wide)
            inside.append(lowering.new_name("c"))
            body.append(Let(inside[-1], "bool", (p >= -n) & (p < n)))
    return body, Index(tuple(terms), index.offset), inside


def _or_nan(
    lowering: Lowering, body: list[Statement], value: str, dtype: str, inside: list[str]
) -> str:
    """Let a float be NaN where an integer isn't inside: whoever checks too late will see it."""
    if not inside or not dtype.startswith("float"):
        return value
    own = lowering.new_name("v")
    right = functools.reduce(operator.and_, map(scalar.variable, inside))
    body.append(Let(own, dtype, scalar.where(right, scalar.variable(value), math.nan)))
    return own


def _spread(access: Access, chosen: Chosen) -> tuple[int, ...]:
    """Return the strides of integers along the dimensions of what is picked."""
    lengths = iter(zip(access.shape, access.strides, strict=True))
    own = [stride for n, stride in lengths if n != 1]
    rest = iter(own)
    return tuple(0 if n == 1 else next(rest) for n in chosen.broadcast)


def _counted(chosen: Chosen, name: str) -> scalar.Expression:
    """Return an integer as a place from 0 on, which is inside whatever the integer is."""
    n, p = chosen.length, scalar.variable(name)
    place = scalar.where(p < 0, p + n, p)
    return place if _is_place(chosen) else scalar.maximum(scalar.minimum(place, n - 1), 0)


def _is_place(chosen: Chosen) -> bool:
    """Whether integers are inside for sure: where the largest or smallest of as many is."""
    if chosen.node.op not in ("argmax", "argmin"):
        return False
    (x,), axis = chosen.node.inputs, chosen.node.attributes["axis"]
    length: int = x.size if axis is None else x.shape[axis]
    return length <= chosen.length


def _along(x: Access, index: Node, axis: int) -> Picked:
    """Return what an index picks along one axis."""
    shape = tuple(index.shape[k] if k == axis else n for k, n in enumerate(x.shape))
    strides = tuple(0 if k == axis else stride for k, stride in enumerate(x.strides))
    chosen = Chosen(index, index.shape, x.shape[axis], x.strides[axis])
    return Picked(x, x.start, shape, strides, (chosen,))


def _picked(x: Access, pattern: tuple[Any, ...], arrays: list[Node]) -> Picked:
    """Return what an index picks; arrays and integers of it choose together, as in NumPy."""
    parts = whole_pattern(pattern, len(x.shape))
    together = [k for k, part in enumerate(parts) if part is ARRAY or isinstance(part, int)]
    common = np.broadcast_shapes(*(array.shape for array in arrays))
    adjacent = together[-1] - together[0] + 1 == len(together)
    first = together[0] if adjacent else 0
    lengths = zip(x.shape, x.strides, strict=True)
    offset, rest = 0, iter(arrays)
    chosen: list[tuple[Node, int, int]] = []
    shape: list[int] = []
    strides: list[int] = []
    before = 0
    for k, part in enumerate(parts):
        if k == first and adjacent:
            before = len(shape)
        if part is None:
            shape.append(1)
            strides.append(0)
            continue
        n, stride = next(lengths)
        if part is ARRAY:
            chosen.append((next(rest), n, stride))
        elif isinstance(part, slice):
            start, stop, step = part.indices(n)
            shape.append(len(range(start, stop, step)))
            strides.append(step * stride)
            offset += start * stride if shape[-1] else 0
        else:
            offset += (part % n) * stride
    after = len(shape) - before
    shape[before:before] = common
    strides[before:before] = [0] * len(common)
    return Picked(
        x,
        x.start.moved(offset),
        tuple(shape),
        tuple(strides),
        tuple(
            Chosen(
                array,
                (
                    *[1] * (before + len(common) - array.ndim),
                    *array.shape,
                    *[1] * after,
                ),
                n,
                stride,
            )
            for array, n, stride in chosen
        ),
    )
