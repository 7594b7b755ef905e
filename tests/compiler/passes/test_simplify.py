"""Each rule: what it makes, what it must leave, and the same numbers either way."""

import numpy as np
import pytest

from baremath.autodiff.ops.indexing import ARRAY
from baremath.compiler.ir import Graph, constant, verify
from baremath.compiler.passes import simplify

ODD = np.array([0.0, -0.0, 1.5, -2.0, np.inf, -np.inf, np.nan, 1e-40, 1e30])


@pytest.fixture
def simpler(graphs):
    """Return what a node becomes, checked on odd numbers."""

    def run(*nodes, exact=True):
        graph, rounds = graphs.of(*nodes), 0
        after = simplify(graph)
        while after is not (again := simplify(after)):
            after, rounds = again, rounds + 1
            assert rounds < 5
        verify(after)
        arrays = {
            name: np.resize(ODD if x.dtype.kind == "f" else [0, 1, 3], x.shape).astype(x.dtype)
            for name, x in graph.inputs.items()
        }
        before, now = graphs.compute(graph, arrays), graphs.compute(after, arrays)
        if exact:
            graphs.identical(now, before)
        else:
            for name in before:
                np.testing.assert_allclose(now[name], before[name], rtol=1e-15)
        return after.outputs["out0"]

    return run


def number(value, dtype=float):
    return constant(value, dtype)


@pytest.mark.parametrize(
    ("op", "value"), [("multiply", 1.0), ("divide", 1.0), ("subtract", 0.0), ("add", -0.0)]
)
def test_neutral_elements_go(graphs, simpler, op, value):
    x = graphs.taken("x", (9,))
    assert simpler(graphs.made(op, x, number(value))) is x
    if op in ("multiply", "add"):
        assert simpler(graphs.made(op, number(value), x)) is x


@pytest.mark.parametrize(
    ("op", "value"),
    [("multiply", 0.0), ("add", 0.0), ("subtract", -0.0), ("divide", 2.0), ("multiply", np.nan)],
)
def test_what_is_not_neutral_for_odd_numbers_stays(graphs, simpler, op, value):
    """x * 0 may be NaN, and -0.0 + 0.0 is 0.0."""
    x = graphs.taken("x", (9,))
    assert simpler(graphs.made(op, x, number(value))).op == op


def test_one_divided_or_lessened_stays(graphs, simpler):
    x = graphs.taken("x", (9,))
    assert simpler(graphs.made("divide", number(1.0), x)).op == "divide"
    assert simpler(graphs.made("subtract", number(0.0), x)).op == "subtract"


@pytest.mark.parametrize("op", ["add", "subtract"])
def test_integers_have_one_zero(graphs, simpler, op):
    x = graphs.taken("x", (3,), int)
    assert simpler(graphs.made(op, x, number(0, int))) is x


def test_a_neutral_element_of_another_type_or_shape_is_not_lost(graphs, simpler):
    x = graphs.taken("x", (9,), np.float32)
    assert simpler(graphs.made("multiply", x, number(1.0, float))).dtype == np.float64
    wider = simpler(graphs.made("multiply", x, number(np.ones((2, 9)), np.float32)))
    assert (wider.op, wider.inputs) == ("broadcast_to", (x,))
    assert simpler(graphs.made("multiply", x, number(np.ones(9), np.float32))) is x


def test_signs(graphs, simpler):
    x, y = graphs.taken("x", (9,)), graphs.taken("y", (9, 1))
    minus_x, minus_y = graphs.made("negative", x), graphs.made("negative", y)
    assert simpler(graphs.made("negative", minus_x)) is x
    assert simpler(graphs.made("multiply", x, number(-1.0))).op == "negative"
    assert simpler(graphs.made("add", x, minus_y)).inputs == (x, y)
    assert simpler(graphs.made("add", minus_x, y)).inputs == (y, x)
    assert simpler(graphs.made("add", x, minus_y)).op == "subtract"
    assert simpler(graphs.made("subtract", x, minus_y)).op == "add"


def test_signs_of_integers_that_widen_stay(graphs, simpler):
    """-(-128) is -128 in eight bits, and 128 in sixteen."""
    x, y = graphs.taken("x", (3,), np.int16), number([-128, 1, 2], np.int8)
    assert simpler(graphs.made("add", x, graphs.made("negative", y))).op == "add"


@pytest.mark.parametrize(
    ("power", "op"),
    [
        (1, "input"),
        (2, "square"),
        (-1, "divide"),
        (0, "broadcast_to"),
        (0.5, "sqrt"),
        (3, "power"),
    ],
)
def test_powers(graphs, simpler, power, op):
    x = graphs.taken("x", (9,))
    assert simpler(graphs.made("power", x, number(power)), exact=False).op == op


