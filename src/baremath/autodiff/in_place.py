"""Writing in place: the tensor gets a new array, so what was computed from the old stays true."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff.recording import mode, watching
from baremath.autodiff.symbol import Symbol, refuse
from baremath.autodiff.tensor import Tensor


def update(tensor: Tensor, operation: Any, other: Any, operator: str) -> Tensor:
    """Take the values of an operation's result in place of the own."""
    array = tensor._data
    if (
        not mode.recording
        and type(other) is Tensor
        and other._data.dtype is array.dtype
        and other._data.shape == array.shape
        and tensor.is_leaf
        and not watching
    ):  # a step of a weight along its gradient: in half the time
        tensor.data = operation.value(array, other._data)
        return tensor
    return _assign(tensor, operation(tensor, other), operator)


def _assign(tensor: Tensor, result: Tensor, operator: str) -> Tensor:
    """Take the values of an in-place operator's result, if nobody needs the old ones."""
    node, array = tensor.node, result.data
    if node is not None and (mode.recording or not tensor.is_leaf):
        raise RuntimeError(
            f"{operator} would overwrite a tensor that its gradient needs. Write x = x + y, or "
            "where(mask, new, x) for some of the elements; an update of weights belongs "
            "inside `with baremath.no_grad():`."
        )
    if result.node is not None and mode.recording:
        raise RuntimeError(
            f"{operator} would give a constant a gradient; write x = x + y instead, or "
            "where(mask, new, x) for some of the elements."
        )
    if array.shape != tensor.data.shape:
        raise ValueError(
            f"{operator} keeps the shape {tensor.shape}, but the result has {array.shape}"
        )
    if array.dtype != tensor.data.dtype:
        if not np.can_cast(array.dtype, tensor.data.dtype, "same_kind"):
            raise TypeError(
                f"{operator} keeps the dtype {tensor.dtype}, but the result has {array.dtype}; "
                "write x = x + y for a new tensor."
            )
        array = array.astype(tensor.data.dtype)
    tensor.data = array
    return tensor


def set_item(tensor: Tensor, index: Any, value: Any) -> None:
    """Set elements to a value."""
    array = tensor.data.copy()
    array[_plain(index)] = _plain(value)
    _assign(tensor, Tensor(array, value.node if isinstance(value, Tensor) else None), "x[i] =")


def refuse_lost_write(tensor: Tensor) -> None:
    """Refuse, in a trace, to write to a tensor that was not made in it."""
    array = tensor._data
    if mode.recorder is not None and not (isinstance(array, Symbol) and array.computed):
        raise refuse(
            "this writes to a tensor from outside, which would happen once and not at every call",
            "write x = x + y for a new tensor, np.where(mask, new, x) for some of the elements, "
            "and return what the caller is to have",
        )


def _plain(x: Any) -> Any:
    if isinstance(x, tuple):
        return tuple(_plain(part) for part in x)
    return x.data if isinstance(x, Tensor) else x
