"""Constant folding: what depends on constants only is computed once, now."""

from __future__ import annotations

import numpy as np

from baremath.autodiff.ops.sampling import Draw
from baremath.compiler.ir import CONSTANT, Graph, Node, constant
from baremath.compiler.passes.rewrite import rewrite

#: A constant of more elements costs more memory than its computation costs time.
LARGEST = 1_000_000

#: A result that is more times larger than what it is made of is quicker computed than read.
GROWTH = 4


def fold(graph: Graph) -> Graph:
    """Return the graph in which operations on constants are constants.

    Left as they are: results of more than `LARGEST` elements, or more than `GROWTH` times as many
    as they are made of; `broadcast_to`, which costs nothing; random numbers, which are not the same
    each time; and what raises an error, which belongs to the run.
    """
    return rewrite(graph, _folded)


def _folded(node: Node) -> Node:
    if not node.inputs or any(x.op != CONSTANT for x in node.inputs):
        return node
    if node.size > min(LARGEST, GROWTH * sum(x.size for x in node.inputs)):
        return node
    if node.op == "broadcast_to" or isinstance(node.operation, Draw):
        return node
    values = [x.attributes["value"] for x in node.inputs]
    try:
        with np.errstate(all="ignore"):
            value = node.operation.value(*values, **node.attributes)
    except (ValueError, IndexError):
        return node
    return constant(value, line=node.line)
