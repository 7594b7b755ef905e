"""Forest: many trees in flat arrays, for answers that are wanted fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.packing import Packed, locked, pack
from baremath.tree.structure import Tree

_FEWEST_ROWS_OF_A_BLOCK = 6
_NUMBERS_AT_ONCE = 1 << 17
_NUMBERS_OF_A_BLOCK = 4096
_MOST_ROWS_OF_A_RANGE = 8192
_RANGES_OF_A_THREAD = 4

Function = Callable[[int, int], None]


class Forest:
    r"""The sum of many trees, :math:`F(x) = \sum_t f_t(x)`, laid out for speed.

    Rows are taken in blocks. Of a block, every tree's first questions (up to 31, those that most
    rows meet) are asked of all rows, without following any path: a tree's leaves are the bits of a
    word, each question that is answered by "right" takes away the leaves on its left, and the first
    bit that remains is the row's leaf. No branch of the program depends on a row, and the processor
    asks many rows at once. From there the rows of a deeper tree walk down side by side.

    Float32 is compared as float64, which it is exactly: a threshold means the same for both. The
    answer to a row doesn't depend on the other rows or on the number of threads.

    Parameters
    ----------
    trees : sequence of Tree
        At least one, all with as many outputs.
    n_outputs : int, default=None
        The number of sums; None for the trees' own number of outputs. Trees with one output may
        serve several sums in turn, as in boosting: tree t adds to sum t modulo `n_outputs`.

    Raises
    ------
    ValueError
        If there is no tree, or the outputs don't fit.

    References
    ----------
    Lucchese, Nardini, Orlando, Perego, Tonellotto and Venturini (2015), QuickScorer: a fast
    algorithm to rank documents with additive ensembles of regression trees.

    Examples
    --------
    >>> import numpy as np
    >>> stump = Tree(
    ...     feature=np.array([0, -1, -1], np.int32),
    ...     threshold=np.array([0.5, np.nan, np.nan]),
    ...     missing_left=np.array([True, False, False]),
    ...     left=np.array([1, -1, -1], np.int32),
    ...     right=np.array([2, -1, -1], np.int32),
    ...     categories=np.zeros((0, 4), np.uint64),
    ...     value=np.array([[2.0], [1.0], [3.0]]),
    ...     gain=np.array([1.0, 0.0, 0.0]),
    ...     impurity=np.array([1.0, 0.0, 0.0]),
    ...     n_samples=np.array([4, 2, 2]),
    ...     weight=np.array([4.0, 2.0, 2.0]),
    ... )
    >>> forest = Forest([stump, stump])
    >>> X = np.array([[0.5], [0.6], [np.nan]])
    >>> forest.sums(X).ravel()
    array([2., 6., 2.])
    >>> forest.apply(X)
    array([[1, 1],
           [2, 2],
           [1, 1]], dtype=int32)
    """

    def __init__(self, trees: Sequence[Tree], n_outputs: int | None = None) -> None:
        self.trees = tuple(trees)
        self.n_outputs, column = sums_of(self.trees, n_outputs)
        self._column = locked(column)
        self._own_column = locked(np.arange(len(self.trees)))

    @cached_property
    def _packed(self) -> Packed:
        """The flat arrays, laid out when they are asked for first."""
        return pack(self.trees)

    def __len__(self) -> int:
        return len(self.trees)

    def __reduce__(self) -> tuple[Any, ...]:
        return Forest, (self.trees, self.n_outputs)

    def sums(
        self,
        X: NDArray[Any],
        *,
        first: int = 0,
        last: int | None = None,
        out: NDArray[np.float64] | None = None,
        n_threads: int = 1,
    ) -> NDArray[np.float64]:
        """Return the sum of the trees' answers to each row.

        Parameters
        ----------
        X : ndarray of shape (n_rows, n_features)
            The table, float32 or float64; NaN is a missing value, categories are their numbers.
        first, last : int, default=0 and None
            Which trees: ``trees[first:last]``.
        out : ndarray of float64 of shape (n_rows, n_outputs), default=None
            What the answers are added to, in place; None for zeros.
        n_threads : int, default=1
            How many threads share the rows.

        Returns
        -------
        ndarray of float64 of shape (n_rows, n_outputs)
            `out`, or a new array.

        Raises
        ------
        ValueError
            If the table has fewer columns than the trees ask for, or `out` isn't of the right kind.
        """
        self._check(X)
        shape = (len(X), self.n_outputs)
        if out is None:
            out = np.zeros(shape)
        elif out.shape != shape or out.dtype != np.float64 or not out.flags.c_contiguous:
            raise ValueError(
                f"out has shape {out.shape} and dtype {out.dtype}; the sums need a float64 array "
                f"of shape {shape} in C order"
            )
        first, last, _ = slice(first, last).indices(len(self))
        self._add(X, first, last, self._packed.values, self._column, out, n_threads)
        return out

    def apply(self, X: NDArray[Any], *, n_threads: int = 1) -> NDArray[np.int32]:
        """Return the leaf that each row comes to in each tree.

        Parameters
        ----------
        X : ndarray of shape (n_rows, n_features)
            The table, as in `sums`.
        n_threads : int, default=1
            How many threads share the rows.

        Returns
        -------
        ndarray of int32 of shape (n_rows, n_trees)
            The leaf's number among the nodes of its tree.
        """
        self._check(X)
        leaves = np.empty((len(X), len(self)), np.int32)
        height = max(1, _NUMBERS_AT_ONCE // len(self))

        def fill(start: int, stop: int) -> None:
            for low in range(start, stop, height):
                rows = slice(low, min(low + height, stop))
                # Each tree adds its leaf's number to a column of its own
                numbers = np.zeros(leaves[rows].shape)
                self._add(X[rows], 0, len(self), packed.leaf_nodes, self._own_column, numbers, 1)
                leaves[rows] = numbers

        packed = self._packed
        over_rows(fill, len(X), n_threads)
        return leaves

    def _check(self, X: NDArray[Any]) -> None:
        """Raise an error unless the table has the columns that the trees ask for."""
        if X.ndim != 2 or X.shape[1] < self._packed.n_features:
            raise ValueError(
                f"the table has shape {X.shape}; the trees ask for {self._packed.n_features} "
                "columns or more, one row a sample"
            )

    def _add(
        self,
        X: NDArray[Any],
        first: int,
        last: int,
        values: NDArray[np.float64],
        column: NDArray[np.int64],
        out: NDArray[np.float64],
        n_threads: int,
    ) -> None:
        from baremath.tree import walking

        packed = self._packed
        if len(X) < _FEWEST_ROWS_OF_A_BLOCK:
            rows = X.astype(np.float64, "C", subok=False)
            walking.add_rows(rows, packed.used, first, last, *packed.walk, values, column, out)
            return
        lanes = max(64, min(256, _NUMBERS_OF_A_BLOCK // max(1, len(packed.used)) // 64 * 64))

        def add(start: int, stop: int) -> None:
            rows = locked(np.require(X[start:stop], np.float64, ["C", "A"]).view(np.ndarray))
            block = np.zeros((len(packed.used), lanes))
            bits, at = np.empty(lanes, np.uint32), np.zeros(lanes, np.int32)
            total = np.zeros((out.shape[1], lanes))
            scratch = (block, bits, at, total)
            answers = (values, column, out[start:stop])
            walking.add_blocks(
                rows, packed.used, *scratch, first, last, *packed.top, *packed.walk, *answers
            )

        over_rows(add, len(X), n_threads)


def over_rows(function: Function, n_rows: int, n_threads: int, *, at_least: int = 1024) -> None:
    """Call ``function(start, stop)`` for ranges that make up all rows, in several threads.

    A range has `at_least` so many rows, or all.
    """
    even = -(-n_rows // (_RANGES_OF_A_THREAD * n_threads))
    height = min(max(even, at_least), _MOST_ROWS_OF_A_RANGE)
    starts = range(0, n_rows, height)
    stops = [min(start + height, n_rows) for start in starts]
    if n_threads == 1 or len(starts) == 1:
        for start, stop in zip(starts, stops, strict=True):
            function(start, stop)
        return
    with ThreadPoolExecutor(n_threads) as threads:
        for _ in threads.map(function, starts, stops):
            pass


def sums_of(trees: Sequence[Tree], n_outputs: int | None) -> tuple[int, NDArray[np.int64]]:
    """Return the number of sums that trees make, and the first sum that each adds to.

    Raises
    ------
    ValueError
        If there is no tree, or the outputs don't fit.
    """
    if not len(trees):
        raise ValueError("there are no trees; give at least one")
    widths = {tree.value.shape[1] for tree in trees}
    width = max(widths)
    if len(widths) > 1:
        raise ValueError(f"the trees have {sorted(widths)} outputs; all need as many")
    if n_outputs is None or n_outputs == width:
        return width, np.zeros(len(trees), np.int64)
    if width != 1 or n_outputs < 1:
        raise ValueError(
            f"n_outputs is {n_outputs} and the trees have {width} outputs; give {width}, or trees "
            "of one output that take turns"
        )
    return n_outputs, np.arange(len(trees)) % n_outputs
