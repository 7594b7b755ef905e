"""What is measured after an epoch, and the history of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from baremath.autodiff import no_grad
from baremath.training.data import Data

History = dict[str, list[float]]
Metrics = Mapping[str, Callable[[Any, Any], float]]


def measure(
    data: Data, module: Callable[..., Any], loss: Callable[..., Any] | None, metrics: Metrics
) -> dict[str, float]:
    """Return the loss, unless it is None, and the metrics of a module over some rows."""
    batch = data.as_batch(0, 0)
    measured = {}
    with no_grad():
        output = module(batch.X)
        if loss is not None:
            measured["loss"] = float(batch.loss(loss, output))
    for name, metric in metrics.items():
        measured[name] = float(metric(output.data, data.y))
    return measured


def record(history: History, epochs: int, measured: Mapping[str, float]) -> None:
    """Write what was measured after so many epochs; what was written of later ones goes."""
    forget_after(history, epochs)
    for name in {**history, **measured}:
        column = history.setdefault(name, [])
        column += [math.nan] * (epochs - len(column))
        column.append(measured.get(name, math.nan))


def forget_after(history: History, epochs: int) -> None:
    """Forget what was written after these epochs."""
    for column in history.values():
        del column[epochs:]
