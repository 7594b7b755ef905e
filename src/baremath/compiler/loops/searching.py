"""Running sums, and where the extremes are: loops whose turns follow one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baremath import scalar
from baremath.autodiff.ops.reduction import reduced
from baremath.autodiff.ops.searching import ArgMax
from baremath.compiler.ir import Node
from baremath.compiler.loops.access import Access
from baremath.compiler.loops.axes import Axes
from baremath.compiler.loops.language import (
    Accumulate,
    Index,
    Kind,
    Let,
    Load,
    Start,
    Statement,
    Store,
)

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering


def write_cumsum(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write the sum up to each element."""
    axis = node.attributes["axis"]
    x = lowering.read(node.inputs[0])
    if node.attributes["reverse"]:
        x, to = _reversed(x, axis), _reversed(to, axis)
    axes = Axes(lowering.new_name, x.shape, reduced=[axis], serial=[axis])
    value, total = lowering.new_name("x"), lowering.new_name("s")
    inner: list[Statement] = [
        Load(value, x.buffer, axes.index(x.start, x.strides)),
        Accumulate(total, value),
        Store(to.buffer, axes.index(to.start, to.strides), total, add),
    ]
    lowering.statements.extend(axes.around(inner, [Start(total, str(node.dtype), "add")]))


def write_search(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write the first place of the extreme: the smallest of those where it stands, or NaN does."""
    (source,), axis = node.inputs, node.attributes["axis"]
    x = lowering.read(source)
    keepdims = node.attributes["keepdims"]
    if axis is None:
        flat = lowering.arena(source.dtype, source.shape)
        lowering.copy(x, flat)
        x, axis = Access(flat.buffer, Index(), (source.size,), (1,)), 0
        to = Access(to.buffer, to.start, (1,), (0,))
    elif not keepdims:
        shape = (*to.shape[:axis], 1, *to.shape[axis:])
        to = Access(to.buffer, to.start, shape, (*to.strides[:axis], 0, *to.strides[axis:]))
    kind: Kind = "maximum" if isinstance(node.operation, ArgMax) else "minimum"
    extreme = lowering.arena(source.dtype, reduced(x.shape, (axis,), True))
    _write_extreme(lowering, x, extreme, axis, kind)
    _write_first(lowering, x, extreme, to, axis, add)


def _write_extreme(lowering: Lowering, x: Access, to: Access, axis: int, kind: Kind) -> None:
    axes = Axes(lowering.new_name, x.shape, reduced=[axis])
    value, found = lowering.new_name("x"), lowering.new_name("s")
    load = Load(value, x.buffer, axes.index(x.start, x.strides))
    place = axes.index(to.start, _still(to, axis))
    lowering.statements.extend(
        axes.around(
            [load, Accumulate(found, value)],
            [Start(found, x.buffer.dtype, kind)],
            [Store(to.buffer, place, found)],
        )
    )


def _write_first(
    lowering: Lowering, x: Access, extreme: Access, to: Access, axis: int, add: bool
) -> None:
    """Write the first place at which an element is the extreme, or NaN."""
    axes = Axes(lowering.new_name, x.shape, reduced=[axis], serial=[axis])
    one, most, place, first = (lowering.new_name(hint) for hint in "xxks")
    a, b = scalar.variable(one), scalar.variable(most)
    here = scalar.where((a == b) | (a != a), scalar.variable(axes.axes[axis].name), x.shape[axis])
    inner: list[Statement] = [
        Load(one, x.buffer, axes.index(x.start, x.strides)),
        Load(most, extreme.buffer, axes.index(extreme.start, _still(extreme, axis))),
        Let(place, "int64", here),
        Accumulate(first, place),
    ]
    store = Store(to.buffer, axes.index(to.start, _still(to, axis)), first, add)
    lowering.statements.extend(axes.around(inner, [Start(first, "int64", "minimum")], [store]))


def _still(x: Access, axis: int) -> list[int]:
    """Return strides that lead nowhere along an axis."""
    return [0 if k == axis else stride for k, stride in enumerate(x.strides)]


def _reversed(x: Access, axis: int) -> Access:
    """Return an array from the end of an axis on."""
    last = max(x.shape[axis] - 1, 0) * x.strides[axis]
    strides = tuple(-s if k == axis else s for k, s in enumerate(x.strides))
    return Access(x.buffer, x.start.moved(last), x.shape, strides)
