"""Graphs to work on: built by hand, invented by Hypothesis, computed node by node."""

import numpy as np
import pytest
from hypothesis import strategies as st

from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node, constant

#: Sums and products of them are exact, so that a change of order would show.
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, np.inf, -np.inf, np.nan]

SHAPES = [(), (1,), (3,), (2, 3), (3, 2), (2, 1), (1, 3), (0, 3), (1, 1), (2, 3, 2)]

UNARY = ["negative", "square", "abs", "relu", "sqrt", "tanh", "exp", "floor"]
BINARY = ["add", "subtract", "multiply", "divide", "maximum", "power", "less", "equal"]
REDUCTIONS = ["sum", "mean", "prod", "max", "min", "logsumexp"]
VIEWS = ["reshape", "transpose", "broadcast_to", "slice", "newaxis"]
OTHERS = ["where", "astype", "full_like", "concatenate", "add_at", "matmul", "not", "softmax"]


KINDS = ["constant", "twice", *UNARY, *BINARY, *BINARY, *REDUCTIONS, *VIEWS, *OTHERS]


def compute(graph, arrays):
    """Return the results and the value of every node, each by its operation's reference."""
    values = {}
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            if node.op == INPUT:
                values[node] = arrays[node.attributes["name"]]
            elif node.op == CONSTANT:
                values[node] = node.attributes["value"]
            else:
                inputs = [values[x] for x in node.inputs]
                value = node.operation.value(*inputs, **node.attributes)
                values[node] = np.array(value, order="C")
            assert values[node].shape == node.shape, node.op
            assert values[node].dtype == node.dtype, node.op
    return {name: values[node] for name, node in graph.outputs.items()}


def made(op, *inputs, **attributes):
    """Return a node of an operation, typed by computing it on ones."""
    values = [np.ones(x.shape, x.dtype) for x in inputs]
    example = Node(op, inputs, attributes, (), np.dtype(float)).operation
    with np.errstate(all="ignore"):
        value = np.asarray(example.value(*values, **attributes))
    return Node(op, inputs, attributes, value.shape, value.dtype, "model.py:1")


def taken(name, shape=(), dtype=float):
    return Node(INPUT, (), {"name": name}, shape, np.dtype(dtype))


def graph_of(*outputs, inputs=None):
    """Return the graph of some nodes; its inputs are those that they need."""
    if inputs is None:
        needed = Graph({}, dict(enumerate(outputs))).nodes
        inputs = [node for node in needed if node.op == INPUT]
    named = {node.attributes["name"]: node for node in inputs}
    return Graph(named, {f"out{k}": node for k, node in enumerate(outputs)})


def identical(one, other):
    """Assert equality of results to the last bit, the sign of zero included."""
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].dtype == other[name].dtype
        np.testing.assert_array_equal(one[name], other[name])
        if one[name].dtype.kind == "f":
            zero = one[name] == 0
            np.testing.assert_array_equal(
                np.signbit(one[name][zero]), np.signbit(other[name][zero])
            )


@st.composite
def random_graphs(draw):
    """Return a graph of up to 30 nodes, and arrays for its inputs."""
    pool, arrays = [], {}
    for k in range(draw(st.integers(1, 3))):
        shape = draw(st.sampled_from(SHAPES))
        pool.append(taken(f"x{k}", shape))
        arrays[f"x{k}"] = _filled(draw, shape)
    inputs = list(pool)
    for _ in range(draw(st.integers(3, 26))):
        node = _invented(draw, pool)
        if node is not None and node.size < 500:
            pool.append(node)
    outputs = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    return graph_of(*outputs, *pool[-5:], inputs=inputs), arrays


def _filled(draw, shape):
    numbers = draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=12))
    return np.resize(np.array(numbers), shape)


