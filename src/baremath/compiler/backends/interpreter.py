"""The interpreter: a graph computed by NumPy, node by node, in memory that is planned once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff.ops.shaping import BroadcastTo, Reshape, Transpose
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node
from baremath.compiler.passes.memory import plan

Arrays = Mapping[str, NDArray[Any]]

#: Operations that NumPy answers with a view of their input.
_VIEWS = (BroadcastTo, Reshape, Transpose)


class Interpreter:
    """Computes a graph.

    Every value has its place in one block of memory, and values that are never needed at the same
    time share it. After the first call nothing is allocated but what NumPy takes for itself.

    Parameters
    ----------
    graph : Graph
        What to compute.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._arrays = _planned(graph)
        self._steps = [step for node in graph.nodes if (step := self._step(node))]

    def __call__(self, spaces: Arrays) -> None:
        """Compute the outputs of the inputs, each an array under its name."""
        for name, node in self.graph.inputs.items():
            self._arrays[node][...] = spaces[name]
        with np.errstate(all="ignore"):
            for step in self._steps:
                step()
        for name, node in self.graph.outputs.items():
            spaces[name][...] = self._arrays[node]

    def _step(self, node: Node) -> Callable[[], object] | None:
        """Return what computes a node; nothing where it is there already."""
        if node.op in (INPUT, CONSTANT) or _is_view(node):
            return None
        value, attributes = node.operation.value, dict(node.attributes)
        inputs = [self._arrays[x] for x in node.inputs]
        output = self._arrays[node]
        if isinstance(value, np.ufunc) and not attributes:
            return lambda: value(*inputs, out=output, casting="unsafe")
        return lambda: np.copyto(output, value(*inputs, **attributes), casting="unsafe")


def _planned(graph: Graph) -> dict[Node, NDArray[Any]]:
    """Return the array of each value."""
    first: dict[Node, int] = {}
    last: dict[Node, int] = {}
    for when, node in enumerate(graph.nodes):
        first[node] = when
        for x in (node, *node.inputs):
            last[_owner(x)] = when
    for node in graph.outputs.values():
        last[_owner(node)] = len(graph)
    for node in graph.inputs.values():
        first[node] = 0
    owned = [n for n in graph.nodes if n.op != CONSTANT and _owner(n) is n]
    places = plan([n.size * n.dtype.itemsize for n in owned], [(first[n], last[n]) for n in owned])
    memory = np.zeros(places.total, np.uint8)
    arrays: dict[Node, NDArray[Any]] = {
        node: np.ndarray(node.shape, node.dtype, memory, offset)
        if node.size
        else np.empty(node.shape, node.dtype)
        for node, offset in zip(owned, places.offsets, strict=True)
    }
    for node in graph.nodes:
        if node.op == CONSTANT:
            arrays[node] = node.attributes["value"]
        elif node not in arrays:
            (x,) = node.inputs
            arrays[node] = node.operation.value(arrays[x], **node.attributes)
    return arrays


def _is_view(node: Node) -> bool:
    """Whether NumPy makes a view of the input: a reshape does only of what is contiguous."""
    if node.op in (INPUT, CONSTANT) or not isinstance(node.operation, _VIEWS):
        return False
    return not isinstance(node.operation, Reshape) or not _is_view(node.inputs[0])


def _owner(node: Node) -> Node:
    """Return the value whose memory a value lies in."""
    while _is_view(node):
        node = node.inputs[0]
    return node
