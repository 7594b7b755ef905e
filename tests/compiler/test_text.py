"""Graphs as text, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from baremath.autodiff import linear, tanh, where
from baremath.compiler.ir import INPUT, Graph, Node, constant, verify
from baremath.compiler.scan import scan
from baremath.compiler.text import GraphTextError, parse, written
from baremath.compiler.trace import trace


def same_node(a: Node, b: Node, seen: dict[Node, Node]) -> None:
    """Compare two graphs from their ends: also which nodes are one."""
    if a in seen:
        assert seen[a] is b
        return
    seen[a] = b
    assert (a.op, a.shape, a.dtype, a.line) == (b.op, b.shape, b.dtype, b.line)
    assert a.attributes.keys() == b.attributes.keys()
    for name, value in a.attributes.items():
        other = b.attributes[name]
        if isinstance(value, np.ndarray):
            assert value.tobytes() == other.tobytes()
        else:
            assert repr(value) == repr(other)
            assert type(value) is type(other)
    for x, y in zip(a.inputs, b.inputs, strict=True):
        same_node(x, y, seen)


def round_trip(graph: Graph) -> str:
    text = written(graph)
    again = parse(text)
    assert again.name == graph.name
    assert list(again.inputs) == list(graph.inputs)
    assert list(again.outputs) == list(graph.outputs)
    seen: dict[Node, Node] = {}
    for name, node in graph.outputs.items():
        same_node(node, again.outputs[name], seen)
    assert len(seen.values()) == len(set(seen.values()))
    assert written(again) == text
    return text


def f(x: Any, w: Any, b: Any) -> Any:
    return 2.0 * tanh(linear(x, w, b))


def test_it_reads_like_mathematics() -> None:
    like = np.float32
    graph = trace(f, np.ones((10, 2), like), np.ones((4, 2), like), np.ones(4, like)).graph
    line = f.__code__.co_firstlineno + 1
    assert round_trip(graph) == (
        "f(x: float32[10,2], w: float32[4,2], b: float32[4]):\n"
        f"  %0 = linear(x, w, b)   : float32[10,4]   # test_text.py:{line}\n"
        f"  %1 = tanh(%0)          : float32[10,4]   # test_text.py:{line}\n"
        f"  %2 = multiply(2.0, %1) : float32[10,4]   # test_text.py:{line}\n"
        "  return out = %2"
    )


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[1:, None, ..., 0],
        lambda x: x[np.array([0, 0, 1]), ::-1],
        lambda x: where(x > 0, x, -np.inf) + np.nan,
        lambda x: x * np.arange(3.0) + np.arange(30.0).reshape(10, 3)[:2],
        lambda x: (x.astype("f"), x.sum(), {"a b": x, 'quo"te': x, "new\nline": x, ")=": x}),
        lambda x: np.pad(x, ((1, 0), (2, 1)), constant_values=np.inf),
        lambda x: x + np.float32(0.1) + np.float64(1e300) - 0.0 * x,
        lambda x: np.zeros(3),
        lambda x: (x, x.reshape(-1), x.T, np.einsum("ij,ij->i", x, x)),
        lambda x: x == 3,
    ],
)
def test_everything_comes_back(function: Any) -> None:
    verify(parse(round_trip(trace(function, np.ones((2, 3))).graph)))


NUMBERS = st.sampled_from(["f4", "f8", "i8", "i4", "u8", "u4", "u1", "b1"]).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=4))
)


@given(NUMBERS, NUMBERS)
def test_constants_come_back_bit_by_bit(a: Any, b: Any) -> None:
    shared = constant(a)
    x = Node(INPUT, (), {"name": "x"}, a.shape, a.dtype)
    first = Node("add", (shared, x), {}, a.shape, a.dtype)
    second = Node("add", (shared, constant(b)), {}, (9,), b.dtype, "model.py:1")
    third = Node("add", (constant(a), constant(b)), {}, (9,), b.dtype)
    round_trip(Graph({"x": x}, {"0": first, "second": second, "": third}))


LITERALS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.just(Ellipsis)
    | st.builds(slice, *[st.none() | st.integers()] * 3)
    | st.sampled_from([np.dtype(np.float32), np.dtype(bool)]),
    lambda parts: st.tuples(parts) | st.tuples(parts, parts),
)


@given(st.text(), st.dictionaries(st.sampled_from(["axis", "shape", "a"]), LITERALS))
def test_names_and_attributes_come_back(name: str, attributes: Any) -> None:
    x = Node(INPUT, (), {"name": name}, (), np.dtype(float))
    end = Node("anything", (x, x), attributes, (), np.dtype(float))
    round_trip(Graph({name: x}, {name: end, f"{name}'": x}, name))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("f(x: float32[2]):\n  %0 = tanh(y) : float32[2]\n  return out = %0", "y is read before"),
        ("f(x: float32[2]):\n  %0 = tanh(x)\n  return out = %0", "is no line"),
        ("f(x: float32[2]):\n  %0 = tanh(x) : float32[2]", "begins with return"),
        ("f(x: float32[2):\n  return out = x", "can't be read"),
        ("f(x: float32[2]):\n  %0 = sum(x, axis=open()) : float32[2]\n  return a = %0", "no value"),
    ],
)
def test_texts_that_are_none(text: str, words: str) -> None:
    with pytest.raises(GraphTextError, match=words):
        parse(text)


def test_large_constants_are_summed_up_where_a_graph_is_printed() -> None:
    table = np.arange(3000.0).reshape(1500, 2)
    graph = trace(lambda x: table @ x, np.ones(2)).graph
    assert "constant(1500 × 2, mean 1,500, 0 … 2,999) : float64[1500,2]" in str(graph)
    assert len(str(graph)) < 250
    assert str(graph) == written(graph, full=False)
    round_trip(graph)


def test_the_body_of_a_scan_is_cut_short_where_a_graph_is_printed() -> None:
    graph = trace(lambda x: scan(lambda c, _: (tanh(c * 2 + 1), None), x, length=3)[0], 1.0).graph
    assert "tanh" not in str(graph)
    assert "length=3" in str(graph)
