"""Watching the stages: which was the best on held-out rows, and when none gets better any more."""

from __future__ import annotations

import sys

import numpy as np

from baremath.ensemble._boosting_losses import Loss, Vector
from baremath.ensemble._boosting_rows import Rows
from baremath.ensemble._boosting_stages import Stages, answers, scores
from baremath.tree.structure import Tree


class Watch:
    """Looks at the loss after each stage.

    Parameters
    ----------
    loss : Loss
        What is watched.
    held_out : Rows or None
        Rows that nothing is learned from; None to look at nothing.
    start : ndarray
        The scores before the first tree.
    patience, tol : int, float
        It is over when for so many stages the loss of the held-out rows hasn't been lower than the
        lowest by more than this share of the first.
    unit : float
        What the loss is counted in.
    verbose : bool
        Whether to write a line a stage.
    n_threads : int
        How many threads predict.

    Attributes
    ----------
    training, validation : list of float
        The losses, from before the first stage on; empty where nobody looks.
    best : int or None
        The stages that make the best model; None for all.
    is_over : bool
        Whether to stop.
    """

    def __init__(
        self,
        loss: Loss,
        held_out: Rows | None,
        start: Vector,
        *,
        patience: int,
        tol: float,
        unit: float,
        verbose: bool,
        n_threads: int,
    ) -> None:
        self.loss, self.held_out = loss, held_out
        self.patience, self.tol, self.unit = patience, tol, unit
        self.verbose, self.n_threads = verbose, n_threads
        self.training: list[float] = []
        self.validation: list[float] = []
        self._start = start
        self._score: Vector = np.empty(0)
        self._waited = 0
        self._lowest = np.inf
        self._margin = 0.0
        self.best: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether to stop."""
        return self.held_out is not None and self._waited >= self.patience

    def begin(self, stages: Stages) -> None:
        """Look at the model before its first new stage."""
        if self.held_out is not None:
            table = self.held_out.table
            self._score = scores(table, stages.trees, self._start, self.n_threads)
        self._look(stages)

    def note(self, trees: list[Tree], stages: Stages) -> None:
        """Look at the model after a stage, which has added these trees."""
        if self.held_out is not None:
            for k, tree in enumerate(trees):
                self._score[k] += answers(tree, self.held_out.table, self.n_threads)
        self._look(stages)

    def _look(self, stages: Stages) -> None:
        if self.held_out is None and not self.verbose:
            return
        self.training.append(stages.training_loss * self.unit)
        line = f"stage {stages.n_stages}: loss {self.training[-1]:.6g}"
        if self.held_out is not None:
            rows = self.held_out
            value = self.loss.value(rows.y, self._score, rows.weight)
            self.validation.append(value * self.unit)
            line += f", validation loss {self.validation[-1]:.6g}"
            if self.best is None:
                self._margin = self.tol * value
            self._waited = 0 if value < self._lowest - self._margin else self._waited + 1
            if value < self._lowest:
                self._lowest, self.best = value, stages.n_stages
        if self.verbose:
            sys.stdout.write(line + "\n")
