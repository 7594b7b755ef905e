"""Predictions by machine code: rows go through it in blocks, so one code serves any number."""

from __future__ import annotations

import math
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff import Tensor, no_grad
from baremath.autodiff.ops.operation import OPERATIONS
from baremath.autodiff.ops.sampling import Draw
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node
from baremath.compiler.rows import CoupledError, rows_of
from baremath.nn import Dropout, Module

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowered

#: Rows times weights from which code is compiled: below, it would seldom pay.
WORK = 4_000_000

#: Rows of a block: vectors run along them.
BLOCK = 16

#: Rows that are computed by one call: a multiple of the block's.
PIECE = 1024

#: Columns of an input from which it is read as it lies, row by row.
WIDE = 64

#: Rows times weights from which a thread more is worth starting.
_THREAD_WORK = 5_000_000

#: Codes that are kept for modules like theirs.
_KEPT = 32

_codes: OrderedDict[Any, Code | None] = OrderedDict()
_lock = Lock()


def predict(module: Module, X: NDArray[Any], n_weights: int | None = None) -> NDArray[Any] | None:
    """Return what a module in eval mode gives for each row; None if it is better done eagerly.

    Code is compiled, and used, where rows times weights are at least `WORK`: whether it is depends
    on the problem alone, so that a call gives the same numbers whatever came before it.

    Parameters
    ----------
    module : Module
        What computes, in eval mode.
    X : ndarray of shape (n_rows, ...)
        Its input.
    n_weights : int, optional
        How many numbers its parameters and buffers are, if that is known; else they are counted.

    Returns
    -------
    ndarray or None
        None for little work, and for what can't be cut into blocks: see `compiled`.

    Raises
    ------
    TraceError
        If there is enough work, and what the module does depends on values.
    """
    if n_weights is None:
        n_weights = sum(place.tensor.size for place in module.places().values())
    return compiled(module, X) if len(X) * n_weights >= WORK else None


def compiled(module: Module, X: NDArray[Any]) -> NDArray[Any] | None:
    """Return what a module in eval mode gives for each row, however few, by machine code.

    Compiled on the first call for a module like this and rows of this shape. None if rows depend
    on each other or on their number, as where the module centres its batch, if it draws random
    numbers or changes its buffers, or if it has an operation that has no loops.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> compiled(nn.Linear(2, 3).eval(), np.ones((5, 2), np.float32)).shape
    (5, 3)
    """
    code = _code_of(module, X)
    return None if code is None else code(module, X)


def _code_of(module: Module, X: NDArray[Any]) -> Code | None:
    """Return the code for a module; one that was made before if it would be the same."""
    known = _identity(module)
    modes = tuple([part.training for part in module.named_modules().values()])
    key = (known or _ByItself(module), modes, X.shape[1:], X.dtype)
    with _lock:
        if key in _codes and not ((code := _codes[key]) and code.stale()):
            _codes.move_to_end(key)
            return code
    code = _made(module, X, known=known is not None)
    with _lock:
        _codes[key] = code
        while len(_codes) > _KEPT:
            _codes.popitem(last=False)
    return code


class _ByItself:
    """What a module is known by whose code may read anything: itself, and its tensors' types.

    It is kept alive as long as its code.
    """

    def __init__(self, module: Module) -> None:
        self._module = module
        self._types = [
            (path, place.tensor.shape, place.tensor.dtype)
            for path, place in module.places().items()
        ]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _ByItself)
            and other._module is self._module
            and other._types == self._types
        )

    def __hash__(self) -> int:
        return id(self._module)


def _identity(module: Module) -> Any:
    """Return all that the code depends on, or None if the module's own code may read anything."""
    from baremath.training.compiled.codes import UnknownError, described

    parts = module.named_modules()
    paths = {id(part): path for path, part in parts.items()}
    knobs = {(id(part), "p") for part in parts.values() if isinstance(part, Dropout)}
    shared = tuple(
        (path, tuple((paths[id(part)], name) for part, name in place.attributes))
        for path, place in module.places().items()
    )
    try:
        layers = tuple((path, *described(part, knobs, paths)) for path, part in parts.items())
    except UnknownError:
        return None
    return layers, shared


