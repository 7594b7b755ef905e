"""Which values go row by row: what is said of a graph is what comes out for parts of the rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import baremath.nn
import baremath.optim  # noqa: F401 - activations and the root of optim are operations too
from baremath.autodiff import OPERATIONS, Tensor, full_like, random
from baremath.autodiff.ops.sampling import Draw
from baremath.autodiff.symbol import TraceError
from baremath.compiler.ir import CONSTANT, INPUT, Graph
from baremath.compiler.rows import TOTAL, CoupledError, alike, rows_of
from baremath.compiler.scan import scan
from baremath.compiler.trace import trace

#: Operations that are known to go row by row for some sample; the others may well be coupled.
BY_ROWS = {"add", "exp", "sum", "matmul", "linear", "gather", "transpose", "softmax"}


def computed(graph: Graph, inputs: dict[str, Any], rows: dict[Any, Any], n: int) -> Any:
    """Compute a graph for n rows: a shape that it was given has another length there."""
    values: dict[Any, Any] = {}
    for node in graph.nodes:
        if node.op in (INPUT, CONSTANT):
            known = node.attributes
            values[node] = inputs[known["name"]] if node.op == INPUT else known["value"]
            continue
        attributes = dict(node.attributes)
        if "shape" in attributes and isinstance(rows[node], int):
            shape = list(attributes["shape"])
            shape[rows[node]] = n
            attributes["shape"] = tuple(shape)
        operands = [values[x] for x in node.inputs]
        values[node] = np.asarray(node.operation.value(*operands, **attributes))
    return [values[node] for node in graph.outputs.values()]


def cases() -> Iterator[Any]:
    rng = np.random.default_rng(0)
    for name, operation in sorted(OPERATIONS.items()):
        if isinstance(operation, Draw):
            continue
        for inputs, attributes in operation.samples(rng):
            if all(isinstance(x, np.ndarray | np.generic | float | int) for x in inputs):
                yield name, operation, [np.asarray(x) for x in inputs], attributes


def choices(arrays: list[Any]) -> Iterator[tuple[int | None, ...]]:
    """Yield for each input the axis of its rows, or None, in all ways that fit together."""
    for axes in itertools.product(*[(None, *range(x.ndim)) for x in arrays]):
        lengths = {x.shape[k] for x, k in zip(arrays, axes, strict=True) if k is not None}
        if len(lengths) == 1 and min(lengths) > 1:
            yield axes


def check(graph: Graph, arrays: list[Any], axes: tuple[int | None, ...]) -> bool:
    """Compare all rows with two parts of them, if they can be cut, and say whether they can."""
    names = list(graph.inputs)
    axis_of = {name: k for name, k in zip(names, axes, strict=True) if k is not None}
    try:
        rows = rows_of(graph, axis_of)
    except CoupledError:
        return False
    (n,) = {x.shape[k] for x, k in zip(arrays, axes, strict=True) if k is not None}
    given = dict(zip(names, arrays, strict=True))
    whole = computed(graph, given, rows, n)
    parts = []
    for first, last in ((0, 1), (1, n)):
        cut = {
            name: x.take(range(first, last), axis_of[name]) if name in axis_of else x
            for name, x in given.items()
        }
        parts.append(computed(graph, cut, rows, last - first))
    for node, expected, one, other in zip(graph.outputs.values(), whole, *parts, strict=True):
        kind = rows[node]
        if kind is None:
            found = one
            np.testing.assert_allclose(other, expected, rtol=1e-12)
        else:
            found = one + other if kind == TOTAL else np.concatenate([one, other], int(kind))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    return True


def test_every_operation_by_parts_of_its_rows() -> None:
    seen = set()
    with np.errstate(all="ignore"):
        for name, operation, arrays, attributes in cases():

            def f(*xs: Any, operation: Any = operation, attributes: Any = attributes) -> Any:
                return operation(*xs, **attributes)

            try:
                graph = trace(f, *map(Tensor, arrays)).graph
            except TraceError:  # a mask picks any number of elements
                continue
            if len(graph.inputs) != len(arrays):
                continue
            for axes in choices(arrays):
                if check(graph, arrays, axes):
                    seen.add(name)
    assert seen >= BY_ROWS


def rows_or_coupled(f: Any, *shapes: tuple[int, ...]) -> Any:
    graph = trace(f, *[Tensor(np.zeros(shape)) for shape in shapes]).graph
    try:
        return rows_of(graph, {"x": 0})[graph.outputs["out"]]
    except CoupledError:
        return "coupled"


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: x * full_like(x, 1.0).sum(), "coupled"),
        (lambda x: x - x.mean(0), "coupled"),
        (lambda x: x[::-1], "coupled"),
        (lambda x: x.reshape((3, 6)), "coupled"),
        (lambda x: x.T.reshape((18,)), "coupled"),
        (lambda x: (x.sum() ** 2), "coupled"),
        (lambda x: x.sum() + 1.0, "coupled"),
        (lambda x: 2.0 * x.sum(), TOTAL),
        (lambda x: x.T @ x, TOTAL),
        (lambda x: x @ x.T, "coupled"),
        (lambda x: x + np.arange(6.0)[:, None], "coupled"),
        (lambda x: x + np.ones((6, 1)), 0),
    ],
)  # fmt: skip
def test_what_goes_by_rows(f: Any, expected: Any) -> None:
    assert rows_or_coupled(f, (6, 3)) == expected


@pytest.mark.parametrize(
    ("shape", "expected"), [((6, 3), 0), ((1, 3), "coupled"), ((3,), "coupled"), ((), "coupled")]
)
def test_random_numbers_go_by_rows_if_each_row_has_its_own(shape: Any, expected: Any) -> None:
    def noisy(x: Any, seed: Any) -> Any:
        with random.stream(seed, 0):
            return x * random.uniform(shape, dtype=np.float64)

    graph = trace(noisy, Tensor(np.zeros((6, 3))), Tensor(np.array(1, np.uint64))).graph
    try:
        found: Any = rows_of(graph, {"x": 0})[graph.outputs["out"]]
    except CoupledError:
        found = "coupled"
    assert found == expected


def test_numbers_that_are_drawn_in_steps_are_for_all_rows() -> None:
    def noisy(x: Any, seed: Any) -> Any:
        def step(c: Any, t: Any) -> Any:
            with random.stream(seed, t):
                return c + random.uniform((3,), dtype=np.float64), None

        return x * scan(step, np.zeros(3), np.arange(2))[0]

    graph = trace(noisy, Tensor(np.zeros((6, 3))), Tensor(np.array(1, np.uint64))).graph
    with pytest.raises(CoupledError):
        rows_of(graph, {"x": 0})


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: (x * 2).sum(0), True),
        (lambda x: x.reshape((x.shape[0], 3, 1)) + np.ones((x.shape[0], 1, 1)), True),
        (lambda x: x / x.shape[0], False),
        (lambda x: x + np.arange(x.shape[0])[:, None], False),
        (lambda x: x.sum(0) if x.shape[0] > 5 else x.mean(0), False),
        (lambda x: (x * 2, x * 3)[:: 1 if x.shape[0] > 5 else -1], False),
    ],
)
def test_whether_a_function_reads_its_number_of_rows(f: Any, expected: bool) -> None:
    one, other = (trace(f, Tensor(np.zeros((n, 3)))).graph for n in (5, 7))
    assert alike(one, other, 5, 7) is expected
    assert alike(one, one, 5, 5)
