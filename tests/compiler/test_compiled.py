"""What a compiled function keeps from one call to the next."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from baremath.compiler.compiled import MOST_KEPT
from baremath.compiler.compiled import compile as compiled

X = np.arange(3.0)


def scaled(by: float) -> Any:
    return lambda x: by * x


def test_what_is_compiled_for_functions_that_are_gone_is_forgotten() -> None:
    f = compiled(lambda g, x: g(x), backend="interpreter")
    kept = scaled(-1.0)
    f(kept, X)
    first = f.last
    for k in range(MOST_KEPT + 10):
        np.testing.assert_array_equal(f(scaled(float(k)), X), k * X)
        f(kept, X)
        assert f.last is first, "what is used again and again stays"
    assert len(f._made) == MOST_KEPT


def test_several_threads_at_the_bound() -> None:
    f = compiled(lambda g, x: g(x), backend="interpreter")
    functions = [scaled(float(k)) for k in range(MOST_KEPT + 4)]
    wrong: list[int] = []

    def work(first: int) -> None:
        numbers = range(first, len(functions), 2)
        wrong.extend(k for k in numbers if (f(functions[k], X) != k * X).any())

    threads = [threading.Thread(target=work, args=(k,)) for k in (0, 1, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(f._made) == MOST_KEPT


def test_shapes_that_are_not_used_any_more_are_forgotten() -> None:
    f = compiled(lambda x: x + 1.0, backend="interpreter")
    f(np.ones(500))
    oldest = f.last
    for n in range(MOST_KEPT):
        f(np.ones(n))
    assert len(f._made) == MOST_KEPT
    assert oldest not in f._made.values()
