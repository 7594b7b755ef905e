"""Looking for the first operation that gives a NaN or an infinity."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff.recording import mode
from baremath.autodiff.symbol import TraceError, is_symbol, refuse

if TYPE_CHECKING:
    from baremath.autodiff.node import Node
    from baremath.autodiff.ops.operation import Operation

_HERE = str(Path(__file__).resolve().parents[1])


class Origin(NamedTuple):
    """Where an operation was called."""

    line: str
    module: str

    def __str__(self) -> str:
        return f"{self.line} (module {self.module})" if self.module else self.line


#: Of an operation that was called outside.
NOT_RECORDED = Origin("a line not recorded: call the function inside detect_anomaly too", "")


class AnomalyError(ArithmeticError):
    """An operation gave a value, or a gradient, that is not finite.

    Attributes
    ----------
    operation : str
        The operation's name.
    line : str
        The user's line that called it, as ``file:number: source``.
    backward : bool
        Whether it was the gradient that is not finite.
    module : str
        The path of the module that was computing, such as ``"layers.2"``; "" outside of modules.
    """

    def __init__(self, message: str, operation: str, origin: Origin, *, backward: bool) -> None:
        super().__init__(message)
        self.operation = operation
        self.line, self.module = origin
        self.backward = backward


def check_value(operation: Operation, inputs: list[Any], value: NDArray[Any]) -> Origin:
    """Return where an operation was called; raise AnomalyError if its value is not finite."""
    origin = Origin(user_line(), ".".join(mode.path))
    if is_symbol(value):
        raise refuse_to_watch()
    if value.dtype.kind != "f" or np.isfinite(value).all():
        return origin
    at = _first_bad(value)
    came = ", ".join(_at(x, at, value.shape) for x in inputs)
    message = f"{operation.name} gave {value[at]} at {_shown(at)} from {came}, in {origin}"
    raise AnomalyError(message, operation.name, origin, backward=False)


def check_share(node: Node, i: int, share: Any) -> None:
    """Raise AnomalyError if the gradient by an input of this node is not finite."""
    if is_symbol(share):
        raise refuse_to_watch()
    gradient = np.asarray(share if isinstance(share, np.ndarray | np.generic) else share.data)
    if np.isfinite(gradient).all():
        return
    assert node.operation is not None
    origin = getattr(node, "origin", NOT_RECORDED)
    at = _first_bad(gradient)
    message = (
        f"the gradient by input {i} of {node.operation.name} is {gradient[at]} at {_shown(at)}; "
        f"the operation was called in {origin}"
    )
    raise AnomalyError(message, node.operation.name, origin, backward=True)


def refuse_to_watch() -> TraceError:
    """Return the error of looking for non-finite values where there are no values."""
    return refuse(
        "detect_anomaly looks at values, which are not there",
        "call the function that is not compiled inside detect_anomaly",
    )


def user_line() -> str:
    """Return the innermost line on the stack that is not baremath's own."""
    import linecache

    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    file, number = frame.f_code.co_filename, frame.f_lineno
    return f"{Path(file).name}:{number}: {linecache.getline(file, number).strip()}"


def _first_bad(value: NDArray[Any]) -> tuple[Any, ...]:
    return tuple(np.argwhere(~np.isfinite(value))[0])


def _shown(at: tuple[Any, ...]) -> list[int]:
    return [int(k) for k in at]


def _at(x: Any, at: tuple[Any, ...], shape: tuple[int, ...]) -> str:
    """Return the element of an input that lies at the same place, or the input's shape."""
    x = np.asarray(x)
    try:
        return str(np.broadcast_to(x, shape)[at])
    except ValueError:
        return f"an array of shape {x.shape}"
