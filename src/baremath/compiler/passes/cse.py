"""Common subexpressions: what is written twice is computed once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from baremath.compiler.ir import Graph, Node
from baremath.compiler.passes.rewrite import rewrite


def cse(graph: Graph) -> Graph:
    """Return the graph in which one node stands for all that compute the same.

    The same means one operation, on the same inputs in the same order, with equal attributes;
    constants are the same if their bytes are. Random numbers too are functions of their inputs.
    """
    known: dict[Hashable, Node] = {}
    return rewrite(graph, lambda node: known.setdefault(_key(node), node))


def _key(node: Node) -> Hashable:
    """Return what two nodes that compute the same have in common."""
    inputs = tuple(map(id, node.inputs))
    return node.op, inputs, node.shape, node.dtype, _frozen(node.attributes)


def _frozen(value: Any) -> Hashable:
    """Return an attribute as something that is equal only where the attribute means the same.

    Python's own equality isn't enough: 1 == 1.0 == True, 0.0 == -0.0, and NaN != NaN.
    """
    if isinstance(value, Mapping):
        return "mapping", tuple((name, _frozen(value[name])) for name in sorted(value))
    if isinstance(value, list | tuple):
        return type(value), tuple(map(_frozen, value))
    if isinstance(value, slice):
        return "slice", *map(_frozen, (value.start, value.stop, value.step))
    if isinstance(value, np.ndarray | np.generic):
        return "array", value.shape, value.dtype, value.tobytes()
    if isinstance(value, np.dtype) or value is None or value is Ellipsis:
        return value
    if isinstance(value, bool | int | float | str):
        return type(value), repr(value)
    return "object", id(value)
