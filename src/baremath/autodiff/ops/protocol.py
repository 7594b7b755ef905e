"""NumPy speaks tensor: what its functions do when they are given one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from baremath.autodiff.ops.arithmetic import equal, less, not_equal
from baremath.autodiff.ops.cumulative import cumsum
from baremath.autodiff.ops.functions import abs
from baremath.autodiff.ops.operation import NUMPY
from baremath.autodiff.ops.reduction import max, min, prod, sum
from baremath.autodiff.recording import mode
from baremath.autodiff.symbol import TraceError, called_from, is_symbol, unanswered
from baremath.autodiff.tensor import Tensor

NUMPY.update(
    {
        np.shape: lambda x: x.shape,
        np.ndim: lambda x: x.ndim,
        np.size: lambda x: x.size,
        np.isnan: lambda x: not_equal(x, x),
        np.isinf: lambda x: equal(abs(x), np.inf),
        np.isfinite: lambda x: less(abs(x), np.inf),
    }
)

#: What the methods of NumPy's universal functions are called here.
METHODS: dict[tuple[np.ufunc, str], Callable[..., Any]] = {
    (np.add, "reduce"): sum,
    (np.multiply, "reduce"): prod,
    (np.maximum, "reduce"): max,
    (np.minimum, "reduce"): min,
    (np.add, "accumulate"): cumsum,
}

#: What to write in place of functions that have no rule.
NEAR = {
    "append": "np.concatenate",
    "arccosh": "np.log and np.sqrt",
    "arcsinh": "np.log and np.sqrt",
    "atleast_1d": "np.reshape",
    "atleast_2d": "np.reshape",
    "average": "np.sum(w * x) / np.sum(w)",
    "column_stack": "np.stack(..., axis=1) or np.concatenate",
    "cosh": "(np.exp(x) + np.exp(-x)) / 2",
    "cumprod": "np.exp(np.cumsum(np.log(x)))",
    "diff": "x[1:] - x[:-1]",
    "dstack": "np.stack(..., axis=2)",
    "flip": "x[::-1]",
    "inner": "np.sum(x * y) or np.einsum",
    "kron": "np.einsum and np.reshape",
    "linalg.inv": "np.linalg.solve",
    "repeat": "np.take, which may take an element twice",
    "roll": "np.concatenate of two slices",
    "sinh": "(np.exp(x) - np.exp(-x)) / 2",
    "sort": "x[np.argsort(x.detach().numpy())]",
    "tensordot": "np.einsum",
    "tile": "np.concatenate([x, x])",
    "trace": "np.einsum('ii', x)",
    "vdot": "np.sum(x * y)",
}

#: Functions that depend on the order of the values.
ORDERS = {"argpartition", "argsort", "lexsort", "median", "partition", "percentile", "quantile"}
ORDERS |= {"nanmedian", "searchsorted", "sort", "unique"}

#: What to do in a trace where no operation helps.
OUTSIDE = "compute it outside of the compiled function, and give the result as an argument"

#: Functions that answer a question with plain arrays or a plain truth.
QUESTIONS = {np.all, np.allclose, np.any, np.array_equal, np.isclose}


def call_ufunc(ufunc: np.ufunc, method: str, inputs: Any, kwargs: dict[str, Any]) -> Any:
    """Answer ``np.exp(tensor)``.

    Raises
    ------
    TypeError
        If baremath has no such operation, or it is called with arguments that it doesn't take.
    """
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    if kwargs.get("out") is not None:
        raise TypeError(
            f"np.{name} can't write the result of a tensor into an array: without out=, or with "
            "a = a + x in place of a += x, it returns a new tensor."
        )
    taken: tuple[str, ...] = ()
    if method == "__call__":
        answer = NUMPY.get(ufunc)
    else:
        answer, taken = METHODS.get((ufunc, method)), ("axis", "keepdims")
        kwargs = {"axis": 0, **kwargs} if len(inputs) == 1 else kwargs
    if answer is None:
        raise _unknown(name)
    if refused := [key for key in kwargs if key not in taken]:
        raise _refused(name, refused[0])
    return answer(*inputs, **kwargs)


def call_function(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Answer ``np.sum(tensor, axis=1)``.

    Raises
    ------
    TypeError
        If baremath has no such operation, or it is called with arguments that it doesn't take.
    """
    if function in QUESTIONS:
        if any(map(is_symbol, args)):
            raise unanswered(function.__name__)
        return function(*(x.data if isinstance(x, Tensor) else x for x in args), **kwargs)
    answer = NUMPY.get(function)
    name = f"{function.__module__}.{function.__name__}".removeprefix("numpy.")
    if answer is None:
        raise _unknown(name)
    if len(args) == 1 and not kwargs:
        return answer(*args)
    positional, named = _translated(function, answer, name, args, kwargs)
    return answer(*positional, **named)


def _translated(
    function: Any, answer: Any, name: str, args: Any, kwargs: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return NumPy's arguments as ours: those without a default by place, others by name."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    signature, takes = _signature(function), _signature(answer)
    assert takes is not None
    if signature is None:
        positional, named = list(args), kwargs
    else:
        _sort(signature.bind(*args, **kwargs), positional, named)
    for key in named:
        if key not in takes.parameters:
            raise _refused(name, key)
    return positional, named


def _sort(bound: inspect.BoundArguments, positional: list[Any], named: dict[str, Any]) -> None:
    """Sort NumPy's arguments into those without a default and those that differ from it."""
    for key, value in bound.arguments.items():
        parameter = bound.signature.parameters[key]
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            named.update(value)
        elif parameter.default is parameter.empty:
            positional.append(value)
        elif value is not parameter.default:
            named[key] = value


@cache
def _signature(function: Any) -> inspect.Signature | None:
    """Return the signature; older NumPys don't tell that of a function written in C."""
    try:
        return inspect.signature(function)
    except ValueError:
        return None


def _refused(name: str, argument: str) -> TypeError:
    return TypeError(f"np.{name} of a tensor doesn't take {argument}=")


def _unknown(name: str) -> TypeError:
    near = NEAR.get(name, "operations that have one")
    if mode.recorder is not None:
        return TraceError(
            f"{called_from()}: np.{name} of a tensor has no operation here, and can't be compiled: "
            + (OUTSIDE if name in ORDERS else f"write it with {near}; or {OUTSIDE}")
        )
    return TypeError(
        f"np.{name} of a tensor has no derivative here: write it with {near}, or declare an "
        "operation of your own with elementwise(...) or a class of Operation, from "
        "baremath.autodiff; compute with x.detach().numpy() where no derivative is needed."
    )
