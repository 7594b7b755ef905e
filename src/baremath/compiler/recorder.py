"""Recorder: writes the operations on symbols down as the nodes of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from baremath.autodiff import OPERATIONS, Elementwise, Tensor
from baremath.autodiff.ops.operation import NUMBERS, Operation
from baremath.autodiff.ops.sampling import Draw
from baremath.autodiff.symbol import Symbol, TraceError, called_from, refuse
from baremath.compiler.ir import INPUT, Node, constant

#: What stands for a Python number of a type where a dtype is sought: it fits any of its kind.
_ANY = {"f": 0.0, "i": 0, "u": 0, "b": False}


#: Operations that take integers as places, whatever stands beside them.
INDEXING = frozenset({"getitem", "add_at", "gather", "scatter_add"})


class Recorder:
    """Takes the operations of one trace down.

    Attributes
    ----------
    inputs : dict of str to Node
        In the order of their making.
    captured : dict of int to (object, array)
        By id: the arrays and tensors from outside that became constants, and a tensor's array.
    fits : dict of str to set of dtype
        Python integers among the inputs, and the dtypes of integers that they are converted to.
    tests : list of (str, callable)
        The names of inputs, and what their values have to pass at every call, or raise an error.
    open : bool
        False once the trace has ended.
    refused : TraceError or None
        The first error of this trace, which the function may catch.
    """

    def __init__(self) -> None:
        self.inputs: dict[str, Node] = {}
        self.captured: dict[int, tuple[Any, Any]] = {}
        self.fits: dict[str, set[np.dtype[Any]]] = {}
        self.tests: list[tuple[str, Callable[[Any], None]]] = []
        self.open = True
        self.refused: TraceError | None = None
        self._constants: dict[int, tuple[Any, Node]] = {}
        self._converted_to: dict[tuple[Node, Any], Node] = {}

    def input(self, name: str, array: Any, *, weak: bool = False) -> Symbol:
        """Return the symbol of an argument."""
        node = Node(INPUT, (), {"name": name}, array.shape, array.dtype)
        self.inputs[name] = node
        return Symbol(self, node, node.shape, node.dtype, computed=False, weak=weak)

    def record(
        self,
        operation: Operation,
        arrays: list[Any],
        attributes: dict[str, Any],
        given: tuple[Any, ...],
    ) -> Symbol:
        """Return the symbol of the result of an operation."""
        self._check(operation, attributes)
        for x in given:
            if isinstance(x, Tensor) and type(x.data) is not Symbol:
                self.captured.setdefault(id(x), (x, x.data))
        strong = [_dtype_or_number(x) for x in arrays]
        weak = isinstance(operation, Elementwise) and all(type(x) in NUMBERS for x in strong)
        result = operation.result(*map(_strong, arrays, strong), **attributes)
        indexing = operation.name in INDEXING
        if isinstance(operation, Draw):
            self._note_seeds(arrays)
        inputs = tuple(
            [self.node_of(x, None if indexing and _is_integer(x) else strong) for x in arrays]
        )
        line = called_from()
        node = Node(operation.name, inputs, attributes, result.shape, result.dtype, line)
        return Symbol(self, node, node.shape, node.dtype, weak=weak and result.dtype.kind in "fi")

    def _note_seeds(self, arrays: list[Any]) -> None:
        """Write down that Python integers are seeds and steps, which are of 64 bits."""
        for x in arrays:
            if type(x) is Symbol and x.weak and x.node.op == INPUT:
                name = x.node.attributes["name"]
                self.fits.setdefault(name, set()).add(np.dtype(np.uint64))

    def known(self, array: Any) -> Symbol:
        """Return the symbol of an array that is made in the trace."""
        node = constant(array, line=called_from())
        return Symbol(self, node, node.shape, node.dtype)

    def check(self, x: Symbol, test: Callable[[Any], None]) -> None:
        """Let the values of an argument be tested at every call; what is computed isn't tested."""
        node: Node = x.node
        while node.op in ("astype", "reshape"):
            node = node.inputs[0]
        self.tests += [(name, test) for name, given in self.inputs.items() if given is node]

    def node_of(self, x: Any, beside: list[Any] | None = None) -> Node:
        """Return the node of an operand; a Python number takes the dtype of those beside it."""
        if type(x) is Symbol:
            if x.recorder is not self or not self.open:
                raise refuse(
                    "a value of another trace is used: it was kept, in an attribute, a list or a "
                    "global, when the function that it belongs to was traced",
                    "return it from that function instead",
                )
            node: Node = x.node
            return self._converted(x, node, beside) if x.weak and beside else node
        if type(x) in NUMBERS:
            return constant(x, _dtype_of_number(x, beside), called_from())
        return self._constant(np.asarray(x))

    def _converted(self, x: Symbol, node: Node, beside: list[Any]) -> Node:
        """Return a Python number that is an argument in the dtype of what stands beside it."""
        dtype = np.result_type(*beside)
        if all(type(other) in NUMBERS for other in beside) or dtype == node.dtype:
            return node
        if dtype.kind == "b":
            return node
        if node.op == INPUT and dtype.kind in "iu":
            self.fits.setdefault(node.attributes["name"], set()).add(dtype)
        if (node, dtype) not in self._converted_to:
            attributes = {"dtype": dtype}
            made = Node("astype", (node,), attributes, node.shape, dtype, called_from())
            self._converted_to[node, dtype] = made
        return self._converted_to[node, dtype]

    def _constant(self, array: Any) -> Node:
        """Return the node of a known array; of the same array the same, if nobody wrote to it."""
        if id(array) in self._constants:
            node = self._constants[id(array)][1]
            if "value" in node.attributes and _same(node.attributes["value"], array):
                return node
        line = called_from()
        if array.size > 1 and not any(array.strides):  # one number, seen many times
            one = constant(array[(0,) * array.ndim], line=line)
            shape = {"shape": array.shape}
            node = Node("broadcast_to", (one,), shape, array.shape, array.dtype, line)
        else:
            node = constant(array, line=line)
        self._constants[id(array)] = (array, node)
        self.captured.setdefault(id(array), (array, None))
        return node

    def _check(self, operation: Operation, attributes: dict[str, Any]) -> None:
        """Refuse what a node can't say: symbols among the attributes, an ambiguous name."""
        if OPERATIONS.get(operation.name) is not operation:
            raise TraceError(
                f"{called_from()}: there are two operations called {operation.name!r}, and a graph "
                "knows an operation by its name; give yours another"
            )
        for name, value in attributes.items():
            if isinstance(value, Tensor | Symbol):
                raise refuse(
                    f"{name}= of {operation.name} is computed, and must be a plain value",
                    "compute it outside, or name the argument in static_argnames",
                )


def _dtype_or_number(x: Any) -> Any:
    """Return what `np.result_type` is to know of an operand."""
    if type(x) is Symbol and x.weak:
        return _ANY[x.dtype.kind]
    return x if type(x) in NUMBERS else x.dtype


def _is_integer(x: Any) -> bool:
    return type(x) is Symbol and x.dtype.kind in "iu"


def _strong(x: Any, known: Any) -> Any:
    """Return an operand as `Operation.result` takes it: a weak symbol as the number it is."""
    return known if type(x) is Symbol and x.weak else x


def _dtype_of_number(x: Any, beside: list[Any] | None) -> Any:
    if beside is None or type(x) is bool:
        return None
    return np.result_type(*beside)


def _same(a: Any, b: Any) -> bool:
    """Whether two arrays are the same, bit by bit."""
    return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
