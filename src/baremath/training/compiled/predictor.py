"""Predictions by machine code: rows are computed some at a time, so one code serves any number."""

from __future__ import annotations

import ctypes
import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff import Tensor, no_grad
from baremath.autodiff.ops.sampling import Draw
from baremath.compiler.ir import INPUT, Graph, Node
from baremath.compiler.loops.language import Call
from baremath.compiler.loops.lower import Binding, Lowered, lower
from baremath.compiler.passes import optimise
from baremath.compiler.rows import CoupledError, rows_of
from baremath.compiler.trace import Traced, trace
from baremath.nn import Dropout, Module

#: Rows times parameters from which code is compiled: below, it would seldom pay.
WORK = 4_000_000

#: Rows that are computed together: vectors run along them.
BLOCK = 16

#: Codes that are kept for modules like theirs.
_KEPT = 64

_codes: OrderedDict[Any, _Code | None] = OrderedDict()
_lock = Lock()


def predict(module: Module, X: NDArray[Any]) -> NDArray[Any]:
    """Return what a module in eval mode gives for each row.

    By machine code if rows times parameters are at least `WORK`, else by the eager engine: which
    one depends on the module and the number of rows alone, so that the same call gives the same
    numbers, whatever was compiled before. A module whose rows depend on each other, that draws
    random numbers, or for which there are no loops is computed by the eager engine, too.

    Parameters
    ----------
    module : Module
        What computes.
    X : ndarray of shape (n_rows, ...)
        Inputs, of the dtype of the module.

    Raises
    ------
    TraceError
        If it is to be compiled, and what the module does depends on values.
    """
    if len(X) * sum(parameter.size for parameter in module.parameters()) >= WORK:
        found = compiled(module, X)
        if found is not None:
            return found
    return eager(module, X)


def compiled(module: Module, X: NDArray[Any]) -> NDArray[Any] | None:
    """Return what a module in eval mode gives for each row, by machine code.

    It is compiled on the first call for a module like this and rows of this shape; None if only
    the eager engine can compute it.
    """
    code = _code_of(module, X)
    return None if code is None else code(module, X)


def eager(module: Module, X: NDArray[Any]) -> NDArray[Any]:
    """Return what a module in eval mode gives for each row, by the eager engine."""
    with _eval(module), no_grad():
        return np.asarray(module(Tensor(X)).data)


@contextmanager
def _eval(module: Module) -> Iterator[None]:
    """Set a tree to predicting, and back."""
    before = [(vars(part), "training" in vars(part), part.training) for part in _parts(module)]
    try:
        for attributes, _, _ in before:
            attributes["training"] = False
        yield
    finally:
        for attributes, own, was in before:
            if own:
                attributes["training"] = was
            else:
                del attributes["training"]


def _parts(module: Module) -> list[Module]:
    return list(module.named_modules().values())


# The codes of a process


def _code_of(module: Module, X: NDArray[Any]) -> _Code | None:
    """Return the code for a module; one that was made before if it would be the same."""
    key = (_identity(module), X.shape[1:], X.dtype)
    with _lock:
        if key in _codes and not (_codes[key] and _codes[key].traced_stale()):
            _codes.move_to_end(key)
            return _codes[key]
    code = _compile(module, X)
    with _lock:
        _codes[key] = code
        while len(_codes) > _KEPT:
            _codes.popitem(last=False)
    return code
