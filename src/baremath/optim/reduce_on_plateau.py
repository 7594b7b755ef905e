"""ReduceOnPlateau: the learning rate comes down when the loss no longer does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.optim.schedule import Schedule


@dataclass
class ReduceOnPlateau(Schedule):
    r"""Down a step when the loss has stopped falling.

    A loss that is less than :math:`(1 - \theta)` times the best so far is progress. After more than
    `patience` epochs without any, the factor is multiplied by :math:`\gamma`.

    Parameters
    ----------
    factor : float in (0, 1], default=0.1
        :math:`\gamma`, what a step multiplies by.
    patience : int, default=10
        The epochs without progress that are borne; the one after brings the step.
    threshold : float in [0, 1), default=1e-4
        :math:`\theta`, the share of the best loss by which a new one must be better.
    cooldown : int, default=0
        The epochs after a step in which nothing is counted.
    minimum : float in [0, 1), default=0
        The factor goes no lower.

    Attributes
    ----------
    current : float
        The factor now.
    best : float or None
        The lowest loss so far.
    waited : int
        The epochs without progress.
    resting : int
        The epochs of cooldown left.

    Examples
    --------
    >>> from baremath.optim import ReduceOnPlateau
    >>> schedule = ReduceOnPlateau(factor=0.5, patience=1)
    >>> for epoch, loss in enumerate([3.0, 2.0, 2.0, 2.0, 1.9]):
    ...     schedule.observe(loss)
    ...     print(epoch, loss, schedule(epoch))
    0 3.0 1.0
    1 2.0 1.0
    2 2.0 1.0
    3 2.0 0.5
    4 1.9 0.5
    """

    name: ClassVar[str] = "reduce_on_plateau"

    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    minimum: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.current = 1.0
        self.best: float | None = None
        self.waited = 0
        self.resting = 0

    def __call__(self, epoch: float) -> float:
        """Return the factor now, whatever the time."""
        return self.current

    def observe(self, loss: float) -> None:
        """Take note of the loss after an epoch; one that is not a number is no progress."""
        if self._is_progress(loss):
            self.best, self.waited = float(loss), 0
        else:
            self.waited += 1
        if self.resting:
            self.resting, self.waited = self.resting - 1, 0
        if self.waited > self.patience:
            self.current = max(self.current * self.factor, self.minimum)
            self.resting, self.waited = int(self.cooldown), 0

    def _is_progress(self, loss: float) -> bool:
        if self.best is None:
            return math.isfinite(loss)
        return bool(loss < self.best - self.threshold * abs(self.best))

    def state_dict(self) -> dict[str, Any]:
        """Return the factor now and what it has counted."""
        return {
            "current": self.current,
            "best": self.best,
            "waited": self.waited,
            "resting": self.resting,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict`."""
        super().load_state_dict(state)
        self.current, self.best = state["current"], state["best"]
        self.waited, self.resting = state["waited"], state["resting"]
