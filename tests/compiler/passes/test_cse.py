"""Common subexpressions."""

import numpy as np
import pytest

from baremath.autodiff.ops.indexing import ARRAY
from baremath.compiler.ir import constant
from baremath.compiler.passes import cse


def distinct(graphs, *outputs):
    """Return how many of the outputs are left different."""
    return len(set(cse(graphs.of(*outputs)).outputs.values()))


def test_expressions_of_expressions(graphs):
    x = graphs.taken("x", (3,))
    one, other = (graphs.made("exp", graphs.made("tanh", x)) for _ in range(2))
    after = cse(graphs.of(graphs.made("multiply", one, other)))
    assert [node.op for node in after.nodes] == ["input", "tanh", "exp", "multiply"]


def test_order_of_inputs_counts(graphs):
    x, y = graphs.taken("x"), graphs.taken("y")
    assert distinct(graphs, graphs.made("subtract", x, y), graphs.made("subtract", y, x)) == 2


def test_inputs_are_never_one(graphs):
    x, y = graphs.taken("x", (3,)), graphs.taken("y", (3,))
    assert distinct(graphs, x, y, graphs.made("exp", x), graphs.made("exp", y)) == 4


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (1.0, 1.0, 1),
        (np.nan, np.nan, 1),
        ([1.0, 2.0], [1.0, 2.0], 1),
        (0.0, -0.0, 2),
        (1.0, np.float32(1), 2),
        (1, True, 2),
        ([1.0], 1.0, 2),
        (np.zeros((2, 3)), np.zeros((3, 2)), 2),
    ],
)
def test_constants(graphs, one, other, count):
    assert distinct(graphs, constant(one), constant(other)) == count


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (slice(1, None), slice(1, None), 1),
        ((slice(1, None), None, ...), (slice(1, None), None, ...), 1),
        (slice(1, None), slice(0, None), 2),
        (slice(0, 1), 0, 2),
    ],
)
def test_patterns(graphs, one, other, count):
    x = graphs.taken("x", (2, 3))
    picked = [
        graphs.made("getitem", x, pattern=index if isinstance(index, tuple) else (index,))
        for index in (one, other)
    ]
    assert distinct(graphs, *picked) == count


@pytest.mark.parametrize(
    ("one", "other", "count"), [(2.0, 2.0, 1), (0.0, -0.0, 2), (np.nan, np.nan, 1), (1, 1.0, 2)]
)
def test_numbers_as_attributes(graphs, one, other, count):
    x = graphs.taken("x", (3,))
    filled = [graphs.made("full_like", x, fill=fill) for fill in (one, other)]
    assert distinct(graphs, *filled) == count


def test_types_and_shared_attributes(graphs):
    x = graphs.taken("x", (3,))
    attributes = {"dtype": np.dtype(np.float32)}
    single = [graphs.made("astype", x, **attributes) for _ in range(2)]
    double = graphs.made("astype", x, dtype=np.dtype(np.float64))
    assert distinct(graphs, *single, double) == 2


def test_indices_are_inputs(graphs):
    x, i = graphs.taken("x", (3,)), graphs.taken("i", (2,), int)
    picked = [graphs.made("getitem", x, i, pattern=(ARRAY,)) for _ in range(2)]
    assert distinct(graphs, *picked) == 1


def test_arrays_lists_and_mappings_as_attributes(graphs):
    """Attributes of any kind are compared by value, unknown objects by identity."""
    x, thing = graphs.taken("x", (3,)), object()
    for attribute, same in [
        (lambda: np.arange(3), True),
        (lambda: {"a": [1, (2.0, None)]}, True),
        (lambda: thing, True),
        (object, False),
    ]:
        nodes = [graphs.made("tanh", x) for _ in range(2)]
        nodes = [type(n)(n.op, n.inputs, {"a": attribute()}, n.shape, n.dtype) for n in nodes]
        assert distinct(graphs, *nodes) == (1 if same else 2)


def test_random_numbers_of_one_draw(graphs):
    """They are functions of seed, step and draw: the same of the same."""
    seed, step = graphs.taken("seed", (), int), graphs.taken("step", (), int)
    draws = [
        graphs.made("uniform", seed, step, shape=(2,), draw=draw, dtype=np.dtype(np.float32))
        for draw in (0, 0, 1)
    ]
    assert distinct(graphs, *draws) == 2


def test_nothing_twice_is_the_same_graph(graphs):
    graph = graphs.of(graphs.made("tanh", graphs.taken("x")))
    assert cse(graph) is graph
