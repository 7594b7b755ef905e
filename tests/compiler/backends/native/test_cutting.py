"""Long bodies call the elementary functions that short ones have inlined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baremath.autodiff import grad
from baremath.compiler import compile  # noqa: A004 - as in torch.compile


def chain(n: int) -> Any:
    def f(x: Any) -> Any:
        for _ in range(n):
            x = np.sin(x) * 1.01
        return x

    return f


def n_calls(f: Any) -> int:
    """Return how many calls of the sine stay calls."""
    lines = f.llvm.splitlines()
    return sum("@bm.sin." in line and line.endswith(" noinline") for line in lines)


@pytest.mark.parametrize("shape", [(), (3,), (70,)])
def test_a_long_chain_is_computed_by_calls(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    f = compile(chain(100))
    np.testing.assert_allclose(f(x), chain(100)(x), rtol=1e-12)
    assert n_calls(f) >= 100


def test_a_chain_of_ten_is_inlined() -> None:
    f = compile(chain(10))
    f(np.ones(70))
    assert n_calls(f) == 0


def test_a_long_loop_does_not_keep_a_short_one_from_being_inlined() -> None:
    f = compile(lambda x, y: (chain(100)(x), chain(2)(y)))
    f(np.ones(70), np.ones(90))
    alone = compile(chain(100))
    alone(np.ones(70))
    assert n_calls(f) == n_calls(alone)


def test_the_gradient_of_a_long_chain() -> None:
    """The derivative of the chain is the product of the derivatives of its links."""
    x = np.array([0.3, 1.2])
    expected, value = np.ones(2), x
    for _ in range(1000):
        expected, value = expected * 1.01 * np.cos(value), np.sin(value) * 1.01
    found = compile(grad(lambda x: np.sum(chain(1000)(x))))(x)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
