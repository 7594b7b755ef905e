"""Expanding operations that take several loops into operations that take one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from baremath.autodiff import ops
from baremath.autodiff.ops import equal, exp, log, matmul, reshape, sqrt, square, transpose, where
from baremath.compiler.ir import INPUT, Graph, Node
from baremath.compiler.trace import trace


def _largest(x: Any, axis: Any) -> Any:
    top = ops.max(x, axis, keepdims=True)
    return where(equal(ops.abs(top), np.inf), 0.0, top)


def _softmax(x: Any, axis: Any) -> Any:
    y = exp(x - _largest(x, axis))
    return y / ops.sum(y, axis, keepdims=True)


def _log_softmax(x: Any, axis: Any) -> Any:
    centred = x - _largest(x, axis)
    return centred - log(ops.sum(exp(centred), axis, keepdims=True))


def _logsumexp(x: Any, axis: Any, keepdims: Any) -> Any:
    top = _largest(x, axis)
    y = log(ops.sum(exp(x - top), axis, keepdims=True)) + top
    return y if keepdims else ops.squeeze(y, axis)


def _norm(x: Any, axis: Any, keepdims: Any) -> Any:
    return sqrt(ops.sum(square(x), axis, keepdims))


def _einsum(*operands: Any, subscripts: str) -> Any:
    """Return the sum of products, two factors at a time, each time a product of matrices."""
    left, kept = subscripts.split("->")
    terms = left.split(",")
    x, own = operands[0], terms[0]
    for k in range(1, len(operands)):
        later = set(kept).union(*terms[k + 1 :])
        x, own = _product(x, own, operands[k], terms[k], later)
    x, own = _summed(x, own, set(kept))
    return transpose(x, tuple(own.index(letter) for letter in kept))


def _product(x: Any, own: str, y: Any, other: str, later: set[str]) -> tuple[Any, str]:
    """Return the product of two factors, and its letters: those of both, left, right."""
    x, own = _summed(x, own, later | set(other))
    y, other = _summed(y, other, later | set(own))
    both = "".join(c for c in own if c in other and c in later)
    shared = "".join(c for c in own if c in other and c not in later)
    rows = "".join(c for c in own if c not in other)
    columns = "".join(c for c in other if c not in own)
    size = dict(zip(own + other, x.shape + y.shape, strict=True))
    a = _folded(x, own, both, rows, shared)
    b = _folded(y, other, both, shared, columns)
    letters = both + rows + columns
    return reshape(matmul(a, b), tuple(size[c] for c in letters)), letters


def _summed(x: Any, own: str, needed: set[str]) -> tuple[Any, str]:
    """Sum over letters that nothing else needs."""
    axes = tuple(k for k, letter in enumerate(own) if letter not in needed)
    return (ops.sum(x, axes) if axes else x), "".join(c for c in own if c in needed)


def _folded(x: Any, own: str, *parts: str) -> Any:
    """Return x with an axis for each letter of the first part, and one for each other part."""
    size = dict(zip(own, x.shape, strict=True))
    x = transpose(x, tuple(own.index(letter) for letter in "".join(parts)))
    stack = [size[letter] for letter in parts[0]]
    lengths = [int(np.prod([size[letter] for letter in part], dtype=int)) for part in parts[1:]]
    return reshape(x, (*stack, *lengths))


#: What an operation is in terms of others.
EXPANSIONS: dict[str, Callable[..., Any]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "norm": _norm,
    "einsum": _einsum,
}


def expand(graph: Graph) -> Graph:
    """Return the graph in which such operations are written out."""
    new: dict[Node, Node] = {}
    for node in graph.nodes:
        inputs = tuple(new[x] for x in node.inputs)
        same = all(a is b for a, b in zip(inputs, node.inputs, strict=True))
        new[node] = node if same else node.with_inputs(inputs)
        if _expandable(node):
            new[node] = _expanded(new[node])
    outputs = {name: new[node] for name, node in graph.outputs.items()}
    return Graph(graph.inputs, outputs, graph.name)


def _expandable(node: Node) -> bool:
    """Whether an operation can be written out: nothing is empty, no letter stands twice."""
    if node.op not in EXPANSIONS or not all(x.size for x in node.inputs):
        return False
    if node.op != "einsum":
        return True
    terms = node.attributes["subscripts"].split("->")[0].split(",")
    lengths: dict[str, int] = {}
    for term, x in zip(terms, node.inputs, strict=True):
        for letter, n in zip(term, x.shape, strict=True):
            if lengths.setdefault(letter, n) != n:
                return False
    return all(len(set(term)) == len(term) for term in terms)


def _expanded(node: Node) -> Node:
    """Return what stands for a node."""
    attributes = dict(node.attributes)
    examples = [np.zeros(x.shape, x.dtype) for x in node.inputs]
    inner = trace(lambda *inputs: EXPANSIONS[node.op](*inputs, **attributes), *examples).graph
    new = dict(zip(inner.inputs.values(), node.inputs, strict=True))
    for one in inner.nodes:
        if one.op != INPUT:
            inputs = tuple(new[x] for x in one.inputs)
            new[one] = Node(one.op, inputs, one.attributes, one.shape, one.dtype, node.line)
    return new[inner.outputs["out"]]
