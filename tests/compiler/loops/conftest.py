"""A graph is lowered, checked, and run as Python; the oracle computes it node by node."""

import numpy as np
import pytest
from hypothesis import strategies as st

from baremath.autodiff.ops.operation import OPERATIONS
from baremath.compiler.arguments import Arguments
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node, constant
from baremath.compiler.loops.check import check
from baremath.compiler.loops.lower import lower
from baremath.compiler.loops.python import run
from baremath.compiler.trace import trace

NUMBERS = [0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 0.25]
SHAPES = [(), (1,), (4,), (2, 3), (3, 2), (3, 1), (1, 3), (0, 3), (2, 1, 3), (3, 3), (17,)]
UNARY = ["negative", "square", "abs", "relu", "tanh", "exp", "floor", "sign", "logical_not"]
BINARY = ["add", "subtract", "multiply", "maximum", "less", "equal", "logical_and"]
REDUCTIONS = ["sum", "mean", "prod", "max", "min", "logsumexp"]
OTHERS = ["where", "astype", "full_like", "concatenate", "matmul", "softmax", "cumsum", "argmax"]
VIEWS = ["reshape", "transpose", "transpose", "broadcast_to", "getitem"]


def node(op, *inputs, **attributes):
    result = OPERATIONS[op].result(*inputs, **attributes)
    return Node(op, inputs, attributes, result.shape, result.dtype, "model.py:1")


def taken(name, shape=(), dtype="float64"):
    return Node(INPUT, (), {"name": name}, shape, np.dtype(dtype))


def computed(graph, inputs):
    """Compute the outputs, each operation by its own value."""
    values = {}
    with np.errstate(all="ignore"):
        for one in graph.nodes:
            if one.op == INPUT:
                values[one] = inputs[one.attributes["name"]]
            elif one.op == CONSTANT:
                values[one] = one.attributes["value"]
            else:
                operands = [values[x] for x in one.inputs]
                values[one] = np.asarray(one.operation.value(*operands, **one.attributes))
    return {name: values[one] for name, one in graph.outputs.items()}


def checked(graph, bindings=None, layout=None):
    """Lower a graph, and check that nothing leaves its place."""
    lowered = lower(graph, bindings, layout)
    check(lowered.program, {name: memory.nbytes for name, memory in lowered.spaces().items()})
    return lowered


def close(got, expected):
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert got[name].dtype == value.dtype
        assert got[name].shape == value.shape
        digits = 2e-5 if value.dtype == np.float32 else 1e-11
        np.testing.assert_allclose(got[name], value, rtol=digits, atol=digits)


def run_traced(f, *args, bindings=None, layout=None):
    """Trace, lower and run a function; compare with the function itself, and return the loops."""
    traced = trace(f, *args)
    lowered = checked(traced.graph, bindings, layout)
    arrays = Arguments(f, args, {}).arrays
    got = run(lowered, arrays)
    close(got, computed(traced.graph, arrays))
    return lowered


@st.composite
def random_graphs(draw, dtype="float64"):
    """Return a graph of up to 25 nodes, and arrays for its inputs."""
    inputs = [taken(f"x{k}", draw(st.sampled_from(SHAPES)), dtype) for k in range(3)]
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    arrays = {f"x{k}": rng.normal(size=x.shape).astype(dtype) for k, x in enumerate(inputs)}
    pool = [*inputs, constant(draw(st.sampled_from(NUMBERS)), dtype)]
    for _ in range(draw(st.integers(3, 22))):
        new = _invented(draw, pool)
        if new is not None and new.size < 300:
            pool.append(new)
    outputs = [*draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3)), *pool[-3:]]
    named = {x.attributes["name"]: x for x in inputs}
    return Graph(named, {f"out{k}": one for k, one in enumerate(outputs)}), arrays


def _invented(draw, pool):
    """Return another node, or None if what was drawn doesn't fit."""
    op = draw(st.sampled_from([*UNARY, *BINARY, *BINARY, *REDUCTIONS, *OTHERS, *VIEWS]))
    x, y = draw(st.sampled_from(pool[-5:])), draw(st.sampled_from(pool))
    if op in VIEWS:
        return _view(draw, op, x)
    if op in ("logical_not", "logical_and", "equal", "less", "where", "full_like", "astype"):
        pass
    elif "b" in (x.dtype.kind, y.dtype.kind) or (op != "add" and x.dtype.kind != "f"):
        return None
    axis = tuple(k for k in range(x.ndim) if draw(st.booleans()))
    reduced = {"axis": axis, "keepdims": draw(st.booleans())}
    attributes = {
        **dict.fromkeys(REDUCTIONS, reduced),
        "softmax": {"axis": axis},
        "astype": {"dtype": np.dtype(draw(st.sampled_from(["f4", "f8", "i8", "?"])))},
        "full_like": {"fill": 1.0},
        "concatenate": {"axis": 0},
        "cumsum": {"axis": max(x.ndim - 1, 0), "reverse": draw(st.booleans())},
        "argmax": {"axis": None if draw(st.booleans()) else 0, "keepdims": False},
    }.get(op, {})
    operands = {"where": (x, y, constant(2.0)), "concatenate": (x, y, x)}.get(op)
    if operands is None:
        operands = (x, y) if op in BINARY or op == "matmul" else (x,)
    flat = x.ndim == 0 and op in ("concatenate", "cumsum", "softmax", "argmax")
    if flat or (x.size == 0 and op in ("max", "min", "argmax")):
        return None
    try:
        return node(op, *operands, **attributes)
    except (ValueError, IndexError):
        return None


def _view(draw, op, x):
    if op == "reshape":
        shapes = [(x.size,), (1, *x.shape), x.shape[::-1], (*x.shape, 1)]
        return node(op, x, shape=draw(st.sampled_from(shapes)))
    if op == "transpose":
        return node(op, x, axes=tuple(draw(st.permutations(range(x.ndim)))))
    if op == "broadcast_to":
        shape = tuple(n if n != 1 else draw(st.integers(1, 3)) for n in x.shape)
        return node(op, x, shape=(*draw(st.sampled_from([(), (1,), (2,)])), *shape))
    if not x.shape or not x.shape[0]:
        return node(op, x, pattern=(None, ...))
    cuts = [slice(None), slice(1, None), slice(None, -1), slice(None, None, -1), 0, -1, None]
    return node(op, x, pattern=(draw(st.sampled_from(cuts)), ...))


class Loops:
    """What the tests of loops share."""

    node = staticmethod(node)
    taken = staticmethod(taken)
    computed = staticmethod(computed)
    checked = staticmethod(checked)
    close = staticmethod(close)
    run_traced = staticmethod(run_traced)
    random = staticmethod(random_graphs)


@pytest.fixture(scope="session")
def loops():
    """Return the functions that build, lower, run and compare graphs."""
    return Loops
