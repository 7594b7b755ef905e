"""The codes of a process: a step like one that has been compiled is not compiled again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

import numpy as np

from baremath.autodiff import Tensor
from baremath.nn import Module
from baremath.training.compiled.graphs import Shapes
from baremath.training.compiled.program import CompiledStep, compile_step
from baremath.training.step import TrainingStep

#: Codes that are kept for steps like theirs.
_KEPT = 64

_SIMPLE = (bool, int, float, str, bytes, type(None), np.dtype, np.generic)

_codes: OrderedDict[Any, CompiledStep] = OrderedDict()
_lock = Lock()


def code_of(step: TrainingStep, shapes: Shapes) -> CompiledStep:
    """Return the code of a step; one that was made before if it would be the same."""
    try:
        key = (shapes, _identity(step))
    except _UnknownError:
        return compile_step(step, shapes)
    with _lock:
        if key in _codes:
            _codes.move_to_end(key)
            return _codes[key]
    code = compile_step(step, shapes)
    with _lock:
        _codes[key] = code
        while len(_codes) > _KEPT:
            _codes.popitem(last=False)
    return code


class _UnknownError(Exception):
    """Something whose code may read what isn't known here."""


def _identity(step: TrainingStep) -> Any:
    """Return all that the code of a step depends on but the numbers that it is given.

    Raises
    ------
    _UnknownError
        If a part of it isn't baremath's own: it may read anything.
    """
    knobs = {(id(owner), name) for owner, name in step.knobs.values()}
    parts = tuple((path, *_described(part, knobs)) for path, part in step.weights.parts.items())
    others = tuple(
        None if part is None else _described(part, knobs)
        for part in (step.loss, step.optimizer, step.penalty)
    )
    shared = tuple((path, len(places)) for path, places in step.weights.places.items())
    return parts, others, shared, tuple(step.knobs), str(step.weights.dtype)


def _described(part: Any, knobs: set[tuple[int, str]]) -> tuple[Any, ...]:
    if not type(part).__module__.startswith("baremath."):
        raise _UnknownError
    return (
        type(part),
        *(
            (name, _value(value))
            for name, value in vars(part).items()
            if (id(part), name) not in knobs and name != "training"
        ),
    )


def _value(value: Any) -> Any:
    if isinstance(value, _SIMPLE):
        return type(value), repr(value)
    if isinstance(value, Tensor):
        return value.shape, str(value.dtype), value.requires_grad
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tobytes()
    if isinstance(value, Module):
        return type(value)  # a part of its own
    if isinstance(value, tuple | list):
        return tuple(map(_value, value))
    if isinstance(value, dict):
        return tuple((key, _value(one)) for key, one in value.items())
    raise _UnknownError
