"""Calls: what NumPy computes, between two pieces of code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baremath.compiler.ir import Node
from baremath.compiler.loops.access import Access
from baremath.compiler.loops.language import Buffer, Call

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering


def write_call(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write the call of an operation."""
    inputs = tuple(as_buffer(lowering, x) for x in node.inputs)
    whole = not add and Access.of(to.buffer).is_at(to)
    own = to if whole else lowering.arena(node.dtype, node.shape)
    lowering.statements.append(Call(node.op, dict(node.attributes), inputs, own.buffer))
    if not whole:
        lowering.copy(own, to, add=add)


def as_buffer(lowering: Lowering, node: Node) -> Buffer:
    """Return a buffer that is a value, from its first element to its last; copied if need be."""
    access = lowering.read(node)
    if not Access.of(access.buffer).is_at(access):
        own = lowering.arena(node.dtype, node.shape)
        lowering.copy(access, own)
        access = own
    return access.buffer
