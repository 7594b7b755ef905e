"""Operation: what every operation is, and what happens when one is applied."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from baremath.autodiff.anomaly import check_value
from baremath.autodiff.node import SHOWN, Like, Node, kept
from baremath.autodiff.recording import mode, tracing, watching
from baremath.autodiff.symbol import Symbol, as_array, is_symbol
from baremath.autodiff.tensor import Tensor

#: Every operation by name: what the tests, the NumPy protocol and the compiler go through.
OPERATIONS: dict[str, Operation] = {}

#: A NumPy function, and the function of tensors that answers when NumPy's is given one.
NUMPY: dict[Callable[..., Any], Callable[..., Any]] = {}

NUMBERS = (float, int, bool)
LISTS = (list, tuple)

Sample = tuple[tuple[Any, ...], dict[str, Any]]


class Operation:
    """A function of arrays that knows its derivative.

    Given arrays it returns an array; given a tensor among its inputs it returns a tensor that
    remembers how it was made. The derivative is written in operations, so the same rule runs on
    arrays (a gradient), on tensors (a gradient that can be differentiated again) and in a trace.

    A subclass has the attributes below and the methods `value` and `vjp`. An argument of `vjp`
    whose name begins with an underscore is not kept until the backward sweep: the rule may read
    its shape and dtype only.

    Attributes
    ----------
    name : str
        As in NumPy or PyTorch.
    latex : str
        The formula, with ``{0}``, ``{1}``, … for the inputs.
    derivative_latex : tuple of str
        The vector-Jacobian product by each input; of an elementwise operation the derivative.
    differentiable : bool
        False where the derivative is zero or doesn't exist: the result is a constant.
    """

    name: str
    latex: str
    derivative_latex: tuple[str, ...] = ()
    differentiable = True

    def __init__(self) -> None:
        OPERATIONS[self.name] = self
        self._reads = [_read(self.vjp, skip=2)] if self.differentiable else []
        self._unread: dict[tuple[bool, ...], list[int]] = {}

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def value(self, *inputs: Any, **attributes: Any) -> Any:
        """Compute the result with NumPy: the reference for every backend."""
        raise NotImplementedError

    def vjp(self, i: int, g: Any, y: Any, *inputs: Any, **attributes: Any) -> Any:
        """Return the gradient by input `i`, given the gradient `g` by the result `y`."""
        raise NotImplementedError

    def result(self, *inputs: Any, **attributes: Any) -> Like:
        """Return shape and dtype of the result, of inputs of which shape and dtype are known.

        Here `value` is computed of zeros; an operation that would take long over that, or refuses
        zeros, says it otherwise. Plain numbers have no dtype, and fit any.
        """
        with np.errstate(all="ignore"):
            return Like(np.asarray(self.value(*map(hollow, inputs), **attributes)))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield inputs and attributes at which the tests check value and derivative."""
        raise NotImplementedError

    def misfit(self, *inputs: Any, **attributes: Any) -> str:
        """Say what is wrong with inputs that `value` refused; "" leaves NumPy's words."""
        return ""

    def __call__(self, *inputs: Any, **attributes: Any) -> Any:
        """Return the result: an array of arrays, a tensor if a tensor is among the inputs."""
        arrays: list[Any] = []
        parents: list[Node | None] = []
        dtype, mixed, large, tracked = None, False, False, False
        for x in inputs:
            if isinstance(x, Tensor):
                array, node = x._data, x.node  # in a quarter of the time of x.data
                arrays.append(array)
                parents.append(node)
                if node is not None:
                    tracked = True
                if array.size > SHOWN:
                    large = True
                if dtype is None:
                    dtype = array.dtype
                elif array.dtype is not dtype:
                    mixed = True
            else:
                if type(x) not in NUMBERS:
                    mixed = True
                    if type(x) in LISTS:
                        x = np.array(x)
                arrays.append(x)
                parents.append(None)
        if dtype is None:
            if tracing:
                return _recorded(self, inputs, arrays, attributes)
            return self.value(*arrays, **attributes)
        if mixed:
            arrays = self.alike(inputs, arrays)
        try:
            if tracing:
                value = _recorded(self, inputs, arrays, attributes)
            else:
                value = self.value(*arrays, **attributes) if attributes else self.value(*arrays)
        except ValueError as error:
            raise ValueError(self.misfit(*arrays, **attributes) or str(error)) from None
        if type(value) is not np.ndarray:
            value = as_array(value)
        origin = None
        if watching and mode.detecting_anomalies:
            origin = check_value(self, arrays, value)
        if not (tracked and self.differentiable and mode.recording):
            return Tensor(value)
        output = value
        if large or mixed or value.size > SHOWN:
            for k in self._unread_of(parents):
                if k < 0:
                    output = kept(value)
                elif type(arrays[k]) is np.ndarray:
                    arrays[k] = kept(arrays[k])
            arrays = [_own(array, x) for array, x in zip(arrays, inputs, strict=True)]
        node = Node(self, attributes, parents, arrays, output)
        if origin:
            node.origin = origin
        return Tensor(value, node)

    def _unread_of(self, parents: list[Node | None]) -> list[int]:
        """Return which inputs no rule reads that will run, and -1 if none reads the result."""
        pattern = tuple(parent is not None for parent in parents)
        if pattern in self._unread:
            return self._unread[pattern]
        rules = self._reads * len(parents) if len(self._reads) == 1 else self._reads
        read = [
            _extended(rule, len(parents) + 1)
            for rule, parent in zip(rules, parents, strict=True)
            if parent is not None
        ]
        unread = [k - 1 for k in range(len(parents) + 1) if not any(r[k] for r in read)]
        self._unread[pattern] = unread
        return unread

    def formula(self, **attributes: Any) -> str:
        """Return `latex`, or what it becomes by the attributes."""
        return self.latex

    def alike(self, inputs: tuple[Any, ...], arrays: list[Any]) -> list[Any]:
        """Return the arrays in one dtype: tensors must agree, constants follow them."""
        dtype = None
        for x, array in zip(inputs, arrays, strict=True):
            if isinstance(x, Tensor) and array.dtype.kind == "f" and not _is_weak(array):
                if dtype is None:
                    dtype = array.dtype
                elif array.dtype != dtype:
                    raise TypeError(
                        f"{self.name} was given tensors of {dtype} and {array.dtype}; convert one: "
                        f"x.astype({dtype})."
                    )
        return [_constant(x, array, dtype) for x, array in zip(inputs, arrays, strict=True)]


