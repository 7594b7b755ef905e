"""One thread: a trainer is driven by one at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Method = Callable[Concatenate[Any, P], R]


class Turn:
    """Whose turn it is; a copy of it is free, and so is one that was stored."""

    def __init__(self) -> None:
        self.lock = RLock()

    def __reduce__(self) -> tuple[type[Turn], tuple[()]]:
        return Turn, ()


def in_one_thread(method: Method[P, R]) -> Method[P, R]:
    """Let a method of a trainer refuse to run while another thread is in one."""

    @wraps(method)
    def driven(trainer: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        lock = trainer._turn.lock
        if not lock.acquire(blocking=False):
            raise RuntimeError(
                "this trainer is training in another thread: wait until it has finished, or give "
                "each thread a trainer and a module of its own."
            )
        try:
            return method(trainer, *args, **kwargs)
        finally:
            lock.release()

    return driven
