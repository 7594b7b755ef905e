"""Random functions: eager = interpreter = the loops as Python = machine code, and their gradients.

Inputs are of every kind: 0-d, empty, broadcast, transposed, strided, not aligned, one twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.compiler.backends.native.running import guarded
from tests.compiler.loops.conftest import random_graphs

import baremath as bm
from baremath.autodiff import Tensor, grad
from baremath.compiler.arguments import Arguments
from baremath.compiler.backends.native.program import NativeProgram
from baremath.compiler.ir import CONSTANT, INPUT, Graph
from baremath.compiler.loops.lower import lower
from baremath.compiler.loops.python import run
from baremath.compiler.passes import optimise
from baremath.compiler.trace import trace

SOME = settings(
    max_examples=200,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
DTYPES = ["float32", "float64"]


def function_of(graph: Graph) -> Any:
    """Return a graph as a function of arrays or tensors, one for each input."""

    def f(*given: Any) -> list[Any]:
        values = dict(zip(graph.inputs.values(), given, strict=True))
        for node in graph.nodes:
            if node.op == CONSTANT:
                values[node] = node.attributes["value"]
            elif node.op != INPUT:
                values[node] = applied(node, [values[x] for x in node.inputs])
        return [values[node] for node in graph.outputs.values()]

    return f


def applied(node: Any, operands: list[Any]) -> Any:
    """Call an operation as its users do: an index is one argument."""
    attributes = dict(node.attributes)
    if node.op == "getitem":
        return operands[0][attributes["pattern"]]
    if node.op == "transpose":
        return node.operation(*operands, attributes["axes"])
    if node.op == "concatenate":
        return node.operation(operands, **attributes)
    return node.operation(*operands, **attributes)


def laid_out(draw: Any, x: Any) -> Any:
    """Return the same numbers in another place: strided, transposed, reversed, not aligned."""
    how = draw(st.sampled_from(["as it is", "every second", "transposed", "reversed", "shifted"]))
    if how == "as it is" or not x.ndim:
        return x
    if how == "every second":
        room = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, x.dtype)
        room[..., ::2] = x
        return room[..., ::2]
    if how == "transposed":
        return np.ascontiguousarray(x.T).T
    if how == "reversed":
        return np.ascontiguousarray(x[::-1])[::-1]
    room = np.full(x.nbytes + 1, 0, np.uint8)
    moved = room[1:].view(x.dtype).reshape(x.shape)
    moved[...] = x
    return moved


@st.composite
def calls(draw: Any, dtype: str) -> Any:
    """Return a function and its arguments; two of one shape may be one array."""
    graph, arrays = draw(random_graphs(dtype))
    given: list[Any] = []
    for x in arrays.values():
        alike = [y for y in given if y.shape == x.shape]
        given.append(alike[0] if alike and draw(st.booleans()) else laid_out(draw, x))
    return function_of(graph), given


def summed(f: Any) -> Any:
    """Return the sum of all the floats that a function returns, each by a weight."""

    def total(*given: Any) -> Any:
        parts = [part for part in f(*given) if part.dtype.kind == "f"]
        own = [part for part in parts if part.dtype == given[0].dtype]
        return sum(((k + 1.0) * part).sum() for k, part in enumerate(own))

    return total


def fits(f: Any, given: list[Any]) -> bool:
    """Whether a function takes tensors, which mix no dtypes, and depends on them."""
    try:
        with np.errstate(all="ignore"):
            y = f(*map(Tensor, given))
    except TypeError:
        return False
    return isinstance(y, list | Tensor)


def array_of(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else np.asarray(x)


def results(f: Any, given: list[Any]) -> dict[str, list[Any]]:
    """Return what each way of computing a function gives; one is between margins."""
    tensors = [Tensor(x) for x in given]
    traced = trace(f, *tensors)
    lowered = lower(optimise(traced.graph)[0])
    arrays = Arguments(f, tuple(tensors), {}).arrays
    return {
        "interpreter": list(map(array_of, bm.compile(f, backend="interpreter")(*tensors))),
        "native": list(map(array_of, bm.compile(f)(*tensors))),
        "source": list(run(lowered, arrays).values()),
        "margins": list(guarded(NativeProgram(lowered), lowered, arrays).values()),
    }


def check(f: Any, given: list[Any], tolerance: float) -> None:
    before = [x.copy() for x in given]
    with np.errstate(all="ignore"):
        expected = list(map(array_of, f(*map(Tensor, given))))
        found = results(f, given)
    for name, parts in found.items():
        assert len(parts) == len(expected)
        for got, value in zip(parts, expected, strict=True):
            assert (got.dtype, got.shape) == (value.dtype, value.shape), name
            np.testing.assert_allclose(got, value, tolerance, tolerance, err_msg=name)
    for x, y in zip(given, before, strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("dtype", DTYPES)
@SOME
@given(data=st.data())
def test_values(dtype: str, data: Any) -> None:
    f, given = data.draw(calls(dtype))
    assume(fits(f, given))
    check(f, given, 2e-3 if dtype == "float32" else 1e-7)


@pytest.mark.parametrize("dtype", DTYPES)
@SOME
@given(data=st.data())
def test_gradients(dtype: str, data: Any) -> None:
    f, given = data.draw(calls(dtype))
    assume(fits(summed(f), given))
    slope = grad(summed(f), (0, 1, 2))
    check(lambda *given: list(slope(*given)), given, 2e-3 if dtype == "float32" else 1e-7)
