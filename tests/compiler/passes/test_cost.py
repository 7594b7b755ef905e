"""What nodes cost."""

import numpy as np
import pytest

from baremath.compiler.ir import Node, constant
from baremath.compiler.passes import bytes_of, flops


def test_products_count_multiplications_and_additions(graphs):
    x, w, b = graphs.taken("x", (8, 5)), graphs.taken("w", (3, 5)), graphs.taken("b", (3,))
    assert flops(graphs.made("linear", x, w, b)) == 2 * 8 * 3 * 5
    stack = graphs.taken("stack", (4, 5, 3))
    assert flops(graphs.made("matmul", x, stack)) == 2 * 4 * 8 * 3 * 5
    assert flops(graphs.made("einsum", x, w, subscripts="ij,kj->ik")) == 2 * 8 * 3 * 5
    assert flops(graphs.made("einsum", x, subscripts="ij->j")) == 8 * 5


def test_equations(graphs):
    a = constant(np.broadcast_to(np.eye(6), (4, 6, 6)))
    solved = Node("solve", (a, constant(np.ones((4, 6, 2)))), {}, (4, 6, 2), np.dtype(float))
    assert flops(solved) == pytest.approx(4 * (2 * 6**3 / 3 + 2 * 6**2 * 2))


def test_other_operations_count_what_they_read_or_write(graphs):
    x = graphs.taken("x", (8, 5))
    assert flops(graphs.made("tanh", x)) == 40
    assert flops(graphs.made("sum", x, axis=(0, 1), keepdims=False)) == 40
    assert flops(graphs.made("add", x, graphs.taken("y", (3, 1, 1)))) == 120


def test_views_inputs_and_constants_are_free(graphs):
    x = graphs.taken("x", (8, 5))
    views = [
        graphs.made("reshape", x, shape=(40,)),
        graphs.made("transpose", x, axes=(1, 0)),
        graphs.made("broadcast_to", x, shape=(3, 8, 5)),
        graphs.made("getitem", x, pattern=(slice(2, None),)),
    ]
    assert [flops(node) for node in (x, constant(1.0), *views)] == [0] * 6
    assert [bytes_of(node) for node in views] == [0] * 4


@pytest.mark.parametrize(("dtype", "size"), [("f4", 4), ("f8", 8), ("i8", 8), ("?", 1)])
def test_bytes_are_those_of_the_array(graphs, dtype, size):
    assert bytes_of(graphs.taken("x", (8, 5), dtype)) == 40 * size
