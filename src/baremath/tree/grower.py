"""Grower: grows one tree after another on the same table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from baremath.tree.growing import add_answers, grow
from baremath.tree.growth import LEAF as GROWING_LEAF
from baremath.tree.growth import SPLIT, Binned, Grown, Lesson, Workspace
from baremath.tree.histogram import BINS, WORD_COLUMNS
from baremath.tree.splitting import SETTINGS
from baremath.tree.structure import CATEGORY_WORDS, LEAF, Tree
from baremath.tree.threads import BARRIER_WORDS, Crew

#: Rows times columns from which on a tree is worth more than one thread.
_WORTH_THREADS = 400_000

_MANY_ROWS = 50_000  # from here on more than one thread adds answers


class Settings(NamedTuple):
    """When a tree stops growing; see `GradientBoostingRegressor`.

    Parameters
    ----------
    l2, l1 : float
        Penalties of the answers.
    min_hessian, min_samples_leaf : float, int
        What a leaf has at least.
    min_gain : float
        What a split gains at least.
    max_leaf_nodes, max_depth : int
        What a tree has at most.
    category_smoothing : float
        Rows of gradient 0 that are added to each category when they are put in order.
    """

    l2: float
    l1: float
    min_hessian: float
    min_samples_leaf: int
    min_gain: float
    max_leaf_nodes: int
    max_depth: int
    category_smoothing: float = 10.0


class Grower:
    """Grows trees, one after another, on the rows of a binned table.

    Parameters
    ----------
    binned : Binned
        The table.
    thresholds : list of ndarray
        For each column the number that ends each bin; nothing for categories.
    settings : Settings
        When to stop.
    n_threads : int
        How many threads may work together on a tree. It is the same for any number.
    """

    def __init__(
        self,
        binned: Binned,
        thresholds: list[NDArray[np.float64]],
        settings: Settings,
        n_threads: int,
    ) -> None:
        n_features, n = binned.columns.shape
        self.binned = binned
        self.thresholds = thresholds
        self._edges = _by_bin(thresholds, binned.is_categorical)
        self._settings = np.array(settings, np.float64)
        assert len(self._settings) == SETTINGS
        self.crew = Crew(n_threads if n * n_features >= _WORTH_THREADS else 1)
        self._work = _workspace(n, binned, settings.max_leaf_nodes, self.crew.n_threads)
        n_nodes = 2 * settings.max_leaf_nodes - 1
        self._grown = Grown(
            np.zeros((n_nodes, 8), np.int64),
            np.zeros((n_nodes, 4)),
            np.zeros((n_nodes, CATEGORY_WORDS), np.uint64),
        )
        self._n_nodes = 0

    def __enter__(self) -> Grower:
        return self

    def __exit__(self, *error: object) -> None:
        self.crew.__exit__(*error)

    def grow(
        self,
        gradient: NDArray[np.float32],
        hessian: NDArray[np.float32],
        weight: NDArray[np.float64],
        rows: NDArray[np.uint32],
        chosen: NDArray[np.bool_],
        turn: int = 0,
    ) -> None:
        """Grow the next tree.

        Parameters
        ----------
        gradient, hessian : ndarray of shape (n,)
            Of the loss, by the answer for each row.
        weight : ndarray of shape (n,) or (0,)
            What rows count; empty if all count alike.
        rows : ndarray of uint32
            Those to learn from, in increasing order; empty for all.
        chosen : ndarray of bool of shape (n_features,)
            The columns that may be asked for.
        turn : int, default=0
            The number of the tree: it decides which column is taken of those whose splits gain
            the same, so that equal columns take turns.
        """
        lesson = Lesson(gradient, hessian, weight, rows, chosen, turn, self._settings)
        n_threads = self.crew.n_threads
        self._n_nodes = self.crew.run(
            lambda thread: grow(thread, n_threads, self.binned, lesson, self._work, self._grown)
        )

    def leaves(self) -> Iterator[tuple[int, NDArray[np.uint32]]]:
        """Yield each leaf of the last tree with its rows."""
        links = self._grown.links[: self._n_nodes]
        for node in np.flatnonzero(links[:, 0] == LEAF):
            yield int(node), self._work.rows[links[node, 7], links[node, 5] : links[node, 6]]

    def answer(self, node: int, value: float) -> None:
        """Let a leaf of the last tree answer something else."""
        self._grown.numbers[node, 3] = value

    def add_to(self, score: NDArray[np.float64], rate: float) -> None:
        """Add the last tree's answers, times a rate, to the scores of the rows it has seen."""

        def add(thread: int, n_threads: int) -> None:
            add_answers(thread, n_threads, self._grown, self._n_nodes, self._work.rows, rate, score)

        if len(score) < _MANY_ROWS:
            add(0, 1)
        else:
            self.crew.run(lambda thread: add(thread, self.crew.n_threads))

    def tree(self, rate: float) -> Tree:
        """Return the last tree, its answers times a rate."""
        n = self._n_nodes
        links, numbers = self._grown.links[:n], self._grown.numbers[:n]
        feature = links[:, 0].astype(np.int32)
        inner = feature != LEAF
        has_categories = bool(self.binned.is_categorical.any())
        asks_for_categories = inner & self.binned.is_categorical[feature]
        hessian = numbers[:, 2]
        return Tree(
            feature,
            self._edges[feature, np.where(inner, links[:, 1], 0)],
            inner & (links[:, 2] > 0),
            np.where(inner, links[:, 3], LEAF).astype(np.int32),
            np.where(inner, links[:, 4], LEAF).astype(np.int32),
            np.where(asks_for_categories[:, None], self._grown.categories[:n], np.uint64(0))
            if has_categories
            else np.zeros((0, CATEGORY_WORDS), np.uint64),
            (rate * numbers[:, 3])[:, None],
            np.where(inner, numbers[:, 0], 0.0),
            np.divide(np.abs(numbers[:, 1]), hessian, out=np.zeros(n), where=hessian > 0),
            links[:, 6] - links[:, 5],
            hessian.copy(),
        )


