"""Algebraic simplification: the same numbers with less work."""

from __future__ import annotations

from baremath.compiler.ir import Graph, Node
from baremath.compiler.passes.arithmetic import ARITHMETIC, compute_before_repeating
from baremath.compiler.passes.rearranging import REARRANGING, rearranges_one_number
from baremath.compiler.passes.rewrite import rewrite

#: For each operation the rules that may make it simpler, tried in this order.
RULES = {**ARITHMETIC, **REARRANGING}

#: Rules for all operations: they ask themselves whether they apply.
GENERAL = (compute_before_repeating, rearranges_one_number)


def simplify(graph: Graph) -> Graph:
    """Return the graph with simpler operations in place of others.

    Every rule gives the same bits, NaN, infinities and the sign of zero included, but for ``x**2``
    and ``x**-1``, whose last digit may be better than before. So ``x * 0`` stays, as it may be NaN;
    ``x + 0.0`` stays, as it makes 0.0 of -0.0, while ``x - 0.0`` goes.
    """
    return rewrite(graph, _simplest)


def _simplest(node: Node) -> Node:
    """Apply rules until none applies; each leaves less to do, so that this ends."""
    while (simpler := _simpler(node)) is not None:
        node = simpler
    return node


def _simpler(node: Node) -> Node | None:
    """Return what the first rule that applies makes of it."""
    for rule in (*GENERAL, *RULES.get(node.op, ())):
        simpler = rule(node)
        if simpler is not None:
            return simpler
    return None
