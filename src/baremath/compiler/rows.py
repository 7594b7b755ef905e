"""Which values of a graph go row by row, so that the rows can be cut into parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np

from baremath.autodiff.ops.casting import AsType
from baremath.autodiff.ops.elementwise import Elementwise
from baremath.autodiff.ops.gathering import Gather, ScatterAdd
from baremath.autodiff.ops.indexing import GetItem
from baremath.autodiff.ops.operation import OPERATIONS
from baremath.autodiff.ops.products import Linear, Matmul
from baremath.autodiff.ops.reduction import Reduction, Sum
from baremath.autodiff.ops.sampling import Draw
from baremath.autodiff.ops.shaping import BroadcastTo, Reshape, Transpose
from baremath.autodiff.ops.softmax import LogSoftmax, Softmax
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node
from baremath.compiler.scan_operation import draws, parsed

#: A value that adds up over the parts: the sum of each part's own.
TOTAL: Final = "total"

#: The axis along which a value has a row for each row; `TOTAL`; or None: the same for every part.
Rows: TypeAlias = "int | str | None"


class CoupledError(Exception):
    """A value that no part of the rows determines by itself; the argument is its node."""


def rows_of(graph: Graph, inputs: Mapping[str, int]) -> dict[Node, Rows]:
    """Return how each value depends on the rows.

    Parameters
    ----------
    graph : Graph
        What is computed.
    inputs : mapping of str to int
        The inputs that have a row for each row, and along which axis; the others have none.

    Returns
    -------
    dict of Node to int, "total" or None

    Raises
    ------
    CoupledError
        If a row of some value depends on other rows, as a batch's variance does.

    Examples
    --------
    For ``f(x, w) = sum(x @ w)``, of x with rows along axis 0: ``x @ w`` has rows along axis 0, and
    the sum is a total.
    """
    found: dict[Node, Rows] = {}
    lengths = {
        graph.inputs[name].shape[axis] for name, axis in inputs.items() if name in graph.inputs
    }
    for node in graph.nodes:
        if isinstance(OPERATIONS.get(node.op), Draw) and node.shape[:1] != (*lengths,):
            raise CoupledError(node)  # the same numbers are for several rows
        if node.op == "scan" and draws(parsed(node.attributes["body"])):
            raise CoupledError(node)
        if node.op == INPUT:
            found[node] = inputs.get(node.attributes["name"])
        elif node.op == CONSTANT:
            found[node] = None
        else:
            found[node] = _rows(node, [found[x] for x in node.inputs])
    return found


def alike(one: Graph, other: Graph, n_one: int, n_other: int) -> bool:
    """Whether two graphs compute the same but for their number of rows.

    They don't if the function reads that number: a part of the rows would read its own.
    """
    places: dict[Node, int] = {}
    for k, (a, b) in enumerate(zip(one.nodes, other.nodes, strict=False)):
        fed = [places[x] for x in a.inputs] == [places.get(x) for x in b.inputs]
        if (
            a.op != b.op
            or not fed
            or not _alike(dict(a.attributes), dict(b.attributes), n_one, n_other)
        ):
            return False
        places[a] = places[b] = k
    ends = [[places[x] for x in graph.outputs.values()] for graph in (one, other)]
    return len(one) == len(other) and ends[0] == ends[1]


def _alike(a: Any, b: Any, n_a: int, n_b: int) -> bool:
    """Whether two attributes, or parts of them, are the same; a length may go with the rows."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        if a.shape != b.shape and a.size and b.size:
            uniform = all((x == x.flat[0]).all() for x in (a, b))
            return bool(uniform and a.dtype == b.dtype and a.flat[0] == b.flat[0])
        return bool(a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_alike(a[key], b[key], n_a, n_b) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(_alike(x, y, n_a, n_b) for x, y in zip(a, b, strict=True))
    if isinstance(a, int) and not isinstance(a, bool):
        return bool(a == b or a * n_b == b * n_a)
    return bool(a == b)


def _rows(node: Node, rows: list[Rows]) -> Rows:
    """Return how a value depends on the rows, given how its inputs do."""
    operation = node.operation
    if isinstance(operation, Draw):
        return 0  # of a tile's own rows: see `Words.first`
    if all(one is None for one in rows):
        return None
    if TOTAL in rows:
        return _total(node, rows)
    if isinstance(operation, Elementwise | AsType) or node.op == "full_like":
        return _aligned(node, rows)
    x, axis = node.inputs[0], rows[0]
    if isinstance(operation, Reduction | Softmax | LogSoftmax) or node.op == "logsumexp":
        return _reduced(node, axis)
    if isinstance(operation, Matmul | Linear):
        return _product(node, rows)
    if not isinstance(axis, int) or any(one is not None for one in rows[1:]):
        picks = isinstance(operation, Gather | ScatterAdd) and rows[0] in rows[1:]
        if not (picks and all(one in (axis, None) for one in rows)):
            return _coupled(node)
        assert isinstance(axis, int)
    if isinstance(operation, Gather | ScatterAdd):
        return _aligned(node, rows) if node.attributes["axis"] != axis else _coupled(node)
    if isinstance(operation, Transpose):
        axes: tuple[int, ...] = node.attributes["axes"]
        return axes.index(axis)
    if isinstance(operation, BroadcastTo):
        return axis + node.ndim - x.ndim
    if isinstance(operation, Reshape):
        same = node.shape[: axis + 1] == x.shape[: axis + 1]
        return axis if same else _coupled(node)
    if isinstance(operation, GetItem):
        return _picked(node, axis)
    return _coupled(node)


def _coupled(node: Node) -> Rows:
    raise CoupledError(node)


def _total(node: Node, rows: list[Rows]) -> Rows:
    """Return a total for a sum of totals and for a multiple of one, in any shape."""
    free = [one is None for one in rows]
    shaped = isinstance(node.operation, AsType | Reshape | Transpose)
    summed = node.op in ("add", "subtract", "negative") and not any(free)
    scaled = (node.op == "multiply" and sum(free) == 1) or (
        node.op == "divide" and free == [False, True]
    )
    if (shaped or summed or scaled) and all(one in (TOTAL, None) for one in rows):
        return TOTAL
    return _coupled(node)


def _aligned(node: Node, rows: list[Rows]) -> Rows:
    """Return the axis of the result along which all operands have their rows."""
    axes = {
        axis + node.ndim - x.ndim
        for x, axis in zip(node.inputs, rows, strict=True)
        if isinstance(axis, int)
    }
    if len(axes) > 1:
        return _coupled(node)
    (axis,) = axes
    for x, own in zip(node.inputs, rows, strict=True):
        place = axis - (node.ndim - x.ndim)
        if own is None and place >= 0 and x.shape[place] != 1 and not _uniform(x, place):
            return _coupled(node)
    return axis


def _uniform(node: Node, axis: int) -> bool:
    """Whether a value is known to be the same in every row."""
    if node.op == CONSTANT:
        value = node.attributes["value"]
        return bool(value.size == 0 or np.all(value == value.take([0], axis)))
    if node.op != INPUT and isinstance(node.operation, BroadcastTo):
        x = node.inputs[0]
        place = axis - (node.ndim - x.ndim)
        return place < 0 or x.shape[place] == 1 or _uniform(x, place)
    return False


def _reduced(node: Node, axis: Rows) -> Rows:
    axes: tuple[int, ...] = node.attributes["axis"]
    assert isinstance(axis, int)
    if axis in axes:
        return TOTAL if isinstance(node.operation, Sum) else _coupled(node)
    if node.ndim == node.inputs[0].ndim:
        return axis
    return axis - sum(k < axis for k in axes)


def _product(node: Node, rows: list[Rows]) -> Rows:
    """Return the rows of the left factor; a total where rows are summed over."""
    a, b = node.inputs[:2]
    left, right = rows[:2]
    if isinstance(node.operation, Linear):
        free = right is None and rows[2] is None
        return left if free and isinstance(left, int) and left < a.ndim - 1 else _coupled(node)
    if a.ndim != 2 or b.ndim != 2:
        stacked = right is None and isinstance(left, int) and left < a.ndim - 1 and b.ndim <= 2
        return left if stacked else _coupled(node)
    if left == 0 and right is None:
        return 0
    if left is None and right == 1:
        return 1
    return TOTAL if left == 1 and right == 0 else _coupled(node)


def _picked(node: Node, axis: int) -> Rows:
    """Return the rows of a slice: it keeps them if it takes all, at their own place."""
    pattern = node.attributes["pattern"]
    plain = all(isinstance(part, slice | int) for part in pattern)
    if not plain or len(node.inputs) > 1:
        return _coupled(node)
    if axis < len(pattern) and pattern[axis] != slice(None):
        return _coupled(node)
    return axis - sum(isinstance(part, int) for part in pattern[:axis])