def _invented(draw, pool):
    """Return another node, or None if what was drawn doesn't fit."""
    x = draw(st.sampled_from(pool[-6:]))
    op = draw(st.sampled_from(KINDS))
    if op == "twice":
        op = draw(st.sampled_from(["negative", "abs", "transpose", "not", "reshape"]))
        x = next((node for node in reversed(pool) if node.op.endswith(op)), x)
    if op == "constant":
        return constant(_filled(draw, draw(st.sampled_from(SHAPES))))
    if op in VIEWS:
        return _view(draw, op, x)
    if op == "astype":
        return made(op, x, dtype=np.dtype(draw(st.sampled_from(["f4", "f8"]))))
    if op == "full_like":
        return made(op, x, fill=draw(st.sampled_from(NUMBERS[:7])))
    if op == "not":
        return made("logical_not", x)
    if x.dtype.kind != "f":
        return made("where", x, constant(draw(st.sampled_from(NUMBERS))), constant(1.0))
    if op in UNARY:
        return made(op, x)
    if op in REDUCTIONS:
        axis = tuple(k for k in range(x.ndim) if draw(st.booleans()))
        if op in ("max", "min") and x.size == 0:
            return None
        return made(op, x, axis=axis, keepdims=draw(st.booleans()))
    if op == "softmax":
        return made(op, x, axis=tuple(range(x.ndim))) if x.ndim else None
    return _of_two(draw, op, x, draw(st.sampled_from(pool)))


def _of_two(draw, op, x, y):
    if y.dtype.kind != "f" and op != "where":
        return None
    if draw(st.integers(0, 2)) == 0:
        y = constant(draw(st.sampled_from(NUMBERS[:4])), x.dtype)
    if draw(st.booleans()):
        x, y = y, x
    if op == "power":
        return made(op, x, constant(draw(st.sampled_from([0, 1, 2, -1, 0.5])), x.dtype))
    if op == "add_at":
        return (
            made(op, x, pattern=(..., None), shape=x.shape[:-1]) if x.shape[-1:] == (1,) else None
        )
    try:
        if op == "where":
            return made(op, x if draw(st.booleans()) else constant(False), y, constant(1.0))
        if op == "concatenate":
            return _cut_from_joined(draw, x, y) if x.ndim else None
        return made(op, x, y)
    except ValueError:
        return None


def _cut_from_joined(draw, x, y):
    axis = draw(st.integers(0, x.ndim - 1))
    joined = made("concatenate", x, y, x, axis=axis)
    begin = draw(st.sampled_from([0, x.shape[axis], x.shape[axis] + y.shape[axis]]))
    end = begin + draw(st.sampled_from([x.shape[axis], y.shape[axis], 1]))
    cut = draw(st.sampled_from([slice(begin, end), slice(begin, None), -1]))
    try:
        return made("getitem", joined, pattern=(*[slice(None)] * axis, cut))
    except IndexError:
        return joined


def _view(draw, op, x):
    if op == "reshape":
        shapes = [(x.size,), (1, *x.shape), x.shape[::-1], (*x.shape, 1)]
        return made(op, x, shape=draw(st.sampled_from(shapes)))
    if op == "transpose":
        return made(op, x, axes=tuple(draw(st.permutations(range(x.ndim)))))
    if op == "broadcast_to":
        shape = tuple(n if n != 1 else draw(st.integers(0, 3)) for n in x.shape)
        return made(op, x, shape=(*draw(st.sampled_from([(), (1,), (2,)])), *shape))
    if op == "newaxis":
        return made("getitem", x, pattern=(None, ...))
    if not x.shape or not x.shape[0]:
        return None
    cuts = [slice(None), slice(1, None), slice(None, -1), slice(None, None, -1), 0, -1]
    return made("getitem", x, pattern=(draw(st.sampled_from(cuts)),))


class Graphs:
    """What the tests of passes share."""

    compute = staticmethod(compute)
    made = staticmethod(made)
    taken = staticmethod(taken)
    of = staticmethod(graph_of)
    identical = staticmethod(identical)
    random = staticmethod(random_graphs)


@pytest.fixture(scope="session")
def graphs():
    """Return the functions that build, compute and compare graphs."""
    return Graphs
