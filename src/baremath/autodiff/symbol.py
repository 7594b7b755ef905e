"""Symbol: stands where an array stands, while a function is described rather than computed."""

from __future__ import annotations

import math
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import DTypeLike

from baremath.autodiff.operators import Axis, Operators
from baremath.autodiff.recording import mode

#: Code from here isn't the user's.
_HERE = str(Path(__file__).resolve().parents[1])
_INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))

#: Of code that was met: whose it is.
_owners: dict[CodeType, str] = {}


class Recorder(Protocol):
    """Who writes down what is computed with symbols.

    Attributes
    ----------
    refused : TraceError or None
        The first error since it began, which a function may have caught.
    """

    refused: TraceError | None

    def record(
        self, operation: Any, arrays: list[Any], attributes: dict[str, Any], given: tuple[Any, ...]
    ) -> Symbol:
        """Return the symbol of the result of an operation on arrays, given as tensors or arrays."""
        ...

    def known(self, array: Any) -> Symbol:
        """Return the symbol of a known array."""
        ...

    def check(self, x: Symbol, test: Callable[[Any], None]) -> None:
        """Let the values of an argument be tested at every call."""
        ...


class TraceError(TypeError):
    """A function that can't be traced: it asks for a value, or does what would happen only once.

    The trace remembers it: a function that catches it can't be traced either.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        if mode.recorder is not None and mode.recorder.refused is None:
            mode.recorder.refused = self


class MissingError(TraceError, AttributeError):
    """An attribute that an array has, and what stands for one in a trace hasn't."""

    def __init__(self, message: str = "") -> None:  # to ask for one, as hasattr does, is no error
        AttributeError.__init__(self, message)


def _without(operator: str, instead: str) -> Callable[..., NoReturn]:
    """Return the method of an operator that refuses it."""

    def refused(*_: Any) -> NoReturn:
        raise refuse(f"{operator} has no operation here and can't be written down", instead)

    return refused