def test_powers_of_integers(graphs, simpler):
    x = graphs.taken("x", (3,), int)
    assert simpler(graphs.made("power", x, number(2, int))).op == "square"
    assert simpler(graphs.made("power", x, number(2.0))).op == "power"


def test_choices(graphs, simpler):
    x, y = graphs.taken("x", (9,)), graphs.taken("y", (1, 9), np.float32)
    c = graphs.taken("c", (9,), bool)
    yes, no = number(True, bool), number(np.zeros((2, 9)), bool)
    assert simpler(graphs.made("where", yes, x, x)) is x
    assert simpler(graphs.made("where", c, x, x)) is x
    assert simpler(graphs.made("where", yes, x, number(0.0))) is x
    assert simpler(graphs.made("where", no, x, y)).op == "broadcast_to"  # of y as float64
    flipped = simpler(graphs.made("where", graphs.made("logical_not", c), x, y))
    assert flipped.inputs == (c, y, x)


def test_not_of_not(graphs, simpler):
    c, x = graphs.taken("c", (3,), bool), graphs.taken("x", (3,))
    assert simpler(graphs.made("logical_not", graphs.made("logical_not", c))) is c
    truth = graphs.made("logical_not", graphs.made("logical_not", x))
    assert simpler(truth).op == "logical_not"


def test_types(graphs, simpler):
    x, k = graphs.taken("x", (9,), np.float32), graphs.taken("k", (9,), np.int64)

    def converted(x, *dtypes):
        for dtype in dtypes:
            x = graphs.made("astype", x, dtype=np.dtype(dtype))
        return x

    assert simpler(converted(x, "f4")) is x
    assert simpler(converted(x, "f8", "f4")) is x
    assert simpler(converted(graphs.taken("y", (9,)), "f4", "f8")).inputs[0].op == "astype"
    assert simpler(converted(k, "f8", "f4")).inputs[0].op == "astype"  # it would round once
    assert simpler(converted(graphs.taken("c", (9,), bool), "i8", "f4")).inputs[0].op == "input"


