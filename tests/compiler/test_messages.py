"""What is said where a function can't be compiled: the user's line, the cause, what to write."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import scipy.special

import baremath as bm
from baremath.compiler import TraceError

X = np.arange(1.0, 4.0)
FOUND: list[int] = []


def filled(x: Any) -> Any:
    out = np.zeros(3)
    out[1] = x[0]
    return out


def filled_by_slices(x: Any) -> Any:
    out = np.zeros(3)
    out[1:] = x[1:]
    return out


def by_scipy(x: Any) -> Any:
    return scipy.special.logsumexp(x)


def drawn(x: Any) -> Any:
    return x * np.random.normal()  # noqa: NPY002 - as users write it


def kept(x: Any) -> Any:
    FOUND.append(1)
    return x


@pytest.mark.parametrize(
    ("f", "line", "words"),
    [
        (filled, 2, "write np.stack, np.concatenate or np.where"),
        (filled_by_slices, 2, "write np.stack, np.concatenate or np.where"),
        (by_scipy, 1, "asks for values that are not known"),
        (drawn, 0, "the function draws from np.random"),
        (kept, 0, "the global FOUND has changed"),
        (lambda x: x if x.any() else -x, None, "np.any asks for values .* write np.where"),
        (lambda x: x if np.any(x) else -x, None, "np.any asks for values .* write np.where"),
        (lambda x: x if x.all() else -x, None, "np.all asks for values .* write np.where"),
        (lambda x: x if x.sum() > 0 else -x, None, r"write np\.where\(condition, a, b\)"),
        (lambda x: np.sort(x), None, "np.sort of a tensor has no operation .* outside of the comp"),
        (lambda x: np.argsort(x), None, "outside of the compiled function, and give the result"),
        (lambda x: np.median(x), None, "outside of the compiled function, and give the result"),
        (lambda x: np.flip(x), None, r"write it with x\[::-1\]; or compute it outside"),
    ],
)
def test_an_error_names_the_users_line(f: Any, line: int | None, words: str) -> None:
    with pytest.raises(TraceError, match=words) as error:
        bm.compile(f)(X)
    number = inspect.getsourcelines(f)[1] + (line or 0)
    assert str(error.value).startswith(f"test_messages.py:{number}: ")
    assert "detach" not in str(error.value)


def test_the_argument_is_named() -> None:
    with pytest.raises(TraceError, match="the argument x is an object: a compiled function takes"):
        bm.compile(lambda x: x)(object())
    with pytest.raises(TraceError, match=r"the argument x is float16, .* x.astype\(np.float32\)"):
        bm.compile(lambda x: 2 * x)(X.astype(np.float16))


def test_an_optimizer_is_given_the_learning_rate_only() -> None:
    parameters = bm.nn.Linear(300, 300).parameters()
    with pytest.raises(TypeError, match="the learning rate only; the Trainer brings") as error:
        bm.optim.Adam(parameters, 0.1)  # type: ignore[arg-type]
    assert len(str(error.value)) < 200
