"""A scan in a graph: a step is traced and closed, and its loop becomes one operation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from baremath.autodiff import Operation, Tensor, ops
from baremath.autodiff.backward import sweep
from baremath.autodiff.node import Leaf
from baremath.autodiff.node import Node as Derived
from baremath.autodiff.recording import enable_grad, mode
from baremath.autodiff.symbol import Symbol
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node
from baremath.compiler.passes import optimise
from baremath.compiler.recorder import Recorder
from baremath.compiler.scan_operation import SCAN, result_shapes
from baremath.compiler.text import written


@dataclass(frozen=True, eq=False)
class Body:
    """One step, traced: tensors that stand for what it takes, and what it makes of them.

    Parameters
    ----------
    name : str
        Of the function.
    inputs : list of Tensor
        The carries, then the parts of the sequences.
    outputs : list of Tensor
        The next carries, then what is kept of each step.
    carries : int
        How many.
    outside : list of Tensor
        What stands for the tensors from outside that it reads, and has a derivative by.
    """

    name: str
    inputs: list[Tensor]
    outputs: list[Tensor]
    carries: int
    outside: list[Tensor]


def cut_off(outputs: list[Tensor], born: int) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Cut what a step has computed off from what was computed before it.

    Parameters
    ----------
    outputs : list of Tensor
        Of the step.
    born : int
        The order of a node that is older than all that the step computed.

    Returns
    -------
    outputs : list of Tensor
        The same, no longer made of anything older.
    found : list of Tensor
        The older tensors that they were made of.
    stand_ins : list of Tensor
        What they are made of instead.
    """
    pairs: dict[Derived, tuple[Tensor, Tensor]] = {}

    def stand_in(x: Any, node: Derived) -> Derived | None:
        if not isinstance(x, Symbol):
            return None  # a constant of the trace
        if node not in pairs:
            leaf = Leaf(x)  # type: ignore[arg-type]
            leaf.order = node.order  # a sweep visits what is made of it first
            pairs[node] = Tensor(x, node), Tensor(x, leaf)
        return pairs[node][1].node

    def older(node: Derived | None) -> bool:
        return node is not None and node.order < born

    ends = [
        Tensor(t.data, stand_in(t.data, t.node)) if t.node and older(t.node) else t for t in outputs
    ]
    seen = dict.fromkeys(t.node for t in outputs if t.node and not older(t.node))
    stack = list(seen)
    for node in stack:
        for k, (x, parent) in enumerate(zip(node.inputs, node.parents, strict=True)):
            if parent is None or parent in seen:
                continue
            if older(parent):
                node.parents[k] = stand_in(x, parent)
            else:
                seen[parent] = None
                stack.append(parent)
    return ends, [t for t, _ in pairs.values()], [t for _, t in pairs.values()]


@dataclass(frozen=True, eq=False)
class _Loop:
    """A body and what it is run on; `parts` are all its results, each with its own shape."""

    recorder: Recorder
    body: Body
    inputs: list[Tensor]
    length: int
    reverse: bool
    parts: list[Tensor]


def run(
    recorder: Recorder,
    body: Body,
    carry: list[Tensor],
    xs: list[Tensor],
    outside: list[Tensor],
    length: int,
    reverse: bool,
    given: tuple[Any, ...] = (),
) -> list[Tensor]:
    """Write a scan down, and return its results; after them the carries, if they will be needed."""
    inputs = [*carry, *xs, *outside]
    tracked = mode.recording and any(t.node is not None for t in inputs)
    if tracked:
        body = replace(body, outputs=[*body.outputs, *body.inputs[: body.carries]])
    graph, fixed = _closed(recorder, body)
    nodes = [*[recorder.node_of(strong(t.data)) for t in inputs], *fixed]
    symbols = [Symbol(recorder, node, node.shape, node.dtype) for node in nodes]
    attributes = {
        "body": written(graph),
        "length": length,
        "carries": body.carries,
        "sequences": len(xs),
        "reverse": reverse,
    }
    dtypes = [node.dtype for node in graph.outputs.values()]
    shapes = result_shapes(graph, body.carries, length)
    loop = _Loop(recorder, body, inputs, length, reverse, [])
    parts: dict[int, Tensor] = {}
    for dtype in dict.fromkeys(dtypes):
        chosen = tuple([k for k, own in enumerate(dtypes) if own == dtype])
        flat = recorder.record(SCAN, symbols, {**attributes, "results": chosen}, given)
        node = None
        if tracked and dtype.kind == "f":
            parents = [t.node for t in inputs]
            arrays: list[Any] = symbols[: len(inputs)]
            node = Derived(_Reverse(loop, chosen), {}, parents, arrays, flat)
        cut = _cut(Tensor(flat, node), [shapes[k] for k in chosen])
        parts.update(zip(chosen, cut, strict=True))
    loop.parts.extend(parts[k] for k in range(len(shapes)))
    return loop.parts


