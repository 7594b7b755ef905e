"""What a tensor and an array offer works in a trace too, or is refused at the user's line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import baremath as bm
from baremath.autodiff import Tensor, tensor
from baremath.autodiff.operators import Operators
from baremath.compiler.trace import TraceError, trace

X = np.array([[0.5, -1.0, 2.0], [3.0, 0.25, -0.5]])

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "astype": (np.float32,),
    "clip": (-0.5, 0.5),
    "dot": (np.ones(3),),
    "reshape": (3, 2),
}


def methods() -> list[str]:
    public = [name for name in vars(Operators) if not name.startswith("_")]
    return [name for name in public if callable(getattr(Operators, name))]


@pytest.mark.parametrize("argument", [X, tensor(X, dtype=float)])
@pytest.mark.parametrize("name", methods())
def test_a_method(name: str, argument: Any) -> None:
    def f(x: Any) -> Any:
        return getattr(x, name)(*ARGUMENTS.get(name, ()))

    expected = f(Tensor(np.abs(X))).numpy()
    got = bm.compile(f)(np.abs(argument))
    got = got.numpy() if isinstance(got, Tensor) else got
    np.testing.assert_allclose(got, expected, rtol=1e-7)


@pytest.mark.parametrize("name", ["argmax", "argmin", "std"])
def test_methods_of_arrays_and_tensors_agree(name: str) -> None:
    for axis in (None, 0, -1):
        expected = getattr(X, name)(axis=axis)
        got = getattr(Tensor(X), name)(axis=axis).numpy()
        np.testing.assert_allclose(got, expected)
        np.testing.assert_allclose(bm.compile(lambda x, a=axis: getattr(x, name)(a))(X), expected)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: x % 2, "% has no operation here"),
        (lambda x: 2 // x, "// has no operation here"),
        (lambda x: divmod(x, 2), "divmod() has no operation here"),
        (lambda x: (x > 0) ^ (x < 1), "^ has no operation here"),
        (lambda x: x.astype(int) << 1, "<< has no operation here"),
        (lambda x: ~x.astype(int), "~ combines the bits of int64"),
        (lambda x: x.astype(int) & 1, "& combines the bits of int64"),
        (lambda x: x.astype(int) | (x > 0), "| combines the bits of int64"),
        (lambda x: np.round(x), "np.round of a tensor has no operation here"),
        (lambda x: np.hypot(x, x), "np.hypot of a tensor has no operation here"),
        (lambda x: np.sum(x, where=x > 0), "np.sum of a tensor doesn't take where="),
        (lambda x: x.repeat(2), "x.repeat of an array has no operation"),
        (lambda x: x.all(), "np.all asks for values"),
    ],
)
def test_what_has_no_operation_is_refused_at_the_users_line(f: Any, words: str) -> None:
    with pytest.raises(TraceError) as error:
        trace(f, X)
    assert str(error.value).startswith("test_symbol.py:")
    assert words in str(error.value)


def test_truth_values_are_combined_as_numpy_does() -> None:
    def f(x: Any) -> Any:
        return ~(x > 0) & (x < 2) | (x == 3), (x > 0) & True

    for got, expected in zip(bm.compile(f)(X), f(X), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_an_unknown_attribute_is_none() -> None:
    trace(lambda x: x if not hasattr(x, "nothing") and not hasattr(x, "repeat") else -x, X)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        trace(lambda x: x.nothing, X)