def _by_bin(
    thresholds: list[NDArray[np.float64]], is_categorical: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return where each column's bins end, and in a last row what leaves have: nothing."""
    edges = np.full((len(thresholds) + 1, BINS), np.inf)
    for row, of_column in zip(edges, thresholds, strict=False):
        row[: len(of_column)] = of_column
    edges[LEAF] = np.nan
    edges[:-1][is_categorical] = np.nan
    return edges


def _workspace(n: int, binned: Binned, most_leaves: int, n_threads: int) -> Workspace:
    """Return the memory that growing needs; a part that no thread writes to takes no pages."""
    n_features, n_words = len(binned.n_bins), binned.table.shape[1]
    together = n_threads if n_threads > 1 else 0
    return Workspace(
        np.zeros(BARRIER_WORDS, np.int64),
        np.empty((2, n), np.uint32),
        np.empty((2, n), np.int64),
        np.zeros((n_threads, n_words * WORD_COLUMNS, BINS), np.int64),
        np.zeros((together, n_features, 3, BINS), np.int64),
        np.zeros((most_leaves, n_features, 3, BINS), np.int64),
        np.zeros((n_threads, most_leaves), GROWING_LEAF),
        np.zeros((n_threads, most_leaves), SPLIT),
        np.zeros((n_threads, 3, BINS), np.int64),
        np.zeros((n_threads, BINS)),
        np.zeros((n_threads, BINS), np.int64),
        np.zeros(n_threads, np.int64),
        np.zeros((n_threads, 6)),
        np.zeros((n_threads, 6)),
        np.zeros((n_threads, 3)),
        np.zeros((n_threads, 3), np.int64),
        np.zeros((n_threads, most_leaves, 2), np.int64),
    )