class _Reverse(Operation):
    """The derivative of a scan: a scan from the last step to the first.

    Its carry is the gradient by the carry, and what has been added up of the gradients by what all
    steps read. A step takes the carry that the forward step began with, and what that one took.
    """

    name = "scan"

    def __init__(self, loop: _Loop, results: tuple[int, ...]) -> None:  # not among OPERATIONS
        self.loop = loop
        self.results = results
        self._last: tuple[Any, list[Tensor | None]] = (None, [])

    def vjp(self, i: int, g: Any, _y: Any, *_inputs: Any) -> Any:
        """Return the gradient by one input; all are found at once, for the first that asks."""
        if self._last[0] is not g:
            self._last = g, self._gradients(g if isinstance(g, Tensor) else Tensor(g))
        share = self._last[1][i]
        return share if share is None or isinstance(g, Tensor) else share.data

    def _gradients(self, g: Tensor) -> list[Tensor | None]:
        loop, body = self.loop, self.loop.body
        n, taken = body.carries, len(body.inputs)
        shapes = [loop.parts[k].shape for k in self.results]
        given = dict(zip(self.results, _cut(g, shapes), strict=True))
        carries = [k for k in range(n) if body.inputs[k].dtype.kind == "f"]
        kept = [k for k in self.results if k >= n]
        xs = [k for k in range(n, taken) if loop.inputs[k].node is not None]
        outside = loop.inputs[taken:]
        back = self._back(carries, xs, kept)
        start = [given[k] if k in given else _zeros(loop.parts[k]) for k in carries]
        start += [_zeros(t) for t in outside]
        stored = loop.parts[len(loop.parts) - n :]
        sequences = [*stored, *loop.inputs[n:taken], *[given[k] for k in kept]]
        parts = run(loop.recorder, back, start, sequences, outside, loop.length, not loop.reverse)
        found = dict(zip([*carries, *range(taken, len(loop.inputs)), *xs], parts, strict=False))
        return [found.get(k) for k in range(len(loop.inputs))]

    def _back(self, carries: list[int], xs: list[int], kept: list[int]) -> Body:
        """Return one step of the reverse scan."""
        body, recorder = self.loop.body, self.loop.recorder

        def beside(t: Tensor) -> Tensor:
            return placeholder(recorder, t.shape, t.dtype)

        gradients = [beside(body.outputs[k]) for k in carries]
        totals = [beside(t) for t in body.outside]
        seeds = [beside(body.outputs[k]) for k in kept]
        inner = [body.inputs[k] for k in carries], [body.inputs[k] for k in xs]
        wanted = [*inner[0], *body.outside, *inner[1]]
        pairs = zip([*carries, *kept], [*gradients, *seeds], strict=True)
        shares = _pulled(recorder, [(body.outputs[k], g) for k, g in pairs], wanted)
        with enable_grad():
            first, last = len(carries), len(carries) + len(body.outside)
            sums = [a + b for a, b in zip(totals, shares[first:last], strict=True)]
        outputs = [*shares[:first], *sums, *shares[last:]]
        inputs = [*gradients, *totals, *body.inputs, *seeds]
        name = f"back_{body.name}"
        return replace(body, name=name, inputs=inputs, outputs=outputs, carries=last)


def _pulled(
    recorder: Recorder, results: list[tuple[Tensor, Tensor]], wanted: list[Tensor]
) -> list[Tensor]:
    """Return the gradient of the sum of all results times their gradients, by tensors."""
    dtype = np.result_type(*[y.dtype for y, _ in results])
    with enable_grad():
        terms = [ops.sum(ops.astype(y, dtype) * ops.astype(g, dtype)) for y, g in results]
        total = sum(terms[1:], terms[0])
    one = Tensor(recorder.known(np.ones((), dtype)))
    found = sweep(total, one, wanted={t.node for t in wanted if t.node}, create_graph=True)
    return [found[t.node] if t.node in found else _zeros(t) for t in wanted]


def _closed(recorder: Recorder, body: Body) -> tuple[Graph, list[Node]]:
    """Return a step as a graph of its own, and what else it reads that is computed outside."""
    outputs = {f"o{k}": recorder.node_of(strong(t.data)) for k, t in enumerate(body.outputs)}
    given = [recorder.node_of(t.data) for t in (*body.inputs, *body.outside)]
    order = Graph({}, outputs).nodes
    inner, made_of_numbers = set(given), set[Node]()
    for node in order:
        if any(x in inner for x in node.inputs):
            inner.add(node)
        elif (node.op == CONSTANT and node.size == 1) or (
            node.inputs and made_of_numbers.issuperset(node.inputs)
        ):
            made_of_numbers.add(node)
    fixed: dict[Node, None] = {}
    seen, stack = set(given), list(outputs.values())
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in inner or node in made_of_numbers:
            stack.extend(reversed(node.inputs))
        else:
            fixed[node] = None
    inputs = [
        Node(INPUT, (), {"name": f"i{k}"}, node.shape, node.dtype)
        for k, node in enumerate([*given, *fixed])
    ]
    new: dict[Node, Node] = {}
    for node, stands in zip([*given, *fixed], inputs, strict=True):
        new.setdefault(node, stands)
    for node in order:
        if node in seen and node not in new:
            new[node] = node.with_inputs(tuple([new[x] for x in node.inputs]))
    named = {str(node.attributes["name"]): node for node in inputs}
    graph = Graph(named, {name: new[node] for name, node in outputs.items()}, body.name)
    return optimise(graph)[0], list(fixed)


def _cut(flat: Tensor, shapes: list[tuple[int, ...]]) -> list[Tensor]:
    """Return arrays that lie one after the other."""
    parts, at = [], 0
    for shape in shapes:
        size = math.prod(shape)
        parts.append(flat[at : at + size].reshape(shape))
        at += size
    return parts


def _zeros(t: Tensor) -> Tensor:
    return Tensor(np.zeros(t.shape, t.dtype))


def placeholder(recorder: Recorder, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tensor:
    """Return a tensor that stands for what a step will be given."""
    node = Node(INPUT, (), {"name": "of a step"}, shape, dtype)
    symbol = Symbol(recorder, node, shape, dtype, computed=False)
    return Tensor(symbol, Leaf(symbol) if dtype.kind == "f" else None)  # type: ignore[arg-type]


def strong(array: Any) -> Any:
    """Return a Python number that is an argument as an array of its dtype."""
    if isinstance(array, Symbol) and array.weak:
        return Symbol(array.recorder, array.node, array.shape, array.dtype)
    return array
