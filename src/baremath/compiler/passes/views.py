"""Views: operations that compute nothing, but read the same numbers otherwise."""

from __future__ import annotations

from baremath.compiler.ir import Node

VIEWS = frozenset({"reshape", "transpose", "broadcast_to"})


def is_view(node: Node) -> bool:
    """Return whether a node is its input in another shape or order, or a part of it."""
    return node.op in VIEWS or (node.op == "getitem" and len(node.inputs) == 1)


def core(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without lengths of 1: what there is to loop over."""
    return tuple(n for n in shape if n != 1)


def is_alias(node: Node) -> bool:
    """Return whether a view has all numbers of its input, in the same order, none repeated."""
    if node.op not in VIEWS or core(node.shape) != core(node.inputs[0].shape):
        return False
    if node.op != "transpose":
        return True
    axes = [k for k in node.attributes["axes"] if node.inputs[0].shape[k] != 1]
    return axes == sorted(axes)
