"""Whatever an argument is called, and whatever kind of number it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import baremath as bm
from baremath.autodiff import Tensor, random
from baremath.compiler.arguments import Arguments
from baremath.compiler.loops.lower import lower
from baremath.compiler.loops.python import run
from baremath.compiler.trace import TraceError, trace

X = np.arange(1.0, 5.0)
BACKENDS = ["native", "interpreter"]


def by_source(f: Any, *args: Any) -> Any:
    traced = trace(f, *args)
    return traced.rebuild(run(lower(traced.graph), Arguments(f, args, {}).arrays))


@pytest.mark.parametrize(
    "f",
    [
        lambda out: out * X,
        lambda arena: np.exp(arena).sum() * arena,
        lambda constants: constants * X,
        lambda arena, arena_=X: arena * arena_,
        lambda größe: größe * X,
        lambda *out: out[0] * X,
    ],
)
def test_names_of_arguments(f: Any) -> None:
    for backend in BACKENDS:
        np.testing.assert_allclose(bm.compile(f, backend=backend)(X), f(X))
    np.testing.assert_allclose(by_source(f, X), f(X))


def test_names_of_outputs() -> None:
    assert list(trace(lambda x: x, X).graph.outputs) == ["out"]
    assert list(trace(lambda out, out_: (out, out_), X, X).graph.outputs) == [
        "out__[0]",
        "out__[1]",
    ]


@pytest.mark.parametrize("key", ['a"b', "a\\b", "a'b", "", "é", "\n", "%0", 0, None, ("a", 1)])
def test_keys_of_dicts(key: Any) -> None:
    def f(params: Any) -> Any:
        return {key: params[key] * X}

    for backend in BACKENDS:
        np.testing.assert_array_equal(bm.compile(f, backend=backend)({key: X})[key], X * X)


@pytest.mark.parametrize("backend", BACKENDS)
def test_python_integers_that_do_not_fit_are_refused_as_numpy_does(backend: str) -> None:
    f = bm.compile(lambda x, n: x * n, backend=backend)
    x = np.array([3, 2], np.int8)
    np.testing.assert_array_equal(f(x, 100), x * 100)
    with pytest.raises(OverflowError, match="n, 300, is used as int8"):
        f(x, 300)
    with pytest.raises(OverflowError, match="from 0 to 255"):
        f(x.astype(np.uint8), -1)
    np.testing.assert_array_equal(f(X, 2**40), X * 2**40)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_python_integer_is_an_index(backend: str) -> None:
    f = bm.compile(lambda x, i: x[i], backend=backend)
    assert f(X, 2) == 3
    assert f(X, -1) == 4
    with pytest.raises(IndexError, match="out of bounds"):
        f(X, 4)


def test_half_floats_are_refused_by_machine_code() -> None:
    x = X.astype(np.float16)
    with pytest.raises(TraceError, match=r"float16, and machine code computes in float32"):
        bm.compile(lambda x: x + 1)(x)
    assert bm.compile(lambda x: x + 1, backend="interpreter")(x).dtype == np.float16


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_and_tensors_have_programs_of_their_own(backend: str) -> None:
    """A float64 constant widens a float32 array, and follows a float32 tensor."""
    f = bm.compile(lambda x: x * X, backend=backend)
    x = np.ones(4, np.float32)
    for _ in range(2):
        assert isinstance(f(x), np.ndarray)
        assert f(x).dtype == np.float64
        assert isinstance(f(Tensor(x)), Tensor)
        assert f(Tensor(x)).dtype == np.float32


@pytest.mark.parametrize("backend", BACKENDS)
def test_seeds_out_of_range_are_refused(backend: str) -> None:
    def f(seed: Any, step: Any) -> Any:
        with random.stream(seed, step):
            return random.uniform((3,))

    compiled = bm.compile(f, backend=backend)
    np.testing.assert_allclose(compiled(2**40, 3).numpy(), f(2**40, 3).numpy(), rtol=1e-6)
    with pytest.raises(OverflowError, match="seed, -1, is used as uint64"):
        compiled(-1, 3)


@pytest.mark.parametrize("x", [np.ma.array(X, mask=X > 2), X.view(np.recarray)])
def test_arrays_with_an_arithmetic_of_their_own_are_refused(x: Any) -> None:
    with pytest.raises(TraceError, match="whose own arithmetic"):
        bm.compile(lambda x: x * 2)(x)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_order_of_bytes_does_not_matter(backend: str) -> None:
    x = X.astype(X.dtype.newbyteorder())
    got = bm.compile(lambda x: x * 2, backend=backend)(x)
    np.testing.assert_array_equal(got, X * 2)
    assert got.dtype.isnative
