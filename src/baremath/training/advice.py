"""Advice: what to do where a trainer can't trace the user's Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from baremath.autodiff.symbol import TraceError

_EAGER = 'or take backend="eager", which runs the Python at every step'

#: Advice for functions that are compiled one by one: a trainer has no such argument.
_OF_COMPILE = re.compile(r", or name the argument in static_argnames|;[^;]*in static_argnames")


@contextmanager
def with_advice(backend: str) -> Iterator[None]:
    """Compile inside for a trainer; an error says that the eager backend is a way out."""
    try:
        yield
    except TraceError as error:
        if backend != "eager":
            said = _OF_COMPILE.sub("", str(error)).rstrip(".")
            error.args = (f"{said}; {_EAGER}.",)
        raise
