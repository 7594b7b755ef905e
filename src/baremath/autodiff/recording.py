"""What a thread does while it computes: record or not, look for non-finite values or not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Mode(threading.local):
    """A thread's own settings.

    Attributes
    ----------
    recording : bool
        Whether operations on tensors that require a gradient leave nodes behind.
    detecting_anomalies : bool
        Whether every result is looked through for NaN and infinity.
    transforms : int
        How many of `grad`, `vjp`, `jacobian` and so on the thread is inside of.
    path : list of str
        The names of the modules that are computing, outermost first: ``["layers", "2"]``.
        `Module.__call__` pushes and pops them, so that an error can name the layer.
    recorder : object or None
        Of the function that is being traced in this thread.
    """

    def __init__(self) -> None:
        self.recording = True
        self.detecting_anomalies = False
        self.transforms = 0
        self.path: list[str] = []
        self.recorder: Any = None


mode = _Mode()

#: One entry for each `detect_anomaly` anywhere: while it is empty nobody need ask his own mode.
watching: list[None] = []

#: One entry for each trace anywhere: while it is empty nobody need look for symbols.
tracing: list[None] = []


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without remembering how: what is made inside has no gradient.

    Examples
    --------
    >>> from baremath.autodiff import tensor
    >>> w = tensor(2.0, requires_grad=True)
    >>> with no_grad():
    ...     w -= 0.5  # an update is not part of the function
    >>> w
    tensor(1.5, requires_grad=True)
    """
    before = mode.recording
    mode.recording = False
    try:
        yield
    finally:
        mode.recording = before


@contextmanager
def enable_grad() -> Iterator[None]:
    """Record again inside a `no_grad`."""
    before = mode.recording
    mode.recording = True
    try:
        yield
    finally:
        mode.recording = before


@contextmanager
def recording_by(recorder: Any) -> Iterator[None]:
    """Let a recorder write down what this thread computes with symbols."""
    before = mode.recorder
    mode.recorder = recorder
    tracing.append(None)
    try:
        yield
    finally:
        tracing.pop()
        mode.recorder = before


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Stop at the first operation that gives a NaN or an infinity, forward or backward.

    Raises
    ------
    AnomalyError
        Inside the block, at that operation; it names the operation and the line that called it.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.autodiff import log, tensor
    >>> with detect_anomaly(), np.errstate(divide="ignore"):
    ...     log(tensor([1.0, 0.0]))
    Traceback (most recent call last):
    baremath.autodiff.anomaly.AnomalyError: log gave -inf at [1] from 0.0, in ...
    """
    before = mode.detecting_anomalies
    mode.detecting_anomalies = True
    watching.append(None)
    try:
        yield
    finally:
        watching.pop()
        mode.detecting_anomalies = before
