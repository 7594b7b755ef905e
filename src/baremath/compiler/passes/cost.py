"""What a node costs, roughly: arithmetic and memory."""

from __future__ import annotations

import math

from baremath.compiler.ir import CONSTANT, INPUT, Node
from baremath.compiler.passes.views import is_view


def flops(node: Node) -> int:
    """Return about how many arithmetic operations a node takes.

    Products of matrices count each multiplication and addition; a system of n equations
    :math:`2 n^3 / 3` for its matrix and :math:`2 n^2` for each right side; anything else one for
    each element that it reads or writes, whichever are more. Views, inputs and constants are free.
    """
    if node.op in (INPUT, CONSTANT) or is_view(node):
        return 0
    shapes = [x.shape for x in node.inputs]
    if node.op in ("matmul", "linear"):
        return 2 * node.size * shapes[0][-1]
    if node.op == "einsum":
        letters = node.attributes["subscripts"].split("->")[0]
        named = zip(letters.replace(",", ""), (n for shape in shapes for n in shape), strict=True)
        lengths: dict[str, int] = {}
        for letter, n in named:
            lengths[letter] = max(n, lengths.get(letter, n)) if n else 0
        return len(shapes) * math.prod(lengths.values())
    if node.op == "solve":
        n = shapes[0][-1]
        return math.prod(shapes[0][:-2]) * 2 * n**3 // 3 + 2 * n * node.size
    return max(node.size, *map(math.prod, shapes)) if shapes else node.size


def bytes_of(node: Node) -> int:
    """Return how much memory a node's value takes; a view lies in what it views."""
    return 0 if is_view(node) else node.size * node.dtype.itemsize
