"""The codes of a process: a step like one that has been compiled is not compiled again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import RLock
from typing import Any

import numpy as np

from baremath.autodiff import Tensor
from baremath.nn import Module
from baremath.training.compiled.facts import SIMPLE, fact, methods
from baremath.training.compiled.graphs import Shapes
from baremath.training.compiled.program import CompiledStep, compile_step
from baremath.training.step import TrainingStep

#: Codes that are kept for steps like theirs.
_KEPT = 64

_codes: OrderedDict[Any, CompiledStep] = OrderedDict()
_lock = RLock()  # so that a thread that was interrupted while it held it can go on


def code_of(step: TrainingStep, shapes: Shapes) -> CompiledStep:
    """Return the code of a step; one that was made before if it would be the same."""
    try:
        key = (shapes, _identity(step))
    except UnknownError:
        return compile_step(step, shapes)
    with _lock:
        if key in _codes and not _codes[key].stale():
            _codes.move_to_end(key)
            return _codes[key]
    code = compile_step(step, shapes)
    with _lock:
        _codes[key] = code
        while len(_codes) > _KEPT:
            _codes.popitem(last=False)
    return code


class UnknownError(Exception):
    """Something whose code may read what isn't known here."""


def _identity(step: TrainingStep) -> Any:
    """Return all that the code of a step depends on but the numbers that it is given.

    Raises
    ------
    UnknownError
        If a part of it isn't baremath's own: it may read anything.
    """
    knobs = {(id(owner), name) for owner, name in step.knobs.values()}
    paths = {id(part): path for path, part in step.weights.parts.items()}
    parts = tuple(
        (path, *described(part, knobs, paths)) for path, part in step.weights.parts.items()
    )
    others = tuple(
        None if part is None else described(part, knobs, {}, own_tensors=False)
        for part in (step.loss, step.optimizer, step.penalty)
    )
    shared = tuple(
        (path, tuple((paths[id(owner)], name) for owner, name in places))
        for path, places in step.weights.places.items()
    )
    return parts, others, shared, tuple(step.knobs), str(step.weights.dtype)


def described(
    part: Any,
    knobs: set[tuple[int, str]],
    paths: Mapping[int, str] | None = None,
    *,
    own_tensors: bool = True,
) -> tuple[Any, ...]:
    """Return all that a part is, but for the values of its tensors if they are given as weights."""
    if not type(part).__module__.startswith("baremath."):
        raise UnknownError
    return (
        type(part),
        methods(part),
        *(
            (name, (value.shape, str(value.dtype), value.requires_grad))
            if own_tensors and isinstance(value, Tensor)
            else (name, _value(value, paths))
            for name, value in vars(part).items()
            if (id(part), name) not in knobs and name != "training"
        ),
    )


def _value(value: Any, paths: Mapping[int, str] | None) -> Any:
    if isinstance(value, Module):  # a part of its own
        return type(value), (paths or {}).get(id(value))
    if isinstance(value, tuple | list):
        return type(value), tuple(_value(one, paths) for one in value)
    if isinstance(value, dict):
        return dict, tuple((key, _value(one, paths)) for key, one in value.items())
    if isinstance(value, Tensor):
        return Tensor, fact(value.data)
    if isinstance(value, SIMPLE) or (isinstance(value, np.ndarray) and not value.dtype.hasobject):
        return fact(value)
    raise UnknownError
