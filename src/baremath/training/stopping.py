"""When to stop, and the best weights until then."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from baremath.training.checks import check_count, check_number

if TYPE_CHECKING:
    from baremath.training.trainer import Trainer


class Best(NamedTuple):
    """The best epoch so far.

    Parameters
    ----------
    epoch : int
        Its number, from 1.
    value : float
        Of what is watched.
    parameters, buffers : ndarray
        The weights after it, as flat vectors.
    """

    epoch: int
    value: float
    parameters: NDArray[Any]
    buffers: NDArray[Any]

    def __repr__(self) -> str:
        return f"Best(epoch={self.epoch}, value={self.value:.4g})"


@dataclass(frozen=True, kw_only=True)
class StopWhen:
    """Stop training after the first epoch in which one of these holds.

    A rule for ``Trainer.fit(stop=…)``.

    Parameters
    ----------
    loss : float, optional
        What is watched has come down to this; has risen to it, if higher is better.
    seconds : float, optional
        The `fit` has taken so long; what it took before a checkpoint counts too.
    patience : int, optional
        So many epochs have passed since what is watched was best: early stopping.
    min_delta : float, default=0
        A value is better only if it is by more than this.
    monitor : str, optional
        What is watched: a column of `Trainer.history`. By default ``"validation_loss"`` where
        there is validation, else ``"loss"``.
    higher_is_better : bool, default=False
        For a monitor such as ``"validation_accuracy"``.
    restore_best : bool, default=True
        With patience: let `fit` end with the weights of the best epoch.

    Examples
    --------
    >>> from baremath.training import StopWhen
    >>> early_stopping = StopWhen(patience=10)
    >>> whatever_comes_first = StopWhen(loss=0.01, seconds=60, patience=10)
    """

    loss: float | None = None
    seconds: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    monitor: str | None = None
    higher_is_better: bool = False
    restore_best: bool = True

    def __post_init__(self) -> None:
        if self.patience is not None:
            check_count("patience", self.patience, 1)
        if self.loss is not None:
            check_number("loss", self.loss)
        if self.seconds is not None and not check_number("seconds", self.seconds) > 0:
            raise ValueError(f"seconds={self.seconds} must be more than 0.")
        if not check_number("min_delta", self.min_delta) >= 0:
            raise ValueError(f"min_delta={self.min_delta} must be 0 or more.")

    def __call__(self, trainer: Trainer) -> str:
        """Return why training should stop, or "" to go on."""
        column, value = self._watched(trainer)
        if self.loss is not None and (value == self.loss or self._better(value, self.loss)):
            return f"{column} is {value:.4g} in epoch {trainer.epochs}"
        if self.seconds is not None and trainer.seconds >= self.seconds:
            return f"{trainer.seconds:.3g} seconds have passed in epoch {trainer.epochs}"
        best = trainer.best
        if self.patience and best and trainer.epochs - best.epoch >= self.patience:
            return (
                f"{column} was best in epoch {best.epoch}, {best.value:.4g}, and no better in the "
                f"{trainer.epochs - best.epoch} since"
            )
        return ""

    def improves(self, trainer: Trainer) -> float | None:
        """Return the last value, if patience waits for it and it is the best; else None."""
        _, value = self._watched(trainer)
        if self.patience is None or value != value:
            return None
        margin = -self.min_delta if self.higher_is_better else self.min_delta
        best = trainer.best
        return value if best is None or self._better(value + margin, best.value) else None

    def _better(self, value: float, other: float) -> bool:
        return value > other if self.higher_is_better else value < other

    def _watched(self, trainer: Trainer) -> tuple[str, float]:
        """Return the name and the last value of what is watched; NaN if it wasn't measured."""
        last = {name: column[-1] for name, column in trainer.history.items() if column}
        column = self.monitor or "loss"
        if self.monitor is None and not math.isnan(last.get("validation_loss", math.nan)):
            column = "validation_loss"
        return column, last.get(column, math.nan)
