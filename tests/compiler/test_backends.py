"""Eager, interpreter, the source run as Python, and machine code: the same results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import baremath as bm
from baremath import nn
from baremath.autodiff import OPERATIONS, Tensor, grad
from baremath.compiler.arguments import Arguments
from baremath.compiler.loops.lower import lower
from baremath.compiler.loops.python import run
from baremath.compiler.passes import optimise
from baremath.compiler.trace import trace

BACKENDS = ["native", "interpreter"]


def cases() -> list[Any]:
    found = []
    for name in sorted(OPERATIONS):
        rng = np.random.default_rng(0)
        try:
            samples = list(OPERATIONS[name].samples(rng))
        except NotImplementedError:
            continue
        for k, (inputs, attributes) in enumerate(samples):
            found.append(pytest.param(name, inputs, attributes, id=f"{name}-{k}"))
    return found


def converted(x: Any, dtype: str) -> Any:
    is_float = isinstance(x, np.ndarray) and x.dtype.kind == "f"
    return x.astype(dtype) if is_float else x


def is_mask(x: Any) -> bool:
    parts = x if isinstance(x, tuple) else (x,)
    return any(isinstance(part, np.ndarray) and part.dtype == bool for part in parts)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "inputs", "attributes"), cases())
def test_operation(name: str, inputs: Any, attributes: Any, dtype: str) -> None:
    operation = OPERATIONS[name]
    if name in ("getitem", "add_at") and is_mask(inputs[1]):
        pytest.skip("the shape depends on the mask: where() is what can be compiled")
    arrays = [converted(x, dtype) for x in inputs]
    floats = [k for k, x in enumerate(arrays) if isinstance(x, np.ndarray)]

    def f(*given: Any) -> Any:
        operands = list(arrays)
        for k, x in zip(floats, given, strict=True):
            operands[k] = x
        return operation(*operands, **attributes)

    given = [arrays[k] for k in floats]
    expected = np.asarray(f(*given))
    eps = np.finfo(dtype).eps
    for backend in BACKENDS:
        got = bm.compile(f, backend=backend)(*given)
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=200 * eps, atol=50 * eps)
    traced = trace(f, *given)
    values = run(lower(optimise(traced.graph)[0]), Arguments(f, given, {}).arrays)
    np.testing.assert_allclose(values["out"], expected, rtol=200 * eps, atol=50 * eps)


@pytest.mark.parametrize("backend", BACKENDS)
def test_second_derivative_of_a_network(backend: str) -> None:
    rng = np.random.default_rng(0)
    X, w, v = rng.normal(size=(7, 3)), rng.normal(size=(5, 3)), rng.normal(size=5)

    def loss(w: Any) -> Any:
        return np.mean(np.tanh(X @ w.T) @ v) ** 2

    def curvature(w: Any) -> Any:
        return grad(lambda w: np.sum(grad(loss)(w) ** 2))(w)

    compiled = bm.compile(curvature, backend=backend)
    np.testing.assert_allclose(compiled(w), curvature(w), rtol=1e-9)


@pytest.mark.parametrize("backend", BACKENDS)
def test_module_as_an_argument(backend: str) -> None:
    model = nn.Sequential(nn.Linear(3, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 2))
    X = bm.tensor(np.random.default_rng(0).normal(size=(5, 3)), dtype=np.float32)
    f = bm.compile(lambda model, x: nn.LogSoftmax()(model(x)), backend=backend)
    expected = nn.LogSoftmax()(model(X))
    with bm.no_grad():
        got = f(model, X).numpy()
        np.testing.assert_allclose(got, expected.detach().numpy(), rtol=2e-5, atol=2e-6)
        for p in model.parameters():
            p *= 0.5
        got, expected = f(model, X).numpy(), nn.LogSoftmax()(model(X))
        np.testing.assert_allclose(got, expected.numpy(), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_are_nobody_elses_and_inputs_stay_as_they_are(backend: str) -> None:
    f = bm.compile(lambda x: (x, x * 2.0, x.T), backend=backend)
    x = np.arange(6.0).reshape(2, 3)
    before = x.copy()
    first = f(x)
    held = [part.copy() for part in first]
    f(x + 1)
    for part, copy in zip(first, held, strict=True):
        assert (part == copy).all()
        assert not np.shares_memory(part, x)
    assert (x == before).all()


def test_tensors_come_back_for_tensors() -> None:
    f = bm.compile(lambda x: x + 1.0)
    assert isinstance(f(bm.tensor([1.0])), Tensor)
    assert isinstance(f(np.ones(2)), np.ndarray)


def test_an_index_out_of_bounds_is_refused_before_anything_is_computed() -> None:
    f = bm.compile(lambda x, i: np.take_along_axis(x, i, 1))
    x = np.arange(6.0).reshape(2, 3)
    assert (f(x, np.array([[2], [-3]])) == [[2], [3]]).all()
    with pytest.raises(IndexError, match="index 3, in i, is out of bounds"):
        f(x, np.array([[0], [3]]))


def test_everything_can_be_seen() -> None:
    f = bm.compile(lambda x: np.sum(np.exp(-x) * 2.0))
    with pytest.raises(RuntimeError, match="call the function first"):
        f.graph  # noqa: B018
    f(np.ones(100, np.float32))
    assert [node.op for node in f.graph.nodes][-1] == "sum"
    assert "for " in f.source
    assert "define" in f.llvm
    assert "ret" in f.assembly
    assert isinstance(f.passes, list)


def test_five_thousand_nodes() -> None:
    def f(x: Any, w: Any) -> Any:
        for _ in range(1250):
            x = np.tanh(x @ w) * 0.5 + x * 0.5
        return np.sum(x)

    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    compiled = bm.compile(f)
    np.testing.assert_allclose(compiled(x, w), f(x, w), rtol=1e-9)
    assert len(compiled.graph) > 5000


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("a", "b"),
    [("f4", "f8"), ("i8", "f8"), ("i8", "f4"), ("?", "f8"), ("i8", "i8"), ("u1", "u1"), ("?", "?")],
)
@pytest.mark.parametrize("inner", [0, 4])
def test_products_of_any_dtypes(a: str, b: str, inner: int, backend: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, (3, inner)).astype(a)
    y = rng.integers(0, 3, (inner, 2)).astype(b)
    got = bm.compile(lambda x, y: x @ y, backend=backend)(x, y)
    assert got.dtype == (x @ y).dtype
    np.testing.assert_array_equal(got, x @ y)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shapes", [((0,), (0,)), ((3, 0), (0, 2)), ((2, 1, 0), (0, 1))])
def test_products_over_nothing(shapes: Any, backend: str) -> None:
    x, y = map(np.ones, shapes)
    np.testing.assert_array_equal(bm.compile(lambda x, y: x @ y, backend=backend)(x, y), x @ y)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_sum_of_truth_values_is_true_if_one_is(backend: str) -> None:
    x = np.array([-1.0, 0.5, 2.0])
    got = bm.compile(lambda x: (x > 0) + (x < 1), backend=backend)(x)
    np.testing.assert_array_equal(got, (x > 0) + (x < 1))


@pytest.mark.parametrize("backend", BACKENDS)
def test_powers_of_integers(backend: str) -> None:
    x, n = np.arange(1, 5), np.arange(4)
    f = bm.compile(lambda x, n: (x**3, x**n, 2**n), backend=backend)
    for got, expected in zip(f(x, n), (x**3, x**n, 2**n), strict=True):
        np.testing.assert_array_equal(got, expected)
    with pytest.raises(ValueError, match="negative integer powers"):
        f(x, -n)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "f",
    [
        lambda x, i: np.take_along_axis(x, np.array([[3]]), 1),
        lambda x, i: np.take_along_axis(x, np.array([[-4]]), 1),
        lambda x, i: np.take_along_axis(x, i[:, None], 1),
        lambda x, i: np.take_along_axis(x, i.reshape(1, 2).T, 1),
        lambda x, i: x[0][i],
        lambda x, i: x[0][i.astype(np.int64)],
    ],
)
def test_known_indices_out_of_bounds_are_refused(f: Any, backend: str) -> None:
    x = np.arange(6.0).reshape(2, 3)
    with pytest.raises(IndexError, match="out of bounds"):
        bm.compile(f, backend=backend)(x, np.array([0, 3], np.int32))


@pytest.mark.parametrize("function", ["erf", "sqrt", "exp"])
def test_source_computes_in_the_dtype_of_the_result(function: str) -> None:
    """Of integers a float; of float32 beside float64 what float64 gives."""
    operation = OPERATIONS[function]
    n = np.arange(3)
    values = run(lower(trace(operation, n).graph), {"inputs[0]": n})
    np.testing.assert_allclose(values["out"], operation(n))
    x = np.array([0.1, 0.7], np.float32)
    f = lambda x: np.float64(2) ** x  # noqa: E731
    values = run(lower(trace(f, x).graph), {"x": x})
    np.testing.assert_allclose(values["out"], f(x), rtol=1e-14)


@pytest.mark.parametrize("backend", ["eager", *BACKENDS])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exponent", [0.5, -0.5, 1.5, -1, 3])
def test_powers_of_what_has_none(exponent: float, dtype: str, backend: str) -> None:
    """As NumPy's, where the exponent is a number; the sign of a zero counts."""
    x = np.array([-np.inf, -2.0, -0.0, 0.0, 2.0, np.inf, np.nan], dtype)
    f = lambda x: x**exponent  # noqa: E731
    with np.errstate(all="ignore"):
        expected = np.power(x, exponent)
        got = (f if backend == "eager" else bm.compile(f, backend=backend))(Tensor(x)).data
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    np.testing.assert_array_equal(np.signbit(got[got == 0]), np.signbit(expected[got == 0]))


@pytest.mark.parametrize("backend", ["eager", *BACKENDS])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int64", "bool"])
@pytest.mark.parametrize("ord", [1, 2, np.inf])
def test_lengths_of_integers_do_not_overflow(ord: float, dtype: str, backend: str) -> None:  # noqa: A002
    limits = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    x = np.array([limits, (1, 0)], dtype)
    f = lambda x: np.linalg.norm(x, ord, axis=1)  # noqa: E731
    got = (f if backend == "eager" else bm.compile(f, backend=backend))(Tensor(x)).data
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, np.linalg.norm(x.astype(np.float64), ord, axis=1), rtol=1e-15)
