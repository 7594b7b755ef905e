"""Sums of many float32: rounding errors stay small, however they are added up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath.autodiff import tree
from baremath.compiler.arguments import Arguments
from baremath.compiler.compiled import compile as compiled
from baremath.compiler.loops.lower import lower
from baremath.compiler.loops.python import run
from baremath.compiler.passes import optimise
from baremath.compiler.trace import trace

#: Functions of a matrix, each with many summands for one result.
SUMS: dict[str, Callable[[Any], Any]] = {
    "all": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "columns": lambda x: x.sum(0),
    "rows": lambda x: x.T.sum(1),
    "part": lambda x: x[:, :3].sum(),
    "squares": lambda x: (x * x).sum(),
    "two": lambda x: (x.sum(), (x * x).sum(), x.max()),
}


def equal(n: int) -> Any:
    """Return a matrix of equal numbers: all their sums are rounded in one direction."""
    return np.full((n // 10, 10), 0.1, np.float32)


def far_off(got: Any, x: Any, name: str) -> float:
    expected = SUMS[name](x.astype(np.float64))
    pairs = zip(got, expected, strict=True) if name == "two" else [(got, expected)]
    return max(float(np.max(np.abs(a / b - 1))) for a, b in pairs)


@pytest.mark.parametrize("name", SUMS)
def test_native(name: str) -> None:
    f = compiled(SUMS[name])
    for x in (equal(1_000_000), equal(1_000_000)[:99_991], equal(2570)):
        assert far_off(f(x), x, name) < 1e-5
    x = np.random.default_rng(0).normal(size=(30_000, 10)).astype(np.float32) + 1
    assert far_off(f(x), x, name) < 1e-5
    for one, again in zip(tree.leaves(f(x)), tree.leaves(f(x)), strict=True):
        np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("name", ["all", "columns"])
def test_integers_and_largest_numbers_in_blocks(name: str) -> None:
    x = np.random.default_rng(1).integers(-9, 9, (7000, 10))
    np.testing.assert_array_equal(compiled(SUMS[name])(x), SUMS[name](x))
    np.testing.assert_array_equal(compiled(lambda x: x.max(0))(x), x.max(0))


@pytest.mark.parametrize("name", ["all", "columns", "mean"])
def test_source(name: str) -> None:
    x = equal(60_000)
    lowered = lower(optimise(trace(SUMS[name], x).graph)[0])
    assert far_off(run(lowered, Arguments(SUMS[name], (x,), {}).arrays)["out"], x, name) < 1e-6
