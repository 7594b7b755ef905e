"""Watching the epochs: when nothing gets better any more, training ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.training import Trainer

FASTER_BY = 5.0  # the learning rate is divided by this when it adapts
LEAST_RATE = 1e-6


class Watch:
    """The stopping rule of scikit-learn's networks, for ``Trainer.fit(stop=…)``.

    Training stops when for `patience` epochs in a row neither the loss of the epoch has fallen, nor
    the score of the rows held out has risen, by more than `tol`.

    Parameters
    ----------
    tol : float
        What counts as better.
    patience : int or inf
        Epochs in a row that may pass without it.
    score : callable, optional
        ``score(trainer)``, of the rows held out; the weights with the best score are kept. Without
        it the loss decides.
    adapts : bool, default=False
        Divide the learning rate by five instead of stopping, until it is below 1e-6.
    verbose : bool, default=False
        Write a line an epoch.

    Attributes
    ----------
    scores : list of float
        One an epoch.
    best_state : dict of str to ndarray
        The weights with the best score.
    reason : str
        Why to stop, or "".
    """

    def __init__(
        self,
        tol: float,
        patience: float,
        *,
        score: Callable[[Trainer], float] | None = None,
        adapts: bool = False,
        verbose: bool = False,
    ) -> None:
        self.tol = tol
        self.patience = patience
        self.score = score
        self.adapts = adapts
        self.verbose = verbose
        self.scores: list[float] = []
        self.best_state: dict[str, NDArray[Any]] = {}
        self.reason = ""
        self._best = -np.inf
        self._waited = 0
        self._seen: int | None = None  # epochs of the history

    def epochs_until(self, trainer: Trainer) -> float:
        """Return after how many epochs it wants to look again: the soonest that it can stop."""
        if self._seen is None:
            self._seen = trainer.epochs
        looks_at_each = self.score is not None or self.verbose
        return 1 if looks_at_each else self.patience + 1 - self._waited

    def __call__(self, trainer: Trainer) -> str:
        """Look at the epochs since the last call; return why to stop, or ""."""
        for loss in trainer.history["loss"][self._seen :]:
            self._look(trainer, loss)
        self._seen = trainer.epochs
        if self._waited > self.patience:
            self._give_up(trainer)
        return self.reason

    def _look(self, trainer: Trainer, loss: float) -> None:
        value = -loss
        if self.score is not None:
            value = self.score(trainer)
            self.scores.append(value)
        self._waited = 0 if value > self._best + self.tol else self._waited + 1
        if value >= self._best:  # of equal scores the later: its loss is lower
            self._best = value
            if self.score is not None:
                self.best_state = trainer.module.state_dict()
        if self.verbose:
            held_out = f", validation score {value:.4f}" if self.score else ""
            sys.stdout.write(f"epoch {trainer.epochs}: loss {loss:.6f}{held_out}\n")

    def _give_up(self, trainer: Trainer) -> None:
        rate = trainer.optimizer.learning_rate / FASTER_BY
        if self.adapts and rate >= LEAST_RATE:
            trainer.optimizer.learning_rate = rate
            self._waited = 0
            return
        what = "the loss" if self.score is None else "the validation score"
        self.reason = f"{what} was no better for {self._waited} epochs"
        if self.verbose:
            sys.stdout.write(f"stopped: {self.reason}\n")
