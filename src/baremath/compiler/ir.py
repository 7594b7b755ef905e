"""The intermediate representation: a Graph of Nodes, typed by shape and dtype, never changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from baremath.autodiff.ops.operation import OPERATIONS, Operation

INPUT, CONSTANT = "input", "constant"


@dataclass(frozen=True, eq=False, repr=False)
class Node:
    """A value that will be computed: an operation, what it is applied to, and what comes out.

    Two nodes are the same only if they are one object.

    Parameters
    ----------
    op : str
        The name of an operation in `OPERATIONS`; ``"input"``; or ``"constant"``.
    inputs : tuple of Node
        What it is applied to; all operands are nodes, numbers too.
    attributes : mapping of str to object
        The operation's keyword arguments; of a constant its array, as ``"value"``; of an input its
        ``"name"``.
    shape : tuple of int
        Of the value.
    dtype : dtype
        Of the value.
    line : str, default=""
        Where the user wrote it: ``"model.py:12"``.
    """

    op: str
    inputs: tuple[Node, ...]
    attributes: Mapping[str, Any]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    line: str = field(default="", compare=False)

    @property
    def operation(self) -> Operation:
        """What is known of the operation."""
        return OPERATIONS[self.op]

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        """Return the same operation on other inputs of the same shapes and dtypes."""
        return Node(self.op, inputs, self.attributes, self.shape, self.dtype, self.line)


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """A function as a graph: named inputs, nodes in an order of computation, named outputs.

    Printed it reads like mathematics, with large constants summed up; `compiler.text.written` gives
    every number, for `compiler.parse` to read.

    Parameters
    ----------
    inputs : mapping of str to Node
        In the order in which the arguments are given; each an ``"input"`` node.
    outputs : mapping of str to Node
        In the order in which the results are returned.
    name : str, default="f"
        What the function is called.

    Attributes
    ----------
    nodes : tuple of Node
        The inputs, and all that the outputs need, each after its own inputs.
    """

    inputs: Mapping[str, Node]
    outputs: Mapping[str, Node]
    name: str = "f"
    nodes: tuple[Node, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", _ordered([*self.inputs.values()], self.outputs.values()))

    def __len__(self) -> int:
        return len(self.nodes)

    def __str__(self) -> str:
        from baremath.compiler.text import written

        return written(self, full=False)

    def rebuilt(self, replace: Mapping[Node, Node]) -> Graph:
        """Return the graph in which other nodes stand for some; what reads them is made anew.

        A replacement is taken as it is: what it reads isn't replaced in turn.
        """
        new: dict[Node, Node] = dict(replace)
        for node in self.nodes:
            if node not in new:
                inputs = tuple(new[x] for x in node.inputs)
                same = all(a is b for a, b in zip(inputs, node.inputs, strict=True))
                new[node] = node if same else node.with_inputs(inputs)
        outputs = {name: new[node] for name, node in self.outputs.items()}
        return Graph(self.inputs, outputs, self.name)


def constant(value: Any, dtype: Any = None, line: str = "") -> Node:
    """Return a node of a known array; it is copied."""
    array = np.array(value, dtype)
    array.flags.writeable = False
    return Node(CONSTANT, (), {"value": array}, array.shape, array.dtype, line)


def verify(graph: Graph) -> None:
    """Check that a graph is one, and that every shape and dtype is what its operation gives.

    Raises
    ------
    GraphError
        At the first node that isn't right, with that node.
    """
    seen: set[Node] = set()
    for name, node in graph.inputs.items():
        if node.op != INPUT or node.attributes.get("name") != name:
            raise GraphError(f"the input {name!r} is {_described(node)}, not an input of that name")
        if node in seen:
            raise GraphError(f"the input {name!r} is also one of another name")
        seen.add(node)
    for node in graph.nodes:
        _verify(node, seen)
        seen.add(node)
    for name, node in graph.outputs.items():
        if node not in seen:
            raise GraphError(f"the output {name!r} is not among the nodes")


class GraphError(ValueError):
    """A graph that is none: a node that can't be computed, or isn't what it says it is."""


def _verify(node: Node, seen: set[Node]) -> None:
    """Check one node, given those before it."""
    if node.op == INPUT:
        if node not in seen:
            raise GraphError(f"{_described(node)} is read, and isn't one of the graph's inputs")
        return
    if late := [x for x in node.inputs if x not in seen]:
        raise GraphError(f"{_described(node)} comes before {_described(late[0])}, which it reads")
    if node.op == CONSTANT:
        value = node.attributes["value"]
        shape, dtype = value.shape, value.dtype
    elif node.op not in OPERATIONS:
        raise GraphError(f"{_described(node)}: there is no operation of that name")
    else:
        known = [x.attributes["value"] if x.op == CONSTANT else x for x in node.inputs]
        try:
            result = node.operation.result(*known, **node.attributes)
        except (ValueError, TypeError, IndexError) as error:
            raise GraphError(f"{_described(node)} can't be computed: {error}") from error
        shape, dtype = result.shape, result.dtype
    if (shape, dtype) != (node.shape, node.dtype):
        raise GraphError(
            f"{_described(node)}: its value has the shape {shape} and the dtype {dtype}"
        )


def _described(node: Node) -> str:
    what = node.attributes.get("name", "") if node.op == INPUT else ""
    operands = ", ".join(f"{x.dtype}{list(x.shape)}" for x in node.inputs)
    line = f", from {node.line}" if node.line else ""
    return f"{node.op} {what or f'({operands})'} : {node.dtype}{list(node.shape)}{line}"


def _ordered(first: list[Node], ends: Any) -> tuple[Node, ...]:
    """Return the nodes that the ends need, each after its inputs; without recursion."""
    order: dict[Node, None] = dict.fromkeys(first)
    stack = list(reversed(list(ends)))
    while stack:
        node = stack[-1]
        if node in order:
            stack.pop()
            continue
        missing = [x for x in node.inputs if x not in order]
        if missing:
            stack.extend(reversed(missing))
        else:
            order[node] = None
            stack.pop()
    return tuple(order)
