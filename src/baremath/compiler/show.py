"""show: a compiled function, drawn as the computation behind a tensor is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from baremath.autodiff.drawing import GraphDrawing
from baremath.autodiff.drawing.formulas import details, value_formula
from baremath.autodiff.drawing.graph import Arrow, Box
from baremath.autodiff.drawing.graph import Graph as Picture
from baremath.autodiff.drawing.naming import named, symbol
from baremath.autodiff.drawing.numbers import Typed
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node
from baremath.compiler.passes import fuse
from baremath.maths import factor


def show(graph: Graph | Any, *, max_nodes: int = 100) -> GraphDrawing:
    r"""Draw what a compiled function computes.

    Every value has its name, the operation that computes it, its formula, dtype and shape.
    Operations that share a loop have one number, and one colour.

    Parameters
    ----------
    graph : Graph or compiled function
        A compiled function stands for what it ran last.
    max_nodes : int, default=100
        Of a larger graph only the last operations are drawn, and it is said how many are left out.

    Returns
    -------
    GraphDrawing
        To be printed, or saved with ``.save("graph.svg")``.

    Raises
    ------
    ValueError
        If `max_nodes` isn't positive.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.compiler.trace import trace
    >>> def neuron(x, w, b):
    ...     return np.tanh(x @ w + b)
    >>> print(show(trace(neuron, np.ones((8, 3)), np.ones(3), 0.5).graph))
                                  type and shape
    ○    x                          float64[8,3]
    │ ○  w                            float64[3]
    ├─╯
    ●    v₁ = x w                     float64[8]
    │ ○  b                             float64[]
    ├─╯
    ●    v₂ = v₁ + b, loop 1          float64[8]
    │
    ●    out = tanh(v₂), loop 1       float64[8]
    """
    if max_nodes < 1:
        raise ValueError(f"max_nodes={max_nodes}; at least one node must be shown")
    return GraphDrawing(
        _Drafted(graph if isinstance(graph, Graph) else graph.graph, max_nodes).picture()
    )


class _Drafted:
    """The boxes and arrows of a graph."""

    def __init__(self, graph: Graph, max_nodes: int) -> None:
        self.graph = graph
        self.operations = [node for node in graph.nodes if node.op not in (INPUT, CONSTANT)]
        self.left_out = self.operations[:-max_nodes]
        self.names = named(self._to_name(), {})
        self.loops = dict(_loops(graph))
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.places: dict[Node, int] = {}

    def picture(self) -> Picture:
        """Return them."""
        notes = []
        if n := len(self.left_out):
            what = f"{n:,} earlier operation{'s' if n > 1 else ''}"
            self.places = dict.fromkeys(self.left_out, 0)
            self.boxes.append(Box("earlier", r"\cdots", what))
            notes.append(f"{what} not shown; for more, raise max_nodes.")
        for node in self.operations[len(self.left_out) :]:
            self._add(node)
        for node in self.graph.outputs.values():
            self._put_in(node)
        if len(self.graph.outputs) > 1 or self.boxes[-1].name not in self.graph.outputs:
            self._return()
        return Picture(self.boxes, self.arrows, notes, values="type and shape")

    def _add(self, node: Node) -> None:
        """Add the box of an operation, after those of what it reads."""
        boxed = [x for x in node.inputs if not _is_number(x)]
        for x in boxed:
            self._put_in(x)
        terms = [factor(_number(x)) if _is_number(x) else self._symbol(x) for x in node.inputs]
        loop = self.loops.get(node, 0)
        said = ", ".join(filter(None, [_details(node), f"loop {loop}" if loop else ""]))
        formula = value_formula(node, terms)
        self._box(
            node, "operation", boxed, operation=node.op, details=said, formula=formula, loop=loop
        )

    def _put_in(self, node: Node) -> None:
        """Add the box of an input or a constant, if it isn't there."""
        if node not in self.places:
            self._box(node, "constant" if node.op == CONSTANT else "leaf", [])

    def _box(self, node: Node, kind: Any, sources: list[Node], **more: Any) -> None:
        value = node.attributes["value"] if node.op == CONSTANT else Typed(node)  # type: ignore[arg-type]
        self._arrows([*dict.fromkeys(sources)])
        self.places[node] = len(self.boxes)
        self.boxes.append(Box(kind, self._symbol(node), self.names[node], value=value, **more))

    def _return(self) -> None:
        """Add a last box, which takes all results."""
        outputs = self.graph.outputs
        self._arrows([*dict.fromkeys(outputs.values())])
        parts = ", ".join(
            f"{symbol(name)} = {self._symbol(x)}" if self.names[x] != name else symbol(name)
            for name, x in outputs.items()
        )
        name = self.graph.name
        self.boxes.append(Box("operation", symbol(name), name, "return", formula=parts))

    def _arrows(self, sources: list[Node]) -> None:
        for place, x in enumerate(sources):
            start, end = self.places[x], len(self.boxes)
            self.arrows.append(Arrow(start, end, place, None, self.names[x], "", "", maps=False))

    def _symbol(self, node: Node) -> str:
        return symbol(self.names[node])

    def _to_name(self) -> Iterator[tuple[Node, str, str]]:
        results = {node: name for name, node in reversed([*self.graph.outputs.items()])}
        for node in self.graph.nodes:
            if node.op == INPUT:
                yield node, str(node.attributes["name"]), ""
            else:
                yield node, results.get(node, ""), "c" if node.op == CONSTANT else "v"


def _loops(graph: Graph) -> Iterator[tuple[Node, int]]:
    """Yield the number of the loop of each operation that shares one."""
    number = 0
    for group in fuse(graph):
        if len(group.nodes) > 1:
            number += 1
            yield from ((node, number) for node in group.nodes)


def _details(node: Node) -> str:
    """Return how an operation is applied; of a scan only how often."""
    if node.op == "scan":
        return f"{node.attributes['length']} steps"
    return details(node)


def _is_number(node: Node) -> bool:
    return node.op == CONSTANT and node.size == 1


def _number(node: Node) -> Any:
    return node.attributes["value"].item()