class Symbol(Operators):
    """An array that isn't computed: its shape and dtype, and who records what is done with it.

    It is to a `Tensor` what an array is, so that derivatives are traced by the rules that compute
    them.

    Parameters
    ----------
    recorder : Recorder
        Is told of every operation.
    node : object
        What the recorder knows it by.
    shape : tuple of int
        Of the array.
    dtype : dtype
        Of the array.
    computed : bool, default=True
        False for an input.
    weak : bool, default=False
        Whether it is a Python number, which follows the dtype of the arrays beside it.
    """

    __slots__ = ("computed", "dtype", "ndim", "node", "recorder", "shape", "size", "weak")

    def __init__(
        self,
        recorder: Recorder,
        node: Any,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        *,
        computed: bool = True,
        weak: bool = False,
    ) -> None:
        self.recorder = recorder
        self.node = node
        self.shape = shape
        self.dtype = dtype
        self.ndim: int = len(shape)
        self.size = math.prod(shape)
        self.computed = computed
        self.weak = weak

    def __repr__(self) -> str:
        lengths = ", ".join(map(str, self.shape))
        return f"<symbol: {self.dtype}[{lengths}]>"

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array of shape () is one number and has no length")
        return self.shape[0]

    # As an array has them: what is recorded is never written to, so that it is its own copy

    def copy(self) -> Symbol:
        """Return it."""
        return self

    def astype(self, dtype: DTypeLike, copy: bool = True) -> Symbol:
        """Return the values in another type."""
        made: Symbol = ops.astype(self, dtype)
        return made

    def squeeze(self, axis: Axis = None) -> Symbol:
        """Return the array without axes of length 1."""
        made: Symbol = ops.squeeze(self, axis)
        return made

    def ravel(self) -> Symbol:
        """Return the elements in one dimension."""
        return self.flatten()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _answered(ops.call_ufunc, ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _answered(ops.call_function, function, args, kwargs)

    def __and__(self, other: Any) -> Any:
        return self._logical(ops.logical_and, other, "&")

    def __or__(self, other: Any) -> Any:
        return self._logical(ops.logical_or, other, "|")

    def __invert__(self) -> Any:
        return self._logical(lambda x, _: ops.logical_not(x), self, "~")

    def _logical(self, operation: Any, other: Any, operator: str) -> Any:
        """Combine truth values; of integers NumPy would combine the bits."""
        if self.dtype == np.bool_ and getattr(other, "dtype", type(other)) in (bool, np.bool_):
            return operation(self, other)
        raise refuse(
            f"{operator} combines the bits of {self.dtype}, for which there is no operation",
            "compare first, as in (x > 0) & (y > 0)",
        )

    # What an array has, and baremath no operation for

    __mod__ = __rmod__ = _without("%", "write x - y * np.floor(x / y) for x % y")
    __floordiv__ = __rfloordiv__ = _without("//", "write np.floor(x / y) for x // y")
    __divmod__ = __rdivmod__ = _without("divmod()", "write np.floor(x / y), and x - y * that")
    __xor__ = __rxor__ = _without("^", "write x != y for two conditions")
    __lshift__ = __rlshift__ = _without("<<", "write x * 2**y for x << y")
    __rshift__ = __rrshift__ = _without(">>", "write np.floor(x / 2**y) for x >> y")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"an array has no attribute {name!r}")
        raise MissingError(
            f"{called_from()}: x.{name} of an array has no operation here: write it with those of "
            "baremath.autodiff"
        )

    # What asks for the values

    def __bool__(self) -> NoReturn:
        raise refuse(
            "whether this is true is not known",
            "write np.where(condition, a, b) for a choice; if it depends on an argument of the "
            "function alone, name that in static_argnames",
        )

    def any(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        raise unanswered("any")

    def all(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        raise unanswered("all")

    def __format__(self, spec: str) -> str:
        if spec:
            raise self._number(f"the format {spec!r}")
        return repr(self)

    def _number(self, asked: str) -> TraceError:
        return refuse(
            f"{asked} asks for a number that is not known",
            "compute with the tensor itself; in place of out[i] = x write np.stack, np.concatenate "
            "or np.where; for a length or a place that is the same at every "
            "call, name the argument in static_argnames",
        )

    def __float__(self) -> NoReturn:
        raise self._number("float()")

    def __int__(self) -> NoReturn:
        raise self._number("int()")

    def __complex__(self) -> NoReturn:
        raise self._number("complex()")

    def __index__(self) -> NoReturn:
        raise self._number("an index, a length or range()")

    def item(self) -> NoReturn:
        """Refuse."""
        raise self._number("item()")

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise refuse(
            "x[i] = y would write to an array that is not there",
            "write np.where(mask, y, x) for a new one",
        )

    def __iadd__(self, other: Any) -> Any:
        return self._assigned(ops.add, other, "+=")

    def __isub__(self, other: Any) -> Any:
        return self._assigned(ops.subtract, other, "-=")

    def __imul__(self, other: Any) -> Any:
        return self._assigned(ops.multiply, other, "*=")

    def __itruediv__(self, other: Any) -> Any:
        return self._assigned(ops.divide, other, "/=")

    def __ipow__(self, other: Any) -> Any:
        return self._assigned(ops.power, other, "**=")

    def __imatmul__(self, other: Any) -> Any:
        return self._assigned(ops.matmul, other, "@=")

    def _assigned(self, operation: Any, other: Any, operator: str) -> Any:
        """Return a number's next value; an array would be written to, for all who hold it."""
        if self.weak:
            return operation(self, other)
        raise refuse(
            f"x {operator} y would write to an array that is not there",
            f"write x = x {operator[:-1]} y for a new one",
        )

    def _values(self, asked: str) -> TraceError:
        return refuse(
            f"{asked} asks for values that are not known",
            "use the functions of NumPy or baremath, which take tensors, and return what you want "
            "to see; in place of out[i] = x write np.stack, np.concatenate or np.where",
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise self._values("a NumPy array of a tensor")

    def tolist(self) -> NoReturn:
        """Refuse."""
        raise self._values("tolist()")

    def view(self) -> NoReturn:
        """Refuse."""
        raise self._values("numpy()")

    def __reduce__(self) -> NoReturn:
        raise self._values("a pickle or a deep copy")


def as_array(x: Any) -> Any:
    """Return what stands for an array: a symbol as it is, all else as an array."""
    return x if type(x) is Symbol else np.asarray(x)


def is_symbol(x: Any) -> bool:
    """Whether x is a symbol, or a tensor that holds one."""
    return type(x if type(x) is Symbol else getattr(x, "data", None)) is Symbol


def unanswered(name: str) -> TraceError:
    """Return the error of a function of NumPy's that answers a question about values."""
    return refuse(
        f"np.{name} asks for values that are not known",
        "write np.where(condition, a, b) for a choice",
    )


def refuse(what: str, instead: str) -> TraceError:
    """Return the error of a function that can't be traced, with the user's line."""
    return TraceError(
        f"{called_from()}: {what} while a function is traced, which is done once, without values; "
        f"{instead}."
    )


def _answered(answer: Callable[..., Any], *question: Any) -> Any:
    """Return what a function of NumPy's is answered, or say on which line there is no answer."""
    try:
        return answer(*question)
    except TraceError:
        raise
    except TypeError as error:
        raise TraceError(f"{called_from()}: {error}") from None


def called_from() -> str:
    """Return the innermost line on the stack that is the user's: ``"model.py:12"``.

    Not baremath's own, nor that of an installed library, unless there is no other.
    """
    frame: FrameType | None = sys._getframe(1)
    library = None
    while frame is not None:
        owner = _owners.get(frame.f_code) or _owner_of(frame.f_code)
        if owner == "user":
            break
        if owner == "library" and library is None:
            library = frame
        frame = frame.f_back
    frame = frame or library or sys._getframe(1)
    file = frame.f_code.co_filename
    return f"{file[file.rfind('/') + 1 :]}:{frame.f_lineno}"


def _owner_of(code: CodeType) -> str:
    """Return whose code it is: ``"baremath"``, ``"library"`` or ``"user"``."""
    file = code.co_filename
    owner = "library" if file.startswith(_INSTALLED) or file.startswith("<frozen") else "user"
    _owners[code] = "baremath" if file.startswith(_HERE) else owner
    return _owners[code]


# Symbols are made by operations, and operations know symbols.
from baremath.autodiff import ops  # noqa: E402
