"""Graphs: their order, and what `verify` finds wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baremath.autodiff import OPERATIONS
from baremath.compiler.ir import CONSTANT, INPUT, Graph, GraphError, Node, constant, verify

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


def an_input(name: str = "x", shape: tuple[int, ...] = (2, 3), dtype: Any = F32) -> Node:
    return Node(INPUT, (), {"name": name}, shape, dtype)


def tanh(x: Node, shape: tuple[int, ...] = (2, 3), dtype: Any = F32) -> Node:
    return Node("tanh", (x,), {}, shape, dtype, "model.py:3")


def test_nodes_come_after_what_they_read_and_nothing_else_is_kept() -> None:
    x = an_input()
    a = tanh(x)
    b = tanh(a)
    tanh(b)
    graph = Graph({"x": x, "unused": an_input("unused")}, {"b": b, "a": a})
    assert [node.op for node in graph.nodes] == ["input", "input", "tanh", "tanh"]
    assert graph.nodes[2:] == (a, b)
    verify(graph)


def test_a_long_chain_needs_no_recursion() -> None:
    x = node = an_input()
    for _ in range(5000):
        node = tanh(node)
    graph = Graph({"x": x}, {"out": node})
    assert len(graph) == 5001
    verify(graph)
    assert len(graph.rebuilt({x: an_input("x")})) == 5002


def test_rebuilt_replaces_and_keeps_what_is_the_same() -> None:
    x = an_input()
    a, b = tanh(x), tanh(tanh(x))
    new = Node("exp", (x,), {}, (2, 3), F32)
    graph = Graph({"x": x}, {"a": a, "b": b}).rebuilt({b.inputs[0]: new})
    assert graph.outputs["a"] is a
    assert graph.outputs["b"].inputs == (new,)


def wrong_graphs() -> dict[str, tuple[Graph, str]]:
    x = an_input()
    matrix = constant(np.ones((4, 4)))
    renamed = Graph({"y": x}, {"out": x})
    return {
        "shape": (Graph({"x": x}, {"out": tanh(x, (3, 2))}), r"tanh .* model.py:3: .*\(2, 3\)"),
        "dtype": (Graph({"x": x}, {"out": tanh(x, dtype=F64)}), "the dtype float32"),
        "name": (renamed, "the input 'y' is input x"),
        "undeclared": (Graph({}, {"out": tanh(x)}), "input x .* isn't one of the graph's inputs"),
        "unknown": (
            Graph({}, {"out": Node("nothing", (matrix,), {}, (4, 4), F64)}),
            "there is no operation of that name",
        ),
        "operands": (
            Graph({"x": x}, {"out": Node("matmul", (x, matrix), {}, (2, 4), F64)}),
            "can't be computed: matmul of a",
        ),
        "attributes": (
            Graph({"x": x}, {"out": Node("sum", (x,), {"axes": 0}, (3,), F32)}),
            "can't be computed: .*axes",
        ),
        "constant": (
            Graph({}, {"out": Node(CONSTANT, (), {"value": np.ones(3)}, (2,), F64)}),
            r"constant .*\(3,\)",
        ),
    }


@pytest.mark.parametrize("name", list(wrong_graphs()))
def test_verify_names_the_node(name: str) -> None:
    graph, words = wrong_graphs()[name]
    with pytest.raises(GraphError, match=words):
        verify(graph)


def test_a_cycle_is_refused() -> None:
    x = an_input()
    a = tanh(x)
    b = tanh(a)
    graph = Graph({"x": x}, {"out": b})
    object.__setattr__(a, "inputs", (b,))
    with pytest.raises(GraphError, match=r"tanh .* comes before tanh"):
        verify(graph)


def test_a_constant_is_a_copy_that_nobody_writes_to() -> None:
    array = np.ones(3)
    node = constant(array)
    array[0] = 5
    assert node.attributes["value"].tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        node.attributes["value"][0] = 2


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_result_is_the_shape_and_dtype_of_the_value(name: str) -> None:
    operation = OPERATIONS[name]
    for inputs, attributes in operation.samples(np.random.default_rng(0)):
        for dtype in (np.float32, np.float64):
            seen: list[Any] = []
            _check_result(operation, inputs, attributes, dtype, seen)
            assert seen


def _check_result(operation: Any, inputs: Any, attributes: Any, dtype: Any, seen: Any) -> None:
    """Call an operation on arrays of a dtype; compare what `result` says with what comes out."""

    def convert(x: Any) -> Any:
        if isinstance(x, list):
            return [convert(part) for part in x]
        return x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x

    value = operation.value

    def spied(*arrays: Any, **attributes: Any) -> Any:
        made = np.asarray(value(*arrays, **attributes))
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(operation, "value", value)
            like = operation.result(*arrays, **attributes)
        assert (like.shape, like.dtype) == (made.shape, made.dtype)
        seen.append(like)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operation, "value", spied)
        operation(*[convert(x) for x in inputs], **attributes)
