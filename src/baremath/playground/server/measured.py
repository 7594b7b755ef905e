"""How good a network is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.playground.server import network
from baremath.playground.server.points import Floats, Points


@dataclass(frozen=True)
class Measured:
    """How good a network is, on the points it learns from and on the others."""

    train_loss: float
    test_loss: float
    train_accuracy: float | None
    test_accuracy: float | None
    r2: float | None
    confusion: NDArray[np.int32] | None


def measured(points: Points, train: tuple[float, Floats], test: tuple[float, Floats]) -> Measured:
    """Measure a network by its mean losses, and its outputs as they are shown."""
    held_out = ~points.train
    if not points.n_classes:
        return Measured(train[0], test[0], None, None, _r2(points.y[held_out], test[1]), None)
    numbers = _numbers(points)
    confusion = _confusion(numbers[held_out], network.decided(points, test[1]), points.n_classes)
    right = network.decided(points, train[1]) == numbers[points.train]
    accuracy = float(np.trace(confusion)) / max(1, int(confusion.sum()))
    return Measured(train[0], test[0], float(right.mean()), accuracy, None, confusion)


def _numbers(points: Points) -> NDArray[np.intp]:
    """Return the numbers of the points' classes."""
    return points.y.astype(np.intp) if points.n_classes > 2 else (points.y > 0).astype(np.intp)


def _confusion(truth: NDArray[np.intp], said: NDArray[np.intp], n: int) -> NDArray[np.int32]:
    """Count the points of each class (rows) by the class that is said (columns)."""
    return np.bincount(truth * n + said, minlength=n * n).reshape(n, n).astype(np.int32)


def _r2(y: NDArray[Any], output: NDArray[Any]) -> float | None:
    r"""Return :math:`R^2 = 1 - \sum (y - \hat y)^2 / \sum (y - \bar y)^2`."""
    y, output = y.astype(np.float64), output[:, 0].astype(np.float64)
    spread = float(((y - y.mean()) ** 2).sum())
    return None if spread == 0 else 1 - float(((y - output) ** 2).sum()) / spread