_dtypes: dict[Any, np.dtype[Any]] = {}


def hollow(x: Any) -> Any:
    """Return zeros of a shape and dtype that take no memory; a known array as it is, or a number.

    What `result` computes of it is right but for the values.
    """
    if type(x) in NUMBERS or isinstance(x, np.ndarray):
        return x
    return np.broadcast_to(np.zeros((), x.dtype), x.shape)


def dtype_of(x: Any) -> np.dtype[Any]:
    """Return the dtype of an array, or what a number's array would have."""
    found: np.dtype[Any] = x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype
    return found


def common_dtype(*inputs: Any) -> np.dtype[Any]:
    """Return the dtype that arrays and numbers have in common."""
    return np.result_type(*[x if type(x) in NUMBERS else x.dtype for x in inputs])


def dtype_of_value(operation: Operation, *inputs: Any, **attributes: Any) -> np.dtype[Any]:
    """Return the dtype of the result, by computing it of one element, or of one in each row."""
    ones: list[Any] = [1.0 if type(x) is float else x for x in inputs]
    ones = [x if type(x) in NUMBERS else (x.dtype, len(x.shape)) for x in ones]
    key = (operation, *((type(x), x) for x in ones), *sorted(attributes.items()))
    if key not in _dtypes:
        arrays = [np.ones((1,) * x[1], x[0]) if type(x) is tuple else x for x in ones]
        with np.errstate(all="ignore"):
            _dtypes[key] = np.asarray(operation.value(*arrays, **attributes)).dtype
    return _dtypes[key]


def _recorded(
    operation: Operation, inputs: tuple[Any, ...], arrays: list[Any], attributes: dict[str, Any]
) -> Any:
    """Return the symbol of the result if there is one among the arrays, else the value."""
    for x in arrays:
        if type(x) is Symbol:
            return x.recorder.record(operation, arrays, attributes, inputs)
    for x in attributes.values():
        if is_symbol(x):  # which the recorder refuses
            symbol = x.data if isinstance(x, Tensor) else x
            return symbol.recorder.record(operation, arrays, attributes, inputs)
    return operation.value(*arrays, **attributes)


def _is_weak(array: Any) -> bool:
    """Whether it is the symbol of a Python number."""
    return type(array) is Symbol and array.weak


def shape_of(x: Any) -> tuple[int, ...]:
    """Return the shape of an array, a tensor, a number or nested lists."""
    return x.shape if hasattr(x, "shape") else np.shape(x)


def _own(array: Any, given: Any) -> Any:
    """Return an array that nobody else writes to."""
    return array.copy() if array is given and isinstance(array, np.ndarray) else array


def _constant(x: Any, array: Any, dtype: np.dtype[Any] | None) -> Any:
    """Return an operand in the dtype of the tensors beside it; Python's numbers fit any."""
    if type(array) in NUMBERS:
        return array
    if (isinstance(x, Tensor) and array.dtype.kind == "f") or _is_weak(array):
        return array
    if not isinstance(array, np.ndarray | Symbol):
        array = np.array(array)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"an operand of type {type(x).__name__} is not an array of numbers")
    if dtype is not None and array.dtype.kind in "fiu" and array.dtype != dtype:
        return array.astype(dtype)
    return array


def _read(rule: Callable[..., Any], skip: int) -> list[bool]:
    """Return whether a rule reads the value of y, x0, x1, …: their names have no underscore."""
    parameters = list(inspect.signature(rule).parameters.values())[skip:]
    return [not p.name.startswith("_") for p in parameters if p.kind != p.KEYWORD_ONLY]


def _extended(reads: list[bool], length: int) -> list[bool]:
    """Repeat the last entry, that of a rule's ``*inputs``."""
    return [*reads, *([reads[-1]] * (length - len(reads)))][:length]
