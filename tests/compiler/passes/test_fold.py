"""Constant folding."""

import numpy as np
import pytest

from baremath.compiler.ir import CONSTANT, Node, constant
from baremath.compiler.passes import fold


def folded(graphs, node):
    return fold(graphs.of(node)).outputs["out0"]


def test_a_whole_expression_becomes_its_number(graphs):
    """One pass is enough: each node sees its inputs folded."""
    two = constant(2.0, np.float32)
    y = graphs.made("tanh", graphs.made("add", graphs.made("square", two), two))
    found = folded(graphs, y)
    assert found.op == CONSTANT
    np.testing.assert_array_equal(found.attributes["value"], np.tanh(np.float32(6)))
    assert (found.dtype, found.line) == (np.float32, "model.py:1")
    assert len(fold(graphs.of(y))) == 1


@pytest.mark.parametrize(
    ("op", "number"), [("log", 0.0), ("log", -1.0), ("sqrt", -1.0), ("exp", 1e9), ("negative", 0.0)]
)
def test_odd_numbers_give_no_warning(graphs, op, number):
    graph = graphs.of(graphs.made(op, constant(number)))
    graphs.identical(graphs.compute(fold(graph), {}), graphs.compute(graph, {}))
    assert len(fold(graph)) == 1


def test_what_depends_on_an_input_stays(graphs):
    x = graphs.taken("x", (3,))
    graph = graphs.of(graphs.made("multiply", x, constant([1.0, 2.0, 3.0])))
    assert fold(graph) is graph


@pytest.mark.parametrize("op", ["uniform", "normal"])
def test_random_numbers_stay(graphs, op):
    draw = graphs.made(op, constant(1), constant(2), shape=(2,), draw=0, dtype=np.dtype(np.float32))
    assert folded(graphs, draw).op == op


def test_results_much_larger_than_what_they_are_made_of_stay(graphs):
    column, row = constant(np.arange(20.0)[:, None]), constant(np.arange(20.0))
    assert folded(graphs, graphs.made("add", column, row)).op == "add"
    assert folded(graphs, graphs.made("add", row, row)).op == CONSTANT
    repeated = graphs.made("broadcast_to", row, shape=(1, 20))
    assert folded(graphs, repeated).op == "broadcast_to"


def test_more_than_a_million_elements_stay(graphs):
    assert folded(graphs, graphs.made("negative", constant(np.ones(1_000_001)))).op == "negative"
    assert folded(graphs, graphs.made("negative", constant(np.ones(1_000_000)))).op == CONSTANT


def test_an_error_waits_for_the_run(graphs):
    singular = (constant(np.zeros((2, 2))), constant(np.ones(2)))
    singular = Node("solve", singular, {}, (2,), np.dtype(float))
    assert folded(graphs, singular).op == "solve"
    picked = graphs.made("getitem", constant(np.ones((2, 2))), constant(1), pattern=("array",))
    picked = picked.with_inputs((picked.inputs[0], constant(7)))
    assert folded(graphs, picked).op == "getitem"
