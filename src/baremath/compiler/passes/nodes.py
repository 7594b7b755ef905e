"""Small nodes that the passes put in place of others."""

from __future__ import annotations

import numpy as np

from baremath.compiler.ir import CONSTANT, Node


def number(node: Node) -> int | float | bool | None:
    """Return the number that a constant of one element holds; None of any other node."""
    if node.op != CONSTANT or node.size != 1:
        return None
    value: int | float | bool = node.attributes["value"].item()
    return value


def elementwise(op: str, inputs: tuple[Node, ...], like: Node) -> Node:
    """Return an elementwise operation of the dtype and place of another node."""
    shape = np.broadcast_shapes(*(x.shape for x in inputs))
    return Node(op, inputs, {}, shape, like.dtype, like.line)


def reshaped(x: Node, shape: tuple[int, ...], line: str) -> Node:
    """Return x in another shape; x itself if it has it."""
    if x.shape == shape:
        return x
    return Node("reshape", (x,), {"shape": shape}, shape, x.dtype, line)


def broadcast(x: Node, shape: tuple[int, ...], line: str) -> Node:
    """Return x repeated to a shape; x itself if it has it."""
    if x.shape == shape:
        return x
    return Node("broadcast_to", (x,), {"shape": shape}, shape, x.dtype, line)


def converted(x: Node, like: Node) -> Node:
    """Return x in the dtype and shape of another node."""
    if x.dtype != like.dtype:
        x = Node("astype", (x,), {"dtype": like.dtype}, x.shape, like.dtype, like.line)
    return broadcast(x, like.shape, like.line)
