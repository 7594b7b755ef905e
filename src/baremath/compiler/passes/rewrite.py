"""Rewriting: a graph made anew, node by node, by a rule."""

from __future__ import annotations

from collections.abc import Callable

from baremath.compiler.ir import INPUT, Graph, Node


def rewrite(graph: Graph, rule: Callable[[Node], Node]) -> Graph:
    """Return the graph in which the rule's answer stands for each node.

    The rule is given the nodes in the order of computation, on inputs that are already rewritten,
    and returns another node of the same shape and dtype, or the node that it was given. The inputs
    of the graph stay.

    Parameters
    ----------
    graph : Graph
        What to rewrite; it isn't changed.
    rule : callable
        From Node to Node.

    Returns
    -------
    Graph
        The graph itself if the rule has changed nothing.
    """
    new: dict[Node, Node] = {}
    for node in graph.nodes:
        if node.op == INPUT:
            new[node] = node
            continue
        inputs = tuple(new[x] for x in node.inputs)
        same = all(a is b for a, b in zip(inputs, node.inputs, strict=True))
        new[node] = rule(node if same else node.with_inputs(inputs))
    if all(after is before for before, after in new.items()):
        return graph
    outputs = {name: new[node] for name, node in graph.outputs.items()}
    return Graph(graph.inputs, outputs, graph.name)
