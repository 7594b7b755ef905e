"""What is called while training goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Hook = Callable[[Any], object]


def hooks(callbacks: Iterable[Any]) -> tuple[list[Hook], list[Hook]]:
    """Return what is called after each step, and what after each epoch.

    Raises
    ------
    TypeError
        If one can't be called.
    """
    on_step: list[Hook] = []
    on_epoch: list[Hook] = []
    if callable(callbacks) or not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks={callbacks!r} must be a list: [{callbacks!r}].")
    for callback in callbacks:
        if isinstance(callback, type):
            raise TypeError(f"callbacks: {callback.__name__} is a class; give an object of it.")
        step, epoch = (getattr(callback, f"on_{when}_end", None) for when in ("step", "epoch"))
        if step is None and epoch is None:
            if not callable(callback):
                raise TypeError(
                    f"callbacks: {callback!r} is neither a function of the trainer nor an object "
                    "with on_epoch_end(trainer) or on_step_end(trainer)."
                )
            epoch = callback
        if step is not None:
            on_step.append(step)
        if epoch is not None:
            on_epoch.append(epoch)
    return on_step, on_epoch
