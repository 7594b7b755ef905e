"""What compiled code takes for granted."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff import Tensor
from baremath.training.eager import Setting

SIMPLE = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype)

#: Methods that are called while a step is traced.
_METHODS = ("__call__", "forward", "each", "counts", "sums", "init", "update")


def facts_of(setting: Setting) -> tuple[Any, ...]:
    """Return what machine code takes for granted: all that its parts are but knobs and weights."""
    step = setting.step
    given = {(id(owner), name) for places in step.weights.places.values() for owner, name in places}
    given |= {(id(owner), name) for owner, name in step.knobs.values()}
    owners = [*step.weights.parts.values(), step.loss, step.optimizer, step.penalty]
    found = [
        (k, name, fact(value))
        for k, owner in enumerate(owners)
        for name, value in getattr(owner, "__dict__", {}).items()
        if (id(owner), name) not in given and name != "training"
    ]
    return (*found, *map(methods, owners), *(["clip"] if setting.clipped else []))


def methods(owner: Any) -> tuple[Any, ...]:
    """Return the functions that an object's class computes by: a class may be changed, too."""
    return tuple(getattr(type(owner), name, None) for name in _METHODS)


def fact(value: Any) -> Any:
    """Return what equals the same of another value only if that is the same now, and always."""
    if isinstance(value, SIMPLE):
        return type(value), repr(value)
    if isinstance(value, Tensor):
        return _Same(value), fact(value.data)
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return value.shape, str(value.dtype), value.tobytes()
    if isinstance(value, tuple | list):
        return type(value), tuple(map(fact, value))
    if isinstance(value, dict):
        return dict, tuple((fact(key), fact(one)) for key, one in value.items())
    if isinstance(value, set | frozenset):
        return type(value), frozenset(map(fact, value))
    return _Same(value)


class _Same:
    """Equals what holds the very same object."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)
