"""Small matrix products against NumPy's, in every layout, beside poisoned margins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.compiler.backends.native.running import run

from baremath.compiler.loops.language import Buffer, Index, MatMul, Matrix, Program


def matrix(name: str, dtype: str, shape: tuple[int, int], layout: str, gap: int) -> Matrix:
    rows, columns = shape
    if layout == "rows":
        strides, room = (columns + gap, 1), rows * (columns + gap)
    elif layout == "columns":
        strides, room = (1, rows + gap), columns * (rows + gap)
    else:  # every other element of rows
        strides, room = (2 * columns + gap, 2), rows * (2 * columns + gap)
    buffer = Buffer(name, dtype, shape, strides, name, 0, room)
    return Matrix(buffer, Index(), *strides)


def values(m: Matrix, flat: Any) -> Any:
    steps = tuple(stride * flat.itemsize for stride in m.buffer.strides)
    return np.ndarray(m.buffer.shape, flat.dtype, flat, 0, steps)


CASES = range(60)


@pytest.mark.parametrize("case", CASES)
def test_product(case: int) -> None:
    rng = np.random.default_rng(case)
    m, n, k = (int(x) for x in rng.integers(1, 45, 3))
    dtype = str(rng.choice(["float32", "float64"]))
    layouts = rng.choice(["rows", "columns", "strided"], 3, p=[0.45, 0.45, 0.1])
    gap = int(rng.integers(0, 4))
    add = bool(rng.random() < 0.5)
    shapes = {"c": (m, n), "a": (m, k), "b": (k, n)}
    parts = {
        name: matrix(name, dtype, shape, layout, gap)
        for (name, shape), layout in zip(shapes.items(), layouts, strict=True)
    }
    flat = {name: rng.normal(size=x.buffer.room).astype(dtype) for name, x in parts.items()}
    before = {name: array.copy() for name, array in flat.items()}
    a, b, c = (values(parts[name], before[name]).astype(np.float64) for name in "abc")
    product = MatMul(parts["c"], parts["a"], parts["b"], m, n, k, add)
    buffers = tuple(x.buffer for x in parts.values())
    run(Program("f", buffers, (product,)), flat, int(rng.choice([16, 32, 64])))

    expected = a @ b + (c if add else 0)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(values(parts["c"], flat["c"]), expected, rtol=0, atol=60 * eps * k)
    inside = np.zeros(len(flat["c"]), bool)
    np.ndarray((m, n), bool, inside, 0, parts["c"].buffer.strides)[...] = True
    assert (flat["c"][~inside] == before["c"][~inside]).all(), "wrote between the elements"
    assert all((flat[name] == before[name]).all() for name in "ab")


@pytest.mark.parametrize("add", [False, True])
def test_sum_of_nothing_is_zero(add: bool) -> None:
    c = matrix("c", "float32", (2, 3), "rows", 0)
    a = matrix("a", "float32", (2, 0), "rows", 0)
    b = matrix("b", "float32", (0, 3), "rows", 0)
    flat = {"c": np.ones(6, np.float32)}
    product = MatMul(c, a, b, 2, 3, 0, add)
    run(Program("f", (c.buffer, a.buffer, b.buffer), (product,)), flat)
    assert (flat["c"] == (1 if add else 0)).all()


def test_nan_beside_a_matrix_is_not_read() -> None:
    parts = {name: matrix(name, "float32", (5, 5), "columns", 3) for name in "cab"}
    flat = {name: np.full(x.buffer.room, np.nan, np.float32) for name, x in parts.items()}
    for name in "ab":
        values(parts[name], flat[name])[...] = 1.0
    product = MatMul(parts["c"], parts["a"], parts["b"], 5, 5, 5)
    run(Program("f", tuple(x.buffer for x in parts.values()), (product,)), flat)
    assert (values(parts["c"], flat["c"]) == 5).all()