class Code:
    """Machine code for any number of rows.

    Parameters
    ----------
    lowered : Lowered
        What is computed for the rows of a block, ``"X"``; its output is ``"out"``.
    stale : callable
        Says what has changed since that the module's own code reads: "" if nothing has.
    """

    def __init__(self, lowered: Lowered, stale: Callable[[], str]) -> None:
        from baremath.compiler.backends.native.blocks import Blocks  # LLVM takes a while

        self._X, self._out = X, out = lowered.inputs["X"], lowered.outputs["out"]
        self._parameters = [name for name in lowered.inputs if name != "X"]
        moving = {
            one.space: math.prod(one.shape) * np.dtype(one.dtype).itemsize for one in (X, out)
        }
        self._blocks = Blocks(lowered, moving)
        self.stale = stale

    def __call__(self, module: Module, X: NDArray[Any]) -> NDArray[Any]:
        """Compute a row for each row, by several threads if there are many: each has its own."""
        places = module.places()
        parameters = {
            name: np.ascontiguousarray(places[name.removeprefix("module.")].tensor.data)
            for name in self._parameters
        }
        found = np.empty((len(X), *self._out.shape[1:]), self._out.dtype)

        def piece(first: int) -> None:
            rows = slice(first, first + PIECE)
            found[rows] = self._rows(parameters, X[rows])

        pieces = range(0, len(X), PIECE)
        work = len(X) * sum(parameter.size for parameter in parameters.values())
        threads = min(_cores(), work // _THREAD_WORK, len(pieces))
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(piece, pieces))
        else:
            list(map(piece, pieces))
        return found

    def _rows(self, parameters: dict[str, NDArray[Any]], X: NDArray[Any]) -> NDArray[Any]:
        """Compute some rows; blocks that aren't full are filled with zeros."""
        n_blocks = -(-len(X) // BLOCK)
        if missing := n_blocks * BLOCK - len(X):
            X = np.concatenate([X, np.zeros((missing, *X.shape[1:]), X.dtype)])
        blocks = X.reshape(n_blocks, *self._X.shape)
        found = np.empty((n_blocks, *self._out.shape), self._out.dtype)
        if self._out.strides[0] == 1:
            found = np.empty((n_blocks, *self._out.shape[::-1]), self._out.dtype)
        if self._X.strides[0] == 1:
            blocks = blocks.swapaxes(1, 2)
        self._blocks({**parameters, "X": np.ascontiguousarray(blocks), "out": found}, n_blocks)
        if self._out.strides[0] == 1:
            found = found.swapaxes(1, 2)
        return found.reshape(-1, *self._out.shape[1:])[: len(X) - missing]


def _made(module: Module, X: NDArray[Any], *, known: bool) -> Code | None:
    """Compile; None if rows can't be cut into blocks, or something has no loops."""
    from baremath.compiler.loops.language import Call
    from baremath.compiler.loops.lower import Binding, lower

    graph, stale = _graph(module, X, BLOCK)
    if not _goes_row_by_row(graph):
        return None
    if not known and _counts_rows(graph, _graph(module, X, BLOCK + 1)[0]):
        return None
    ends = {"X": graph.inputs["X"], "out": graph.outputs["out"]}
    bindings = {name: Binding(name, strides=_along_rows(node)) for name, node in ends.items()}
    lowered = lower(graph, bindings, _along_rows)
    if lowered.index_checks or any(isinstance(one, Call) for one in lowered.program.body):
        return None
    return Code(lowered, str if known else stale)


def _graph(module: Module, X: NDArray[Any], n_rows: int) -> tuple[Graph, Callable[[], str]]:
    """Return what the module does to some rows, and what says whether its own code has changed."""
    from baremath.compiler.passes import optimise
    from baremath.compiler.trace import trace

    def forward(module: Any, X: Any) -> Any:
        with no_grad():
            return module(X)

    traced = trace(forward, module, Tensor(np.zeros((n_rows, *X.shape[1:]), X.dtype)))
    return optimise(traced.graph)[0], traced.stale


def _counts_rows(one: Graph, other: Graph) -> bool:
    """Whether two graphs, for two numbers of rows, differ in more than shapes: in a number."""
    if [node.op for node in one.nodes] != [node.op for node in other.nodes]:
        return True
    values = [
        [np.unique(node.attributes["value"]) for node in graph.nodes if node.op == CONSTANT]
        for graph in (one, other)
    ]
    return not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(*values, strict=True))


def _goes_row_by_row(graph: Graph) -> bool:
    """Whether there is one output, and each row of it depends on the same row of X alone."""
    draws = any(isinstance(OPERATIONS.get(node.op), Draw) for node in graph.nodes)
    if draws or list(graph.outputs) != ["out"]:
        return False
    try:
        return rows_of(graph, {"X": 0})[graph.outputs["out"]] == 0
    except CoupledError:
        return False


def _along_rows(node: Node) -> tuple[int, ...] | None:
    """Return the strides of a table: column by column, but for a wide one that is given."""
    if node.ndim != 2 or node.shape[0] != BLOCK or (node.op == INPUT and node.shape[1] > WIDE):
        return None
    return (1, BLOCK)


def _cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1
