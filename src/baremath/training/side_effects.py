"""Side effects: what a module's Python does beside computing, which a trace would do only once."""

from __future__ import annotations

import dis
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

from baremath.autodiff.symbol import TraceError
from baremath.compiler.captures import Captures
from baremath.nn import Module
from baremath.training.step import TrainingStep


@contextmanager
def refused(step: TrainingStep) -> Iterator[None]:
    """Trace a step, or a part of it, inside; it may change nothing but parameters and buffers.

    Raises
    ------
    TraceError
        If an attribute of the module, the loss, the optimizer or the penalty has changed. Those of
        the module are as before then.
    """
    rules = [part for part in (step.loss, step.optimizer, step.penalty) if part is not None]
    captures = Captures(*rules, modules=(step.module,))
    with undone(step.weights.parts.values()):
        try:
            yield
            effect = captures.side_effect()
        finally:
            captures.put_back()
    if effect:
        line = _line_of(_attribute(effect, captures), [*step.weights.parts.values(), *rules])
        raise TraceError(
            f"{line}{effect} while a step was traced. Its Python runs once, and not at every step: "
            "make it a buffer, a tensor among the module's attributes"
        )


@contextmanager
def undone(parts: Iterable[Module]) -> Iterator[None]:
    """Put the attributes of modules, and what is in their lists and dicts, back at the end."""
    owners = [vars(part) for part in parts]
    values = [value for owner in owners for value in owner.values()]
    owners += [value for value in values if isinstance(value, dict)]
    named = [(owner, dict(owner)) for owner in owners]
    lists = [(value, list(value)) for value in values if isinstance(value, list)]
    try:
        yield
    finally:
        for owner, before in named:
            for name in owner.keys() - before:
                del owner[name]
            owner.update(before)
        for elements, content in lists:
            elements[:] = content  # at once: Ctrl-C finds all of them, or none has been put back


def _attribute(effect: str, captures: Captures) -> str:
    """Return the name of the attribute that has changed."""
    changed = effect.partition(" has changed")[0]
    return next((one.key for one in captures.places if one.name == changed), effect.split()[-1])


def _line_of(attribute: str, owners: Iterable[Any]) -> str:
    """Return where the user's code sets an attribute, or else reads it: ``"model.py:12: "``."""
    found: dict[bool, str] = {}
    for kind in {kind: None for owner in owners for kind in type(owner).__mro__}:
        for f in vars(kind).values() if not kind.__module__.startswith("baremath.") else ():
            if not isinstance(f, FunctionType) or f.__name__ == "__init__":
                continue
            for one in dis.get_instructions(f):
                if one.argval == attribute and one.positions and one.positions.lineno:
                    place = f"{Path(f.__code__.co_filename).name}:{one.positions.lineno}: "
                    found.setdefault(one.opname == "STORE_ATTR", place)
    return found.get(True) or found.get(False, "")
