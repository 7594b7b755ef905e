"""The oracle: a graph is computed by each operation's own value, one node after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from baremath.autodiff import Tensor, tensor
from baremath.compiler.arguments import Arguments
from baremath.compiler.ir import CONSTANT, INPUT, Graph, verify
from baremath.compiler.text import parse, written
from baremath.compiler.trace import Traced, TraceError, trace


def computed(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Compute the outputs; every value has the shape and dtype that its node promises."""
    values: dict[Any, Any] = {}
    for node in graph.nodes:
        if node.op == INPUT:
            values[node] = inputs[node.attributes["name"]]
        elif node.op == CONSTANT:
            values[node] = node.attributes["value"]
        else:
            operands = [values[x] for x in node.inputs]
            values[node] = np.asarray(node.operation.value(*operands, **node.attributes))
        assert (values[node].shape, values[node].dtype) == (node.shape, node.dtype), node.op
    return {name: values[node] for name, node in graph.outputs.items()}


def called(traced: Traced, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what a traced function returns for arguments, which one graph can answer."""
    arguments = Arguments(f, args, kwargs)
    assert arguments.key == traced.key
    return traced.rebuild(computed(traced.graph, arguments.arrays))


def run_traced(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Trace a function, check the graph and its text, and compute it."""
    traced = trace(f, *args, **kwargs)
    verify(traced.graph)
    text = written(traced.graph)
    again = parse(text)
    verify(again)
    assert written(again) == text
    arrays = Arguments(f, args, kwargs).arrays
    first, second = computed(traced.graph, arrays), computed(again, arrays)
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])
    return traced.rebuild(first)


def plain(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else x


@pytest.fixture(name="run_traced")
def fixture_run_traced() -> Any:
    return run_traced


@pytest.fixture(name="called")
def fixture_called() -> Any:
    return called


@pytest.fixture(name="refused")
def fixture_refused() -> Any:
    """Check that a function can't be traced, and what is said."""

    def refused(f: Any, *args: Any, match: str) -> None:
        with pytest.raises(TraceError, match=match):
            trace(f, *(args or (tensor(np.arange(1.0, 5.0), dtype=float),)))

    return refused


@pytest.fixture(name="same")
def fixture_same() -> Any:
    """Compare two trees of results, the second computed at once."""
    from baremath.autodiff import tree

    def same(got: Any, expected: Any, **tolerance: Any) -> None:
        tolerance = {"rtol": 1e-12, "atol": 1e-13, **tolerance}
        got, expected = tree.leaves(got), tree.leaves(expected)
        for a, b in zip(got, expected, strict=True):
            a, b = plain(a), plain(b)
            assert np.asarray(a).dtype == np.asarray(b).dtype
            np.testing.assert_allclose(a, b, **tolerance)

    return same
