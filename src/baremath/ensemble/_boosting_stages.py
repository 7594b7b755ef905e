"""Boosting stage by stage: gradients, a tree for each score, the scores after it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.ensemble._boosting_losses import Loss, Vector
from baremath.ensemble._boosting_rows import Draws, Questions, Rows
from baremath.estimator import Floats
from baremath.tree.binning import Binner
from baremath.tree.grower import Grower, Settings
from baremath.tree.growth import Binned
from baremath.tree.leaves import apply
from baremath.tree.predicting import Forest
from baremath.tree.structure import Tree
from baremath.tree.threads import Crew

_MANY_ROWS = 50_000


class Stages:
    """The stages of a fit: each adds a tree for every score.

    Parameters
    ----------
    rows : Rows
        What is learned from.
    loss : Loss
        What is made small.
    start : ndarray of shape (n_scores,)
        The scores before the first tree.
    trees : list of Tree
        Those of earlier stages, to go on from.
    questions, draws, settings
        Of the columns, of a stage, of a tree.
    learning_rate : float
        What answers are multiplied by.
    n_threads : int
        How many threads share the work.

    Attributes
    ----------
    trees : list of Tree
        Stage after stage, the trees of a stage in the order of the scores.
    """

    def __init__(
        self,
        rows: Rows,
        loss: Loss,
        start: Vector,
        trees: list[Tree],
        questions: Questions,
        draws: Draws,
        settings: Settings,
        learning_rate: float,
        n_threads: int,
    ) -> None:
        self.rows, self.loss, self.draws = rows, loss, draws
        self.learning_rate = learning_rate
        self.trees = list(trees)
        self._score = scores(rows.table, trees, start, n_threads)
        loss.prepare(rows.y, self._score, rows.weight)
        self._gradient = np.empty(self._score.shape, np.float32)
        self._hessian = np.empty(self._score.shape, np.float32)
        binner = Binner(questions.max_bins, n_threads=n_threads)
        binner.fit(rows.table, questions.is_categorical, rows.weight if len(rows.weight) else None)
        bins = binner.transform(rows.table)
        binned = Binned(
            bins.view(np.uint64),
            binner.columns(bins),
            binner.n_bins,
            questions.is_categorical,
            questions.signs,
            questions.groups,
        )
        crews = min(loss.n_scores, n_threads)
        self._open = ExitStack()
        self._growers = [
            self._open.enter_context(
                Grower(binned, binner.thresholds, settings, n_threads // crews)
            )
            for _ in range(crews)
        ]
        self._crew = self._open.enter_context(Crew(crews))
        self._row_crew = self._open.enter_context(Crew(n_threads if len(rows) > 10_000 else 1))

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    @property
    def n_stages(self) -> int:
        """Stages that are over."""
        return len(self.trees) // self.loss.n_scores

    @property
    def training_loss(self) -> float:
        """The mean loss of the rows that are learned from."""
        return self.loss.value(self.rows.y, self._score, self.rows.weight)

    def advance(self) -> list[Tree]:
        """Add a stage; return its trees."""
        stage, n = self.n_stages, len(self.rows)
        y, n_scores = self.rows.y, self.loss.n_scores
        self.loss.prepare(y, self._score, self.rows.weight)
        crew = self._row_crew

        def differentiate(thread: int) -> None:
            first, last = n * thread // crew.n_threads, n * (thread + 1) // crew.n_threads
            self.loss.differentiate(first, last, y, self._score, self._gradient, self._hessian)

        crew.run(differentiate)
        chosen = self.draws.columns(stage, len(self._growers[0].thresholds))
        grown: list[Any] = [None] * n_scores

        def grow(thread: int) -> None:
            for k in range(thread, n_scores, self._crew.n_threads):
                grown[k] = self._grow(self._growers[thread], k, stage, chosen)

        self._crew.run(grow)
        self.trees += grown
        return grown

    def _grow(self, grower: Grower, k: int, stage: int, chosen: NDArray[np.bool_]) -> Tree:
        rows = self.draws.rows(stage, len(self.rows))
        turn = stage % 2 + 2 * (stage // 2 * self.loss.n_scores + k)
        grower.grow(self._gradient[k], self._hessian[k], self.rows.weight, rows, chosen, turn)
        if self.loss.answers_itself:
            self._answer(grower, k)
        tree = grower.tree(self.learning_rate)
        if len(rows) == 0:
            grower.add_to(self._score[k], self.learning_rate)
        else:
            self._score[k] += answers(tree, self.rows.table)
        return tree

    def _answer(self, grower: Grower, k: int) -> None:
        """Let leaves answer as the loss says."""
        for node, rows in grower.leaves():
            weight = self.rows.weight[rows] if len(self.rows.weight) else self.rows.weight
            residual = self.rows.y[rows] - self._score[k, rows]
            grower.answer(node, self.loss.answer(residual, weight))


def answers(tree: Tree, table: Floats, n_threads: int = 1) -> Vector:
    """Return what a tree answers to each row; it is laid out for speed where rows are many."""
    if len(table) < _MANY_ROWS:
        return np.asarray(tree.value[apply(tree, table), 0])
    return Forest([tree]).sums(table, n_threads=n_threads)[:, 0]


def scores(table: Floats, trees: list[Tree], start: Vector, n_threads: int) -> Vector:
    """Return the scores of each row, of shape (n_scores, n): the start and the trees' answers."""
    total = np.tile(start, (len(table), 1))
    if trees:
        Forest(trees, len(start)).sums(table, out=total, n_threads=n_threads)
    return np.ascontiguousarray(total.T)
