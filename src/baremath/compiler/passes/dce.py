"""Dead code: what no output needs."""

from __future__ import annotations

from baremath.compiler.ir import Graph


def dce(graph: Graph) -> Graph:
    """Return the graph without nodes that no output needs; its inputs stay.

    One line, because a `Graph` finds its nodes from its outputs: code is dead as soon as another
    pass reads past it, and no operation has a second output of which only one could be dead.
    """
    return Graph(graph.inputs, graph.outputs, graph.name)
