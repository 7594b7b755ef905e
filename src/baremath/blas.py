"""BLAS on one thread, while we have threads of our own or products too small to share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


class _Limit:
    """The limit on BLAS, which is one for the whole process, and how many want it kept."""

    lock = Lock()
    wanted = 0
    limiter: Any = None


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep BLAS to one thread: its own threads fight with ours over the same cores.

    Several may ask at once, one inside the other or in threads of their own; the last to leave
    gives BLAS its threads back.
    """
    with _Limit.lock:
        if _Limit.wanted == 0:
            _Limit.limiter = _blas().limit(limits=1, user_api="blas")
        _Limit.wanted += 1
    try:
        yield
    finally:
        with _Limit.lock:
            _Limit.wanted -= 1
            if _Limit.wanted == 0:
                _Limit.limiter.restore_original_limits()
