"""What compiled code takes for granted."""

from __future__ import annotations

from typing import Any

from baremath.training.eager import Setting

_SIMPLE = (bool, int, float, str, type(None))


def facts_of(setting: Setting) -> tuple[Any, ...]:
    """Return what machine code takes for granted: numbers and choices that aren't knobs."""
    step = setting.step
    knobs = {(id(owner), name) for owner, name in step.knobs.values()}
    owners = [*step.weights.parts.values(), step.loss, step.optimizer, step.penalty]
    found = [
        (k, name, type(value).__name__, value)
        for k, owner in enumerate(owners)
        for name, value in getattr(owner, "__dict__", {}).items()
        if isinstance(value, _SIMPLE) and (id(owner), name) not in knobs and name != "training"
    ]
    return (*found, *(["clip"] if setting.clipped else []))
