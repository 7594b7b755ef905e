"""Arrays put together, framed, and put into zeros: copies to their places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from baremath.autodiff.ops.joining import inside
from baremath.compiler.ir import Node
from baremath.compiler.loops.access import Access, sliced
from baremath.compiler.loops.axes import filling

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering


def parts_of(node: Node, place: Access) -> Iterator[tuple[Node, Access]]:
    """Yield what is joined, and where it goes."""
    axis, first = node.attributes["axis"], 0
    for x in node.inputs:
        last = first + x.shape[axis]
        yield x, sliced(place, (*[slice(None)] * axis, slice(first, last)))
        first = last


def write_concatenate(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Copy each part to its place, if it isn't there."""
    for x, part in parts_of(node, to):
        source = lowering.read(x)
        if not source.is_at(part):
            lowering.copy(source, part, add=add)


def write_pad(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Fill everything, then copy."""
    (x,), widths = node.inputs, node.attributes["widths"]
    fill = node.dtype.type(node.attributes["fill"]).item()
    own = lowering.arena(node.dtype, node.shape) if add else to
    lowering.statements.extend(filling(lowering.new_name, own, fill))
    lowering.copy(lowering.read(x), sliced(own, inside(widths, x.shape)))
    if add:
        lowering.copy(own, to, add=True)


def write_into_zeros(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write zeros, then the updates into their slice."""
    if not add:
        lowering.statements.extend(filling(lowering.new_name, to, 0))
    place = sliced(to, node.attributes["pattern"])
    updates = lowering.read(node.inputs[0]).broadcast_to(place.shape)
    lowering.copy(updates, place, add=add)
