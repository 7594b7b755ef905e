"""Loops as vectors against the same loops turn by turn, beside poisoned margins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.compiler.backends.native.evaluator import evaluate
from tests.compiler.backends.native.running import run

from baremath import scalar
from baremath.compiler.loops.language import (
    Accumulate,
    Buffer,
    Cast,
    Index,
    Let,
    Load,
    Loop,
    Program,
    Start,
    Store,
)

x, y, k = (scalar.variable(name) for name in "xyk")
EXTENTS = [1, 2, 3, 7, 8, 15, 16, 17, 33, 64, 100, 257]
WIDTHS = [16, 32, 64]


def buffer(name: str, dtype: str, shape: tuple[int, ...], strides: tuple[int, ...]) -> Buffer:
    room = 1 + sum(max(n - 1, 0) * s for n, s in zip(shape, strides, strict=True))
    return Buffer(name, dtype, shape, strides, name, 0, room)


def at(*terms: tuple[str, int], offset: int = 0) -> Index:
    return Index(terms, offset)


def check(body: Any, buffers: list[Buffer], arrays: dict[str, Any], width: int) -> None:
    program = Program("f", tuple(buffers), tuple(body))
    expected = {name: array.copy() for name, array in arrays.items()}
    evaluate(program, expected)
    run(program, arrays, width)
    for name, array in arrays.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(array, expected[name], rtol=3e-5, atol=1e-5)
        else:
            assert (array == expected[name]).all(), name


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n", EXTENTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elementwise_with_a_sum(n: int, dtype: str, width: int) -> None:
    rng = np.random.default_rng(n)
    a, b = buffer("a", dtype, (n,), (1,)), buffer("b", dtype, (n,), (1,))
    total = buffer("total", dtype, (), ())
    body = [
        Start("s", dtype, "add"),
        Start("m", dtype, "maximum"),
        Loop(
            "i",
            n,
            (
                Load("x", a, at(("i", 1))),
                Let("y", dtype, scalar.tanh(x) * x + 0.5),
                Store(b, at(("i", 1)), "y"),
                Accumulate("s", "y"),
                Accumulate("m", "y"),
            ),
            lanes=True,
        ),
        Let("t", dtype, scalar.variable("s") / scalar.variable("m")),
        Store(total, at(), "t"),
    ]
    arrays = {
        "a": rng.normal(size=n).astype(dtype),
        "b": np.zeros(n, dtype),
        "total": np.zeros(1, dtype),
    }
    check(body, [a, b, total], arrays, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n", [1, 3, 16, 21, 40])
def test_accumulating_in_each_lane(n: int, width: int) -> None:
    """Sums over columns that lie apart: the loop with lanes is outside."""
    a = buffer("a", "float32", (n, 5), (1, n + 3))
    b = buffer("b", "float32", (n,), (1,))
    inner = Loop("j", 5, (Load("x", a, at(("i", 1), ("j", n + 3))), Accumulate("s", "x")))
    body = [
        Loop(
            "i",
            n,
            (Start("s", "float32", "minimum"), inner, Store(b, at(("i", 1)), "s", add=True)),
            lanes=True,
        )
    ]
    rng = np.random.default_rng(n)
    arrays = {
        "a": rng.normal(size=a.room).astype(np.float32),
        "b": rng.normal(size=n).astype(np.float32),
    }
    check(body, [a, b], arrays, width)


@pytest.mark.parametrize("n", [1, 5, 16, 37])
def test_strides_gathers_and_scatters(n: int) -> None:
    a = buffer("a", "float32", (n,), (3,))
    index = buffer("index", "int64", (n,), (1,))
    table = buffer("table", "float32", (7, 2), (2, 1))
    b = buffer("b", "float32", (n,), (2,))
    body = [
        Loop(
            "i",
            n,
            (
                Load("x", a, at(("i", 3))),
                Load("p", index, at(("i", 1))),
                Let("k", "int64", scalar.where(scalar.variable("p") < 0, scalar.variable("p") + 7,
                                               scalar.variable("p"))),
                Load("y", table, at(("k", 2), offset=1)),
                Let("z", "float32", x * y),
                Store(b, at(("i", 2)), "z"),
            ),
            lanes=True,
        )
    ]  # fmt: skip
    rng = np.random.default_rng(n)
    arrays = {
        "a": rng.normal(size=a.room).astype(np.float32),
        "index": rng.integers(-7, 7, n),
        "table": rng.normal(size=14).astype(np.float32),
        "b": rng.normal(size=b.room).astype(np.float32),
    }
    check(body, [a, index, table, b], arrays, 64)


def test_truth_values_integers_and_casts() -> None:
    n = 21
    a, b = buffer("a", "float32", (n,), (1,)), buffer("b", "bool", (n,), (1,))
    c, d = buffer("c", "int64", (n,), (1,)), buffer("d", "float64", (n,), (1,))
    body = [
        Loop(
            "i",
            n,
            (
                Load("x", a, at(("i", 1))),
                Let("y", "bool", (x > 0) & ~(x > 1)),
                Store(b, at(("i", 1)), "y"),
                Cast("k", "int64", "x"),
                Let("z", "int64", scalar.maximum(k * k, 2) - scalar.sign(k)),
                Store(c, at(("i", 1)), "z"),
                Cast("w", "float64", "y"),
                Let("v", "float64", scalar.where(scalar.variable("y"), scalar.variable("w"), -1)),
                Store(d, at(("i", 1)), "v"),
            ),
            lanes=True,
        )
    ]
    rng = np.random.default_rng(0)
    arrays = {
        "a": (3 * rng.normal(size=n)).astype(np.float32),
        "b": np.zeros(n, np.bool_),
        "c": np.zeros(n, np.int64),
        "d": np.zeros(n),
    }
    check(body, [a, b, c, d], arrays, 64)


def test_padding_of_the_arena_may_be_written_and_is_never_counted() -> None:
    n = 10
    h = Buffer("h", "float32", (n, 2), (1, 16), "arena", 0, 32)
    total = buffer("total", "float32", (2,), (1,))
    fill = Loop("i", n, (Let("one", "float32", scalar.constant(1.0)),
                         Store(h, at(("i", 1), ("j", 16)), "one")), lanes=True)  # fmt: skip
    add = Loop("i", n, (Load("x", h, at(("i", 1), ("j", 16))), Accumulate("s", "x")), lanes=True)
    body = [
        Loop("j", 2, (fill,)),
        Loop("j", 2, (Start("s", "float32", "add"), add, Store(total, at(("j", 1)), "s"))),
    ]
    arrays = {"arena": np.full(32, np.nan, np.float32), "total": np.zeros(2, np.float32)}
    run(Program("f", (h, total), tuple(body)), arrays, 64)
    assert (arrays["total"] == n).all()