@pytest.mark.parametrize("op", ["sum", "mean", "prod", "max", "min"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_of_one_number_each(graphs, simpler, op, keepdims):
    x = graphs.taken("x", (9, 1))
    for axis in ((), (1,)):
        after = simpler(graphs.made(op, x, axis=axis, keepdims=keepdims))
        assert after.op in ("input", "reshape", "add")
    assert simpler(graphs.made(op, x, axis=(0,), keepdims=keepdims)).op == op


def test_sums_of_truths_are_counted(graphs, simpler):
    c = graphs.taken("c", (3, 1), bool)
    assert simpler(graphs.made("sum", c, axis=(1,), keepdims=False)).op == "sum"


def test_views_of_views(graphs, simpler):
    x = graphs.taken("x", (2, 3, 4))
    flat = graphs.made("reshape", graphs.made("reshape", x, shape=(6, 4)), shape=(24,))
    assert simpler(flat).inputs == (x,)
    assert simpler(graphs.made("reshape", flat, shape=(2, 3, 4))) is x
    turned = graphs.made("transpose", x, axes=(1, 2, 0))
    assert simpler(graphs.made("transpose", turned, axes=(2, 0, 1))) is x
    assert simpler(graphs.made("transpose", turned, axes=(0, 2, 1))).attributes["axes"] == (1, 0, 2)
    wide = graphs.made("broadcast_to", x, shape=(1, 2, 3, 4))
    assert simpler(graphs.made("broadcast_to", wide, shape=(5, 2, 3, 4))).inputs == (x,)
    assert simpler(graphs.made("broadcast_to", x, shape=(2, 3, 4))) is x


def test_operands_are_broadcast_by_the_operation_itself(graphs, simpler):
    x, b = graphs.taken("x", (2, 9)), graphs.taken("b", (9,))
    wide = graphs.made("broadcast_to", b, shape=(2, 9))
    assert simpler(graphs.made("multiply", x, wide)).inputs == (x, b)


def test_what_is_repeated_is_computed_once(graphs, simpler):
    b, c = graphs.taken("b", (9,)), graphs.taken("c")
    wide = [graphs.made("broadcast_to", x, shape=(2, 9)) for x in (b, c)]
    after = simpler(graphs.made("tanh", graphs.made("add", *wide)))
    assert (after.op, after.inputs[0].op, after.inputs[0].shape) == ("broadcast_to", "tanh", (9,))


def test_one_number_throughout(graphs, simpler):
    """Arrays of one number are that number, in any shape; zeros of two signs are two numbers."""
    x = graphs.taken("x", (3, 2))
    ones = graphs.made("reshape", number(np.ones((2, 3))), shape=(3, 2))
    assert simpler(graphs.made("multiply", x, ones)) is x
    filled = graphs.made("full_like", graphs.made("exp", x), fill=1)
    turned = graphs.made("transpose", filled, axes=(1, 0))
    assert simpler(turned).inputs[0].op == "constant"
    assert simpler(graphs.made("add", x, number([[-0.0, 0.0]]))).op == "add"
    assert simpler(number([[-0.0, 0.0, -0.0]])).op == "constant"
    assert simpler(number([-0.0, -0.0])).op == "broadcast_to"
    assert simpler(number([np.nan, np.nan])).op == "constant"


def test_joining_one_array_or_empty_ones(graphs, simpler):
    x, none = graphs.taken("x", (2, 9)), graphs.taken("none", (2, 0))
    y = graphs.taken("y", (2, 1))
    assert simpler(graphs.made("concatenate", x, axis=0)) is x
    assert simpler(graphs.made("concatenate", none, x, none, axis=1)) is x
    assert simpler(graphs.made("concatenate", x, none, y, axis=1)).inputs == (x, y)
    assert simpler(graphs.made("concatenate", none, none, axis=1)).op == "concatenate"
    whole = graphs.taken("whole", (2, 0), np.float32)
    narrow = graphs.taken("narrow", (2, 1), np.float32)
    assert simpler(graphs.made("concatenate", whole, narrow, axis=1)) is narrow
    assert simpler(graphs.made("concatenate", none, narrow, axis=1)).op == "concatenate"


def test_what_was_flattened_and_joined_is_cut_and_shaped_again(graphs, simpler):
    """As a training step does with its parameters."""
    parts = [graphs.taken(f"w{k}", shape) for k, shape in enumerate([(2, 3), (4,), (1, 5)])]
    flat = [graphs.made("reshape", w, shape=(w.size,)) for w in parts]
    joined, begin = graphs.made("concatenate", *flat, axis=0), 0
    for w in parts:
        cut = graphs.made("getitem", joined, pattern=(slice(begin, begin + w.size),))
        assert simpler(graphs.made("reshape", cut, shape=w.shape)) is w
        begin += w.size


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        ((slice(None), slice(1, 3)), "y"),
        ((..., slice(-2, None)), "z"),
        ((0, slice(3, 5)), "z"),
        ((None, 1, slice(0, 1)), "x"),
        ((slice(None), -1), "z"),
        ((slice(None), 2), "y"),
        ((slice(None), slice(0, 2)), "joined"),
        ((slice(None), slice(2, 0, -1)), "joined"),
        ((slice(None), slice(2, 2)), "joined"),
        ((slice(0, 1),), "joined"),
    ],
)
def test_cuts_of_joined_arrays(graphs, simpler, pattern, source):
    parts = {"x": graphs.taken("x", (2, 1)), "y": graphs.taken("y", (2, 2))}
    parts["z"] = graphs.taken("z", (2, 3))
    joined = graphs.made("concatenate", *parts.values(), axis=1)
    after = simpler(graphs.made("getitem", joined, pattern=pattern))
    needed = [node.op for node in Graph({}, {"y": after}).nodes]
    assert ("concatenate" in needed) == (source == "joined")
    if source != "joined":
        root = after
        while root.inputs:
            root = root.inputs[0]
        assert root is parts[source]


@pytest.mark.parametrize(
    ("pattern", "whole"),
    [
        ((), True),
        ((...,), True),
        ((slice(None), slice(0, 3)), True),
        ((None, slice(None), ..., slice(None), 0), True),
        ((slice(-9, 9),), True),
        ((..., slice(None, None, -1)), True),
        ((slice(None), slice(None, None, -1)), False),
        ((0,), False),
        ((slice(1, None),), False),
        ((slice(None, None, 2),), False),
    ],
)
def test_everything_picked_is_a_reshape_and_back(graphs, simpler, pattern, whole):
    x = graphs.taken("x", (2, 3, 1))
    picked = graphs.made("getitem", x, pattern=pattern)
    assert (simpler(picked).op in ("input", "reshape")) == whole
    g = graphs.taken("g", picked.shape)
    put = graphs.made("add_at", g, pattern=pattern, shape=(2, 3, 1))
    assert (simpler(put).op in ("input", "reshape")) == whole


def test_indices_that_are_arrays_stay(graphs, simpler):
    x, i = graphs.taken("x", (3,)), number([0, 1, 2], int)
    assert simpler(graphs.made("getitem", x, i, pattern=(ARRAY,))).op == "getitem"
    put = graphs.made("add_at", x, i, pattern=(ARRAY,), shape=(3,))
    assert simpler(put).op == "add_at"


def test_the_line_of_the_user_stays(graphs, simpler):
    x = graphs.taken("x", (9,))
    assert simpler(graphs.made("power", x, number(2.0)), exact=False).line == "model.py:1"


def test_nothing_to_do_is_the_same_graph(graphs):
    graph = graphs.of(graphs.made("tanh", graphs.taken("x")))
    assert simplify(graph) is graph
